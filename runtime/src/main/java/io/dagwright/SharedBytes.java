package io.dagwright;

import io.dagwright.internal.share.Extent;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Bytes that the processes of one host look at in one file, without copies: for arguments of many
 * tasks that are too large to send with each. Nobody can change them. Immutable, thread-safe.
 *
 * <p>The content is written once per host, by whoever makes the first view, and is named by its
 * hash. A view is about 300 bytes in a message, whatever its length; {@code local-jvm} and cluster
 * workers on the same host map the file. It is removed when no process there has a view any more,
 * at the latest when the last of them ends. On another host reading a view throws {@link
 * io.dagwright.error.SharedArrayUnavailableException}.
 */
public final class SharedBytes implements Serializable {

  private static final long serialVersionUID = 1L;

  private final transient Extent extent;

  SharedBytes(Extent extent) {
    this.extent = extent;
  }

  /**
   * A view of a copy of an array; later changes of the array do not show.
   *
   * @throws io.dagwright.error.SharedArrayUnavailableException if there is no room for it
   */
  public static SharedBytes copyOf(byte[] array) {
    return new SharedBytes(HostShare.add(ArrayContent.of(array)));
  }

  /**
   * A view of a whole file, which must not be changed or removed while there are views of it.
   *
   * @throws io.dagwright.error.SharedArrayUnavailableException if it cannot be mapped
   */
  public static SharedBytes map(Path file) {
    return new SharedBytes(ArrayContent.ofFile(file, 1));
  }

  /** How many there are. */
  public long length() {
    return extent.mapping().sizeBytes();
  }

  /**
   * One of them.
   *
   * @throws IndexOutOfBoundsException if there is none at that index
   */
  public byte get(long index) {
    return extent.mapping().getByte(Objects.checkIndex(index, length()));
  }

  /**
   * Copies all of them.
   *
   * @throws OutOfMemoryError if there are more than an array can hold
   */
  public byte[] toArray() {
    return toArray(0, length());
  }

  /**
   * Copies some of them.
   *
   * @param from index of the first
   * @param to index after the last
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public byte[] toArray(long from, long to) {
    Objects.checkFromToIndex(from, to, length());
    byte[] array = new byte[ArrayContent.arrayLength(to - from)];
    extent
        .mapping()
        .forEach(from, to, (offset, bytes) -> bytes.get(array, (int) offset, bytes.remaining()));
    return array;
  }

  private Object writeReplace() {
    return HostShare.Ticket.of(HostShare.Kind.BYTES, extent);
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a ticket travels in its place");
  }

  @Override
  public String toString() {
    return "SharedBytes[" + length() + "]";
  }
}

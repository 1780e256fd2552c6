package io.dagwright;

import io.dagwright.internal.share.Extent;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Longs that the processes of one host look at in one file, without copies: for arguments of many
 * tasks that are too large to send with each. Nobody can change them. Immutable, thread-safe.
 *
 * <p>The content is written once per host, by whoever makes the first view, and is named by its
 * hash. A view is about 300 bytes in a message, whatever its length; {@code local-jvm} and cluster
 * workers on the same host map the file. It is removed when no process there has a view any more,
 * at the latest when the last of them ends. On another host reading a view throws {@link
 * io.dagwright.error.SharedArrayUnavailableException}.
 */
public final class SharedLongs implements Serializable {

  private static final long serialVersionUID = 1L;

  private final transient Extent extent;

  SharedLongs(Extent extent) {
    this.extent = extent;
  }

  /**
   * A view of a copy of an array; later changes of the array do not show.
   *
   * @throws io.dagwright.error.SharedArrayUnavailableException if there is no room for it
   */
  public static SharedLongs copyOf(long[] array) {
    return new SharedLongs(HostShare.add(ArrayContent.of(array)));
  }

  /**
   * A view of a whole file, which has little-endian numbers of 8 bytes each, and must not be
   * changed or removed while there are views of it.
   *
   * @throws IllegalArgumentException if the file's size is not a multiple of 8
   * @throws io.dagwright.error.SharedArrayUnavailableException if it cannot be mapped
   */
  public static SharedLongs map(Path file) {
    return new SharedLongs(ArrayContent.ofFile(file, 8));
  }

  /** How many there are. */
  public long length() {
    return extent.mapping().sizeBytes() / 8;
  }

  /**
   * One of them.
   *
   * @throws IndexOutOfBoundsException if there is none at that index
   */
  public long get(long index) {
    return extent.mapping().getLong(Objects.checkIndex(index, length()) * 8);
  }

  /**
   * Copies all of them.
   *
   * @throws OutOfMemoryError if there are more than an array can hold
   */
  public long[] toArray() {
    return toArray(0, length());
  }

  /**
   * Copies some of them.
   *
   * @param from index of the first
   * @param to index after the last
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public long[] toArray(long from, long to) {
    Objects.checkFromToIndex(from, to, length());
    long[] array = new long[ArrayContent.arrayLength(to - from)];
    extent
        .mapping()
        .forEach(
            from * 8,
            to * 8,
            (offset, bytes) ->
                bytes.asLongBuffer().get(array, (int) (offset / 8), bytes.remaining() / 8));
    return array;
  }

  private Object writeReplace() {
    return HostShare.Ticket.of(HostShare.Kind.LONGS, extent);
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a ticket travels in its place");
  }

  @Override
  public String toString() {
    return "SharedLongs[" + length() + "]";
  }
}

package io.dagwright.internal.transfer;

import io.dagwright.internal.share.ProcessDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rings of memory that this process shares with others of its user on this host, one per
 * connection: files in a file system that is memory, removed as soon as both sides have mapped
 * them. Thread-safe.
 */
final class SharedMemory implements AutoCloseable {

  /** Together small enough to stay in the processors' cache, and enough for both sides to work. */
  static final int SLOTS = 4;

  static final int SLOT_BYTES = 1 << 20;

  private static final int RING_BYTES = SLOTS * SLOT_BYTES;

  /** Rings of other processes may be made at the same time. */
  private static final int FREE_RINGS_MIN = 4;

  private static final Logger LOG = LoggerFactory.getLogger(SharedMemory.class);
  private static final String ROOT = "dagwright-rings-";

  private final Path base;
  private final long bytesMax;
  private final ProcessDirectory own;
  private final SecureRandom random = new SecureRandom();
  private long bytes;
  private int made;

  /** One side of a ring. */
  static final class Ring {

    private final ByteBuffer memory;
    final Path file;
    final long nonce;
    final int slots;
    final int slotBytes;

    private Ring(ByteBuffer memory, Path file, long nonce, int slots, int slotBytes) {
      this.memory = memory;
      this.file = file;
      this.nonce = nonce;
      this.slots = slots;
      this.slotBytes = slotBytes;
    }

    /** A slot's memory. */
    ByteBuffer slot(int slot) {
      return memory.slice(slot * slotBytes, slotBytes);
    }
  }

  /**
   * None is made yet.
   *
   * @param base a directory in memory; it exists, or nothing is shared
   * @param bytesMax of all rings that this process makes
   */
  SharedMemory(Path base, long bytesMax) {
    this.base = base;
    this.bytesMax = bytesMax;
    own = ProcessDirectory.ofThisProcess(base, ROOT, Long.toHexString(random.nextLong()));
  }

  /** Makes a ring; null if there is no room for one. */
  synchronized @Nullable Ring make() {
    try {
      if (bytes + RING_BYTES > bytesMax
          || !Files.isWritable(base)
          || Files.getFileStore(base).getUsableSpace() < (long) FREE_RINGS_MIN * RING_BYTES) {
        return null;
      }
      Path file = own.made().resolve("ring-" + made++);
      long nonce = random.nextLong();
      own.create(file).close();
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        // Written, not only sized: to touch memory that the file system does not have kills us.
        ByteBuffer zeros = ByteBuffer.allocate(RING_BYTES).putLong(0, nonce);
        while (zeros.hasRemaining()) {
          channel.write(zeros);
        }
        ByteBuffer memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, RING_BYTES);
        bytes += RING_BYTES;
        return new Ring(memory, file, nonce, SLOTS, SLOT_BYTES);
      } catch (IOException e) {
        Files.deleteIfExists(file);
        throw e;
      }
    } catch (IOException e) {
      LOG.debug("No memory is shared in [{}]", base, e);
      return null;
    }
  }

  /** Both sides have it, or one does not want it: its name is needed no longer. */
  void forgetFile(Ring ring) {
    try {
      Files.deleteIfExists(ring.file);
    } catch (IOException e) { // Where a mapped file cannot be deleted it goes with the directory.
      LOG.debug("[{}] stays for now", ring.file, e);
    }
  }

  /** The connection of a ring has ended. */
  synchronized void giveBack(Ring ring) {
    forgetFile(ring);
    bytes -= RING_BYTES;
  }

  /**
   * Maps a ring that a process of this user on this host made.
   *
   * @throws IOException if there is no such file here, or it is another one
   */
  static Ring open(Path file, long nonce, int slots, int slotBytes) throws IOException {
    Path directory = file.getParent();
    Path above = directory == null ? null : directory.getParent();
    if (directory == null
        || above == null
        || !file.isAbsolute()
        || !file.equals(file.normalize())
        || !String.valueOf(above.getFileName()).startsWith(ROOT)
        || !ProcessDirectory.isOurs(directory)) {
      throw new IOException("[" + file + "] is not one that processes of this user share");
    }
    long size = (long) slots * slotBytes;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (slots <= 0 || slotBytes <= 0 || size > Integer.MAX_VALUE || channel.size() != size) {
        throw new IOException("[" + file + "] has an unexpected size");
      }
      ByteBuffer memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      if (memory.getLong(0) != nonce) {
        throw new IOException("[" + file + "] is of another host");
      }
      return new Ring(memory, file, nonce, slots, slotBytes);
    }
  }

  /** Removes the files. */
  @Override
  public void close() {
    own.close();
  }
}

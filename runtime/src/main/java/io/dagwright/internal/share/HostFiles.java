package io.dagwright.internal.share;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of large values, in one directory per process below one per user, which only that user may
 * read.
 *
 * <p>Whoever uses a file has a link to it in its own directory, so that content is on the disk once
 * and is gone with its last user. A process removes its directory when it ends; the directories of
 * those that were killed are removed by the next one that makes its own. Thread-safe.
 */
public final class HostFiles {

  private static final Logger LOG = LoggerFactory.getLogger(HostFiles.class);
  private static final String ROOT = "dagwright-shared-";

  /**
   * Channels copy what is on the heap; in blocks of this size it stays in the processor's cache.
   */
  public static final int BLOCK_BYTES = 1 << 17;

  /** Memory is no place for files if less of it is free. As joblib has it. */
  private static final long FREE_BYTES_MIN = 2L << 30;

  private final ProcessDirectory own;

  /** Bytes to be written, block by block. */
  public interface Content {

    long sizeBytes();

    /** Fills a block, little-endian, with what begins there. */
    void fill(long offsetBytes, ByteBuffer block);
  }

  /** Bytes to be written, of which nobody knows beforehand how many there are. */
  public interface Blocks {

    /**
     * Puts what comes next into a block, as much as goes in.
     *
     * @return whether there was anything
     */
    boolean fill(ByteBuffer block);
  }

  /** Below a directory that exists. */
  public HostFiles(Path base) {
    this(base, System.getProperty("user.name", "user"), ProcessHandle.current());
  }

  HostFiles(Path base, String user, ProcessHandle process) {
    own = new ProcessDirectory(base.resolve(ROOT + user.replaceAll("\\W", "_")), process, "");
  }

  /** Where such files go if nobody says: into memory if there is room, else where temporary go. */
  public static Path usualBase() {
    Path memory = Path.of("/dev/shm");
    try {
      if (Files.isWritable(memory)
          && Files.getFileStore(memory).getUsableSpace() >= FREE_BYTES_MIN) {
        return memory;
      }
    } catch (IOException e) {
      LOG.debug("[{}] is not used for shared files", memory, e);
    }
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** This process's directory. */
  public Path directory() {
    return own.path();
  }

  /** Writes bytes to a file of their own, until {@link #delete}. */
  public Path write(Blocks blocks) throws IOException {
    Path file = own.made().resolve(UUID.randomUUID().toString());
    try (FileChannel channel = own.create(file)) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
      while (blocks.fill(block.clear())) {
        writeAll(channel, block.flip());
      }
    } catch (IOException e) {
      delete(file);
      throw e;
    }
    return file;
  }

  /** Writes content to a file whose name is the hash of it; one that any process has is linked. */
  public Path add(Content content) throws IOException {
    Path unfinished = own.made().resolve(UUID.randomUUID().toString());
    MessageDigest digest = sha256();
    try {
      try (FileChannel channel = own.create(unfinished)) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        block.order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 0; at < content.sizeBytes(); at += block.limit()) {
          block.clear().limit((int) Math.min(BLOCK_BYTES, content.sizeBytes() - at));
          content.fill(at, block);
          digest.update(block.array(), 0, block.limit());
          writeAll(channel, block.position(0));
        }
      }
      String id = HexFormat.of().formatHex(digest.digest());
      Path file = own.path().resolve(id);
      Path other = find(id);
      try {
        Files.createLink(file, other == null ? unfinished : other);
      } catch (FileAlreadyExistsException e) {
        LOG.debug("[{}] is here already", file);
      } catch (NoSuchFileException e) { // The other process has just ended.
        Files.createLink(file, unfinished);
      }
      return file;
    } finally {
      delete(unfinished);
    }
  }

  /**
   * Makes a file of another process one of this one's, too.
   *
   * @param name what {@link #add} called it
   * @param from where it was
   * @return its place here; null if nobody has it any more
   */
  public @Nullable Path link(String name, Path from) throws IOException {
    Path file = own.made().resolve(name);
    if (Files.exists(file)) {
      return file;
    }
    Path source = Files.exists(from) ? from : find(name);
    if (source == null) {
      return null;
    }
    requireOurs(source);
    try {
      Files.createLink(file, source);
    } catch (FileAlreadyExistsException e) {
      LOG.debug("[{}] is here already", file);
    } catch (NoSuchFileException e) {
      return null;
    }
    return file;
  }

  /** The file of that name that any process has. */
  private @Nullable Path find(String name) throws IOException {
    for (Path directory : own.all()) {
      Path file = directory.resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    return null;
  }

  /**
   * Opens a file that a process of this user wrote, to read it.
   *
   * @throws IOException if it is not there, or is not such a file
   */
  public static FileChannel open(Path file) throws IOException {
    requireOurs(file);
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /** Names come with bytes that may be forged: nothing but shared files of this user is opened. */
  private static void requireOurs(Path file) throws IOException {
    Path directory = file.getParent();
    Path above = directory == null ? null : directory.getParent();
    if (directory == null
        || above == null
        || !file.isAbsolute()
        || !file.equals(file.normalize())
        || !String.valueOf(above.getFileName()).startsWith(ROOT)
        || !ProcessDirectory.isOurs(directory)) {
      throw new IOException("[" + file + "] is not a file that processes of this user share");
    }
  }

  /** Removes a file; without effect if it is gone. */
  public void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) { // On Windows, while somebody reads it.
      LOG.debug("[{}] stays until this process ends", file, e);
    }
  }

  /** Removes this process's directory. */
  public void close() {
    own.close();
  }

  private static void writeAll(FileChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }
}

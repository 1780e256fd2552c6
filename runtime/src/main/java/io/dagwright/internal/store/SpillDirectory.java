package io.dagwright.internal.store;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of results of this process: readable by its user only, gone with it.
 *
 * <p>All processes of a user share one base directory; each has its own in there, named by process
 * and start time, so that what dead ones left is found and removed when the next one begins to
 * spill. Nothing is made before the first write. Not thread-safe but for {@link #freeBytes}.
 */
final class SpillDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SpillDirectory.class);
  private static final Pattern NAME = Pattern.compile("(\\d+)-(\\d+)-.*");

  /** Saving less than a sixth is not worth the time. */
  private static final double WORTHWHILE = 1.2;

  private static final int LEVEL = 1;

  private final Path base;
  private @Nullable Path own;
  private long files;
  private byte @Nullable [] compressed;

  /** An encoded result: the first {@code length} bytes of an array. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Encoded(byte[] array, int length) {}

  SpillDirectory(Path base) {
    this.base = base;
  }

  /** Where the files are. */
  Path path() {
    return own == null ? base : own;
  }

  /** What is free there; -1 if that cannot be said. */
  long freeBytes() {
    try {
      return Files.getFileStore(Files.exists(base) ? base : base.toAbsolutePath().getRoot())
          .getUsableSpace();
    } catch (IOException e) {
      return -1;
    }
  }

  /**
   * Writes results into one file. It appears under its name when it is complete; if it cannot be
   * completed, nothing is left of it.
   *
   * @return where they are, in this order
   */
  List<SpillRecord> write(List<Encoded> results) throws IOException {
    Path file = open().resolve("results-" + files++);
    Path temporary = file.resolveSibling(file.getFileName() + ".part");
    SpillFile complete = new SpillFile(file, results.size());
    List<SpillRecord> records = new ArrayList<>(results.size());
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              onlyForUs(file, "rw-------"))) {
        for (Encoded result : results) {
          records.add(new SpillRecord(complete, channel.position(), result.length()));
          write(channel, result);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      return records;
    } catch (IOException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void write(FileChannel channel, Encoded result) throws IOException {
    byte[] buffer = compressed;
    if (buffer == null) {
      buffer = new byte[(int) Zstd.compressBound(SpillFile.CHUNK_BYTES)];
      compressed = buffer;
    }
    CRC32C crc = new CRC32C();
    ByteBuffer header = ByteBuffer.allocate(SpillFile.CHUNK_HEADER_BYTES);
    boolean compress = true;
    for (int at = 0; at < result.length(); ) {
      int length = Math.min(SpillFile.CHUNK_BYTES, result.length() - at);
      ByteBuffer stored = ByteBuffer.wrap(result.array(), at, length);
      if (compress) {
        long size =
            Zstd.compressByteArray(buffer, 0, buffer.length, result.array(), at, length, LEVEL);
        boolean pays = !Zstd.isError(size) && size * WORTHWHILE < length;
        stored = pays ? ByteBuffer.wrap(buffer, 0, (int) size) : stored;
        compress = pays; // What does not shrink at first rarely does later.
      }
      crc.reset();
      crc.update(stored.duplicate());
      header.clear().putInt(length).putInt(stored.remaining()).putInt((int) crc.getValue()).flip();
      writeAll(channel, header);
      writeAll(channel, stored);
      at += length;
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  private Path open() throws IOException {
    Path opened = own;
    if (opened != null && Files.isDirectory(opened)) {
      return opened;
    }
    makeBase();
    sweep();
    ProcessHandle us = ProcessHandle.current();
    opened =
        Files.createTempDirectory(
            base,
            us.pid() + "-" + us.info().startInstant().map(Instant::toEpochMilli).orElse(0L) + "-",
            onlyForUs(base, "rwx------"));
    own = opened;
    return opened;
  }

  private void makeBase() throws IOException {
    if (base.getParent() != null) {
      Files.createDirectories(base.getParent());
    }
    try {
      Files.createDirectory(base, onlyForUs(base, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
  }

  private static FileAttribute<?>[] onlyForUs(Path path, String permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Removes what processes left that are not there any more. */
  private void sweep() {
    try (Stream<Path> all = Files.list(base)) {
      all.filter(SpillDirectory::isOrphan).forEach(SpillDirectory::delete);
    } catch (IOException e) {
      LOG.warn("Cannot look for what dead processes left in [{}]", base, e);
    }
  }

  private static boolean isOrphan(Path directory) {
    Matcher name = NAME.matcher(directory.getFileName().toString());
    if (!name.matches()) {
      return false;
    }
    Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(name.group(1)));
    Optional<Instant> start = process.flatMap(it -> it.info().startInstant());
    return process.isEmpty()
        || start.map(it -> it.toEpochMilli() != Long.parseLong(name.group(2))).orElse(false);
  }

  private static void delete(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("Another process has just removed [{}]", directory);
    } catch (IOException e) {
      LOG.warn("Cannot remove [{}]", directory, e);
    }
  }

  /** Removes all files. */
  @Override
  public void close() {
    Path opened = own;
    own = null;
    if (opened != null) {
      delete(opened);
    }
  }
}

package io.dagwright.internal.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entries of bytes in files of one directory, which any number of processes may share.
 *
 * <p>An entry appears under its name only when it is complete, and its checksum is checked when it
 * is read: whoever dies leaves at most a temporary file, which the next {@link #reduce} removes
 * after an hour. Thread-safe.
 */
public final class CacheFiles {

  private static final Logger LOG = LoggerFactory.getLogger(CacheFiles.class);
  private static final String ENTRY = ".entry";
  private static final String TEMPORARY = ".part";
  private static final int MAGIC = 0x44574331; // DWC1
  private static final int HEADER_BYTES = 4 + 8 + 8 + 4;
  private static final Duration TEMPORARY_AGE = Duration.ofHours(1);

  private final Path directory;

  /** Uses a directory, which is made when the first entry is written. */
  public CacheFiles(Path directory) {
    this.directory = directory;
  }

  /** The directory. */
  public Path directory() {
    return directory;
  }

  /**
   * Whether there is an entry that was written since; it may turn out to be broken when it is read.
   */
  public boolean contains(String key, Instant since) {
    try (FileChannel channel = FileChannel.open(file(key), StandardOpenOption.READ)) {
      ByteBuffer header = header(channel);
      return header != null && isRecent(header, since);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads an entry that was written since; null if there is none, or it is broken. */
  public byte @Nullable [] read(String key, Instant since) {
    Path file = file(key);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer header = header(channel);
      if (header == null) {
        LOG.warn("Cache entry [{}] is broken; it is computed again", file);
        return null;
      }
      if (!isRecent(header, since)) {
        return null;
      }
      long length = header.getLong(12);
      byte[] content = new byte[(int) Math.min(length, channel.size() - HEADER_BYTES)];
      readAll(channel, ByteBuffer.wrap(content));
      if (content.length != length || checksum(header, content) != header.getInt(20)) {
        LOG.warn("Cache entry [{}] is broken; it is computed again", file);
        return null;
      }
      touch(file);
      return content;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes an entry, in place of one there is. */
  public void write(String key, byte[] content, Instant now) {
    Path file = file(key);
    Path temporary = file.resolveSibling(file.getFileName() + "-" + UUID.randomUUID() + TEMPORARY);
    ByteBuffer header =
        ByteBuffer.allocate(HEADER_BYTES)
            .putInt(MAGIC)
            .putLong(now.toEpochMilli())
            .putLong(content.length);
    header.putInt(checksum(header, content)).flip();
    try {
      Files.createDirectories(file.getParent());
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeAll(channel, header);
        writeAll(channel, ByteBuffer.wrap(content));
        channel.force(false);
      }
      WholeFile.move(temporary, file);
    } catch (IOException e) {
      delete(temporary);
      throw new UncheckedIOException(e);
    }
  }

  /** Removes an entry, if it is there. */
  public void remove(String key) {
    delete(file(key));
  }

  private record Entry(Path file, long sizeBytes, FileTime used) {}

  /**
   * Removes entries, those first that were not used for longest, until what is left is within all
   * limits.
   *
   * @param bytesMax of all files
   * @param entriesMax how many files
   * @param age an entry not used for longer is removed
   */
  public void reduce(long bytesMax, long entriesMax, Duration age, Instant now) {
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    for (Path file : files()) {
      try {
        Entry entry = new Entry(file, Files.size(file), Files.getLastModifiedTime(file));
        boolean isTemporary = file.toString().endsWith(TEMPORARY);
        Duration unused = Duration.between(entry.used().toInstant(), now);
        if (unused.compareTo(isTemporary ? TEMPORARY_AGE : age) > 0) {
          delete(file);
        } else if (!isTemporary) {
          entries.add(entry);
          bytes += entry.sizeBytes();
        }
      } catch (NoSuchFileException e) {
        LOG.debug("Another process has just removed [{}]", file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    entries.sort(Comparator.comparing(Entry::used).thenComparing(Entry::file));
    long left = entries.size();
    for (Entry entry : entries) {
      if (bytes <= bytesMax && left <= entriesMax) {
        return;
      }
      delete(entry.file());
      bytes -= entry.sizeBytes();
      left--;
    }
  }

  private List<Path> files() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(directory, 2)) {
      return files
          .filter(file -> file.toString().endsWith(ENTRY) || file.toString().endsWith(TEMPORARY))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Directories of 256 at most keep each of them small. */
  private Path file(String key) {
    return directory.resolve(key.substring(0, 2)).resolve(key + ENTRY);
  }

  private static @Nullable ByteBuffer header(FileChannel channel) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    readAll(channel, header);
    return header.hasRemaining() || header.getInt(0) != MAGIC || header.getLong(12) < 0
        ? null
        : header;
  }

  private static boolean isRecent(ByteBuffer header, Instant since) {
    return !Instant.ofEpochMilli(header.getLong(4)).isBefore(since);
  }

  private static int checksum(ByteBuffer header, byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(HEADER_BYTES - 4));
    crc.update(content);
    return (int) crc.getValue();
  }

  private static void readAll(FileChannel channel, ByteBuffer into) throws IOException {
    while (into.hasRemaining() && channel.read(into) >= 0) {
      // Until one of them is at its end.
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  /** What was used last is kept longest. */
  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.debug("[{}] is read-only, or was just removed", file, e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) { // On Windows, while another process reads it.
      LOG.debug("[{}] stays for now", file, e);
    }
  }
}

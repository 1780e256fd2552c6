package io.dagwright.internal.code;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large values by their hash, in a directory that the JVMs of a host share: who needs one first
 * fetches it, the others wait and read it there. Where the directory cannot be used each fetches it
 * for itself. Thread-safe.
 */
public final class SharedFiles {

  private static final Logger LOG = LoggerFactory.getLogger(SharedFiles.class);
  private static final String SUFFIX = ".part";
  private static final long POLL_MILLIS = 10;

  /** A process that holds a lock for longer may be frozen; nobody waits for it any more. */
  private static final Duration LOCK_MAX = Duration.ofSeconds(60);

  /** What processes that were killed left behind goes after so long. */
  private static final Duration AGE_MAX = Duration.ofDays(1);

  private final JarDirectory files;
  private final Map<CodeHash, Object> fetching = new ConcurrentHashMap<>();

  /**
   * Creates one.
   *
   * @param directory made when the first value arrives, readable by this user alone
   */
  public SharedFiles(Path directory) {
    files = new JarDirectory(directory, SUFFIX);
  }

  /**
   * A value's bytes.
   *
   * @param source asked if no process of this host has had it
   */
  public byte[] get(CodeHash hash, BlobSource source) {
    byte[] there = readIfThere(hash);
    return there == null ? fetchOnce(hash, source) : there;
  }

  private byte @Nullable [] readIfThere(CodeHash hash) {
    try {
      return read(hash); // A file is there as a whole or not at all.
    } catch (IOException e) {
      LOG.debug("[{}] cannot be read in [{}]", hash.prefix(), files.directory(), e);
      return null;
    }
  }

  private byte[] fetchOnce(CodeHash hash, BlobSource source) {
    synchronized (fetching.computeIfAbsent(hash, key -> new Object())) {
      try (FileChannel channel = lockFile(hash);
          FileLock lock = lock(channel)) {
        byte[] present = lock == null ? null : read(hash);
        if (present != null) {
          return present;
        }
        byte[] fetched = source.fetch(hash);
        if (lock != null) {
          files.add(hash, fetched);
        }
        return fetched;
      } catch (IOException e) {
        LOG.debug("[{}] cannot be shared in [{}]", hash.prefix(), files.directory(), e);
        return source.fetch(hash);
      } finally {
        fetching.remove(hash);
      }
    }
  }

  private byte @Nullable [] read(CodeHash hash) throws IOException {
    Path file = files.find(hash);
    return file == null ? null : Files.readAllBytes(file);
  }

  private FileChannel lockFile(CodeHash hash) throws IOException {
    files.create();
    return FileChannel.open(
        files.directory().resolve(hash + ".lock"),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }

  /** Null if another process does not let go, or another node of this JVM has it. */
  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    long deadline = System.nanoTime() + LOCK_MAX.toNanos();
    try {
      while (System.nanoTime() < deadline) {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (OverlappingFileLockException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  /** Deletes a value that the processes here are unlikely to need again. */
  public void remove(CodeHash hash) {
    try {
      files.remove(hash);
      Files.deleteIfExists(files.directory().resolve(hash + ".lock"));
    } catch (IOException e) {
      LOG.debug("[{}] stays in [{}]", hash.prefix(), files.directory(), e);
    }
  }

  /** Deletes what is so old that nobody can need it. */
  public void sweep() {
    if (!Files.isDirectory(files.directory())) {
      return;
    }
    Instant oldest = Instant.now().minus(AGE_MAX);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(files.directory())) {
      for (Path file : all) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.debug("[{}] cannot be swept", files.directory(), e);
    }
  }
}

package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.CorruptPayloadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Code by its hash, kept for all sessions of a worker: class files in memory, the oldest of which
 * are dropped for new ones, and jars in a directory, which outlives the JVM and may be shared.
 *
 * <p>Everything is compared with its hash before it is used. Thread-safe; who wants what another
 * thread is fetching waits for it.
 */
public final class BlobCache {

  private final long memoryBytesMax;
  private final JarDirectory jars;
  private final Map<CodeHash, Object> fetching = new ConcurrentHashMap<>();
  private final Map<CodeHash, byte[]> classFiles = new LinkedHashMap<>(16, 0.75f, true);
  private long memoryBytes;

  /**
   * Creates one.
   *
   * @param directory for jars; made when the first arrives, readable by this user alone
   * @param memoryBytesMax how many bytes of class files are kept in memory
   */
  public BlobCache(Path directory, long memoryBytesMax) {
    this.jars = new JarDirectory(directory, ".jar");
    this.memoryBytesMax = memoryBytesMax;
  }

  /** Whether the class file is here. */
  public boolean hasClass(CodeHash hash) {
    return cached(hash) != null;
  }

  /**
   * Adds a class file that arrived without being asked for one by one.
   *
   * @throws CorruptPayloadException if it has another hash
   */
  public void putClass(CodeHash hash, byte[] classFile) {
    check(hash, classFile);
    keep(hash, classFile);
  }

  /**
   * A class file, fetched if it is not here.
   *
   * @throws CorruptPayloadException if what was fetched has another hash
   * @throws CodeUnavailableException as the source throws it
   */
  byte[] classFile(CodeHash hash, BlobSource source) {
    byte[] cached = cached(hash);
    if (cached != null) {
      return cached;
    }
    synchronized (fetching.computeIfAbsent(hash, key -> new Object())) {
      try {
        byte[] now = cached(hash);
        if (now == null) {
          now = fetch(hash, source);
          keep(hash, now);
        }
        return now;
      } finally {
        fetching.remove(hash);
      }
    }
  }

  /**
   * The file of a jar, fetched if it is not here or no longer what it was.
   *
   * @throws CorruptPayloadException if what was fetched has another hash
   * @throws CodeUnavailableException as the source throws it, or if the directory cannot be used
   */
  Path jarFile(CodeHash hash, BlobSource source) {
    synchronized (fetching.computeIfAbsent(hash, key -> new Object())) {
      try {
        Path present = jars.find(hash);
        return present != null ? present : jars.add(hash, fetch(hash, source));
      } catch (IOException e) {
        throw new CodeUnavailableException(
            "Jar ["
                + hash.prefix()
                + "] cannot be kept in ["
                + jars.directory()
                + "]: "
                + e.getMessage()
                + ". Make room there and let this user write, or choose another directory.",
            e);
      } finally {
        fetching.remove(hash);
      }
    }
  }

  private static byte[] fetch(CodeHash hash, BlobSource source) {
    byte[] content = source.fetch(hash);
    check(hash, content);
    return content;
  }

  private static void check(CodeHash hash, byte[] content) {
    CodeHash actual = CodeHash.of(content);
    if (!actual.equals(hash)) {
      throw new CorruptPayloadException(
          "Code with the hash ["
              + hash.prefix()
              + "] was asked for, but ["
              + content.length
              + "] bytes with the hash ["
              + actual.prefix()
              + "] came. They were thrown away; submit the task again.",
          null);
    }
  }

  private synchronized byte @Nullable [] cached(CodeHash hash) {
    return classFiles.get(hash);
  }

  private synchronized void keep(CodeHash hash, byte[] classFile) {
    if (classFiles.put(hash, classFile) == null) {
      memoryBytes += classFile.length;
    }
    var oldest = classFiles.entrySet().iterator();
    while (memoryBytes > memoryBytesMax && oldest.hasNext()) {
      memoryBytes -= oldest.next().getValue().length;
      oldest.remove();
    }
  }
}

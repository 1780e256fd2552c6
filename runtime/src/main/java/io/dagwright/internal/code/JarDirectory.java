package io.dagwright.internal.code;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jars, or other files, in a directory, each named by its hash. A file appears there whole or not
 * at all, so several JVMs may share the directory; only this user may read it.
 */
final class JarDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(JarDirectory.class);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path directory;
  private final String suffix;

  /** What each file looked like when its content was last compared with its name. */
  private final Map<CodeHash, Stamp> verified = new ConcurrentHashMap<>();

  private record Stamp(long sizeBytes, long changedMillis) {

    static Stamp of(Path file) throws IOException {
      return new Stamp(Files.size(file), Files.getLastModifiedTime(file).toMillis());
    }
  }

  JarDirectory(Path directory, String suffix) {
    this.directory = directory.toAbsolutePath();
    this.suffix = suffix;
  }

  Path directory() {
    return directory;
  }

  /** The jar's file; null if it is not there or is broken, then it is removed. */
  @Nullable Path find(CodeHash hash) throws IOException {
    Path file = fileOf(hash);
    try {
      if (Files.isDirectory(directory)) {
        lock();
      }
      Stamp stamp = Stamp.of(file);
      if (stamp.equals(verified.get(hash))) {
        return file;
      }
      CodeHash actual;
      try (InputStream in = Files.newInputStream(file)) {
        actual = CodeHash.of(in);
      }
      if (actual.equals(hash)) {
        verified.put(hash, stamp);
        return file;
      }
      LOG.warn("[{}] is broken and is fetched again", file);
      Files.deleteIfExists(file);
      return null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Adds a jar whose content was compared with its hash. */
  Path add(CodeHash hash, byte[] content) throws IOException {
    create();
    Path file = fileOf(hash);
    Path unfinished = Files.createTempFile(directory, hash.prefix(), ".unfinished");
    try {
      Files.write(unfinished, content);
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    verified.put(hash, Stamp.of(file));
    return file;
  }

  void remove(CodeHash hash) throws IOException {
    verified.remove(hash);
    Files.deleteIfExists(fileOf(hash));
  }

  private Path fileOf(CodeHash hash) {
    return directory.resolve(hash + suffix);
  }

  /** Temporary files are readable by their owner alone; the directory is made so. */
  void create() throws IOException {
    FileAttribute<?>[] attributes =
        isPosix()
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
            : new FileAttribute<?>[0];
    Files.createDirectories(directory, attributes);
    lock();
  }

  /** Keeps others from putting another file in place of one that was compared with its name. */
  private void lock() throws IOException {
    if (isPosix() && !Files.getPosixFilePermissions(directory).equals(OWNER_ONLY)) {
      Files.setPosixFilePermissions(directory, OWNER_ONLY);
    }
  }

  private boolean isPosix() {
    return directory.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}

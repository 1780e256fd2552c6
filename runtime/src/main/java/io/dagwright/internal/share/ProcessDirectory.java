package io.dagwright.internal.share;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of this process, below one per user that nobody else may enter.
 *
 * <p>Nothing is made before it is needed. A process removes its directory when it ends; those of
 * processes that were killed are removed by the next one that makes its own. Thread-safe.
 */
public final class ProcessDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ProcessDirectory.class);

  /** Process, when it started, and what tells its directories apart. */
  private static final Pattern NAME = Pattern.compile("(\\d+)-(\\d+)(?:-.*)?");

  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<StandardOpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path root;
  private final Path own;

  /** Guarded by this. */
  private boolean isMade;

  /**
   * Names one.
   *
   * @param root the user's; it stays
   * @param suffix tells several of one process apart; may be empty
   */
  public ProcessDirectory(Path root, ProcessHandle process, String suffix) {
    this.root = root.toAbsolutePath();
    String name = process.pid() + "-" + startMillis(process);
    own = this.root.resolve(suffix.isEmpty() ? name : name + "-" + suffix);
  }

  /**
   * Names one of this process.
   *
   * @param base a directory that exists; the user's is below it
   * @param what it is for; the name of the user's begins with it
   * @param suffix tells several of one process apart; may be empty
   */
  public static ProcessDirectory ofThisProcess(Path base, String what, String suffix) {
    String user = System.getProperty("user.name", "user").replaceAll("\\W", "_");
    return new ProcessDirectory(base.resolve(what + user), ProcessHandle.current(), suffix);
  }

  private static long startMillis(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Where it is, or will be. */
  public Path path() {
    return own;
  }

  /** As {@link #path}; from now on it is there. */
  public synchronized Path made() throws IOException {
    if (!isMade || !Files.isDirectory(own)) {
      makeRoot();
      sweep();
      Files.createDirectories(own, onlyForUs(DIRECTORY));
      isMade = true;
    }
    return own;
  }

  private void makeRoot() throws IOException {
    Path above = root.getParent();
    if (above != null) {
      Files.createDirectories(above);
    }
    try {
      Files.createDirectory(root, onlyForUs(DIRECTORY));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
        throw e; // A link may lead to what is not ours.
      }
      if (isPosix(root)) {
        Files.setPosixFilePermissions(root, DIRECTORY); // Fails if it is another user's.
      }
    }
  }

  /** Makes a file that only this user may read. */
  public FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, NEW, onlyForUs(FILE));
  }

  private FileAttribute<?>[] onlyForUs(Set<PosixFilePermission> permissions) {
    return isPosix(root)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /** Those of all processes of this user. */
  public List<Path> all() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> directories = Files.list(root)) {
      return directories.toList();
    }
  }

  /** Whether a path could be one that a process of this user made. */
  public static boolean isOurs(Path directory) throws IOException {
    Path above = directory.getParent();
    return above != null
        && NAME.matcher(String.valueOf(directory.getFileName())).matches()
        && (!isPosix(above) || Files.getPosixFilePermissions(above).equals(DIRECTORY));
  }

  /** Removes what processes left that are no more. */
  private void sweep() throws IOException {
    for (Path directory : all()) {
      Matcher owner = NAME.matcher(directory.getFileName().toString());
      if (owner.matches() && !directory.equals(own) && !isAlive(owner)) {
        remove(directory);
      }
    }
  }

  private static boolean isAlive(Matcher owner) {
    long started = Long.parseLong(owner.group(2));
    return ProcessHandle.of(Long.parseLong(owner.group(1)))
        .filter(process -> process.isAlive() && startMillis(process) == started)
        .isPresent();
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException | UncheckedIOException e) { // On Windows, while somebody reads a file.
      LOG.debug("[{}] stays for now", directory, e);
    }
  }

  /** Removes it with all files. */
  @Override
  public synchronized void close() {
    if (isMade) {
      isMade = false;
      remove(own);
    }
  }
}

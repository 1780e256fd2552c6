package io.dagwright.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessDirectoryTest {

  @TempDir Path temporary;

  private ProcessDirectory below(Path root) {
    return new ProcessDirectory(root, ProcessHandle.current(), "test");
  }

  @Test
  void onlyTheUserCanEnter() throws IOException {
    assumeTrue(temporary.getFileSystem().supportedFileAttributeViews().contains("posix"));
    Path root = temporary.resolve("a/b");
    try (ProcessDirectory directory = below(root)) {
      assertThat(root).doesNotExist();
      Path file = directory.made().resolve("file");
      directory.create(file).close();

      assertThat(permissions(root)).isEqualTo("rwx------");
      assertThat(permissions(directory.path())).isEqualTo("rwx------");
      assertThat(permissions(file)).isEqualTo("rw-------");
      assertThat(ProcessDirectory.isOurs(directory.path())).isTrue();
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
      assertThat(ProcessDirectory.isOurs(directory.path())).isFalse();
    }
    assertThat(root).isEmptyDirectory();
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void whatDeadProcessesLeftIsRemoved() throws Exception {
    Process other = new ProcessBuilder("sleep", "60").start();
    try {
      long pid = other.pid();
      long start = other.info().startInstant().orElseThrow().toEpochMilli();
      Path alive = Files.createDirectory(temporary.resolve(pid + "-" + start));
      Path earlier = Files.createDirectory(temporary.resolve(pid + "-" + (start - 1) + "-2"));
      Files.write(earlier.resolve("file"), new byte[10]);
      Path foreign = Files.createDirectory(temporary.resolve("letters"));
      try (ProcessDirectory directory = below(temporary)) {
        directory.made();

        assertThat(earlier).doesNotExist();
        assertThat(alive).exists();
        assertThat(foreign).exists();
      }
      other.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      try (ProcessDirectory directory = below(temporary)) {
        directory.made();

        assertThat(alive).doesNotExist();
      }
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void itIsMadeAgainIfSomebodyRemovesIt() throws IOException {
    try (ProcessDirectory directory = below(temporary)) {
      Files.delete(directory.made());

      assertThat(directory.made()).isDirectory();
    }
  }

  @Test
  void aLinkInTheWayIsNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Path root = Files.createSymbolicLink(temporary.resolve("link"), elsewhere);
    try (ProcessDirectory directory = below(root)) {
      assertThatThrownBy(directory::made)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(root.toString());
    }
    assertThat(elsewhere).isEmptyDirectory();
  }
}

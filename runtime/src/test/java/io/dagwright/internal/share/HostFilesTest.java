package io.dagwright.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFilesTest {

  private static final int LONGS = 100_000;

  @TempDir Path base;

  /** 0, 1, 2 … */
  private static HostFiles.Content numbers(int count) {
    return new HostFiles.Content() {
      @Override
      public long sizeBytes() {
        return (long) count * Long.BYTES;
      }

      @Override
      public void fill(long offsetBytes, ByteBuffer block) {
        long next = offsetBytes / Long.BYTES;
        while (block.hasRemaining()) {
          block.putLong(next++);
        }
      }
    };
  }

  private static HostFiles.Blocks once(byte[] bytes) {
    Iterator<byte[]> left = List.of(bytes).iterator();
    return block -> {
      boolean any = left.hasNext();
      if (any) {
        block.put(left.next());
      }
      return any;
    };
  }

  private HostFiles ours() {
    return new HostFiles(base, "me", ProcessHandle.current());
  }

  /** The files of another process that lives. */
  private HostFiles others() {
    return new HostFiles(base, "me", ProcessHandle.current().parent().orElseThrow());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> found = Files.walk(base)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void onlyTheOwnerMayReadThem() throws IOException {
    Path file = ours().add(numbers(10));
    Path other = ours().write(once(new byte[] {1, 2}));

    for (Path each : List.of(file, other)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
          .isEqualTo("rw-------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each.getParent())))
          .isEqualTo("rwx------");
    }
    try (FileChannel channel = HostFiles.open(other)) {
      assertThat(channel.size()).isEqualTo(2);
    }
    ours().delete(other);
    assertThat(files()).containsExactly(file);
  }

  @Test
  void contentIsOnTheHostOnceAndGoneWithItsLastUser() throws IOException {
    HostFiles one = ours();
    HostFiles two = others();
    Path first = one.add(numbers(LONGS));
    Path second = two.add(numbers(LONGS));

    assertThat(Files.getAttribute(first, "unix:ino"))
        .isEqualTo(Files.getAttribute(second, "unix:ino"));
    assertThat(one.add(numbers(LONGS))).isEqualTo(first);
    one.close();
    assertThat(Files.size(second)).isEqualTo(8L * LONGS);
    assertThat(one.link(second.getFileName().toString(), first)).isEqualTo(first).exists();
    two.close();
    one.close();
    assertThat(files()).isEmpty();
    assertThat(one.link(second.getFileName().toString(), second)).isNull();
  }

  @Test
  void whatDeadProcessesLeftIsRemoved() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    HostFiles dead = new HostFiles(base, "me", process.toHandle());
    Path left = dead.add(numbers(10));
    process.destroyForcibly().waitFor();

    Path ours = ours().add(numbers(20));

    assertThat(left).doesNotExist();
    assertThat(files()).containsExactly(ours);
  }

  @Test
  void nothingButSharedFilesIsOpened() throws IOException {
    Path mine = ours().write(once(new byte[] {1}));
    Path secret = Files.write(base.resolve("secret"), new byte[] {2});

    for (Path forged :
        List.of(
            secret,
            Path.of("/etc/passwd"),
            Path.of("relative"),
            mine.resolve("../../../secret"),
            base.resolve("dagwright-shared-me").resolve("x").resolve("y"))) {
      assertThatThrownBy(() -> HostFiles.open(forged)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(
            () -> new Extents(ours(), 0).open(new Extent.Place("../secret", "/x", 0, 1, 0)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not the hash");
  }

  @Test
  void filesAreMadeOnFileSystemsWithoutPermissions() throws IOException {
    try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
      HostFiles files = new HostFiles(windows.getPath("C:\\work"), "me", ProcessHandle.current());
      Path file = files.add(numbers(LONGS));

      assertThat(Files.size(file)).isEqualTo(8L * LONGS);
      files.close();
      assertThat(file).doesNotExist();
    }
  }

  @Test
  void whatNobodyLooksAtIsGivenUp() throws Exception {
    Extents extents = new Extents(ours(), 0);
    Extent.Place place = extents.add(numbers(10)).send();

    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(files()).isEmpty();
            });
    assertThatThrownBy(() -> extents.open(place)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aFileOfTheUsersThatChangedIsNotTakenForWhatItWas() throws Exception {
    Path file = Files.write(base.resolve("numbers"), new byte[64]);
    Extents extents = new Extents(ours(), 0);
    Extent.Place place = extents.map(file, 8, 16).send();

    assertThat(extents.open(place).mapping().sizeBytes()).isEqualTo(16);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThatThrownBy(() -> extents.open(place)).hasMessageContaining("changed");
    assertThatThrownBy(() -> extents.map(file, 8, 64)).isInstanceOf(IOException.class);
  }
}

package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.CorruptPayloadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCacheTest {

  private static final byte[] CONTENT = new byte[100];
  private static final CodeHash HASH = CodeHash.of(CONTENT);

  @TempDir Path directory;

  private final AtomicInteger fetches = new AtomicInteger();
  private final BlobSource source =
      hash -> {
        fetches.incrementAndGet();
        return CONTENT;
      };
  private BlobCache cache;

  @BeforeEach
  void start() {
    cache = new BlobCache(directory.resolve("a/cache"), 250);
  }

  @Test
  void jarIsFetchedOnceAndReadableByItsOwnerAlone() throws IOException {
    Path file = cache.jarFile(HASH, source);
    assertThat(cache.jarFile(HASH, source)).isEqualTo(file);

    assertThat(fetches).hasValue(1);
    assertThat(file).hasBinaryContent(CONTENT).hasFileName(HASH + ".jar");
    assertThat(Programs.filesIn(directory)).containsExactly(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Path parent = directory.resolve("a/cache");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(parent)))
        .isEqualTo("rwx------");
  }

  @Test
  void brokenJarIsFetchedAgain() throws IOException {
    Path file = cache.jarFile(HASH, source);
    Files.write(file, new byte[] {1, 2, 3});

    assertThat(cache.jarFile(HASH, source)).hasBinaryContent(CONTENT);
    assertThat(fetches).hasValue(2);
  }

  @Test
  void jarBrokenBeforeThisProcessIsFetchedAgain() throws IOException {
    Path file = cache.jarFile(HASH, source);
    FileTime changed = Files.getLastModifiedTime(file);
    byte[] broken = CONTENT.clone();
    broken[50] = 1;
    Files.write(file, broken);
    Files.setLastModifiedTime(file, changed);

    Path again = new BlobCache(directory.resolve("a/cache"), 250).jarFile(HASH, source);

    assertThat(again).hasBinaryContent(CONTENT);
    assertThat(fetches).hasValue(2);
  }

  @Test
  void contentThatIsNotOfTheHashIsRefused() {
    CodeHash other = CodeHash.of(new byte[] {1});

    assertThatThrownBy(() -> cache.classFile(other, source))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining(other.prefix());
    assertThatThrownBy(() -> cache.jarFile(other, source))
        .isInstanceOf(CorruptPayloadException.class);
    assertThatThrownBy(() -> cache.putClass(other, CONTENT))
        .isInstanceOf(CorruptPayloadException.class);
    assertThat(cache.hasClass(other)).isFalse();
    assertThat(directory.resolve("a/cache").resolve(other + ".jar")).doesNotExist();
  }

  @Test
  void directoryThatCannotBeUsedIsNamed() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    BlobCache unusable = new BlobCache(file, 250);

    assertThatThrownBy(() -> unusable.jarFile(HASH, source))
        .isInstanceOf(CodeUnavailableException.class)
        .hasMessageContaining("[" + file + "]");
  }

  @Test
  void oldestClassesMakeRoomForNewOnes() {
    byte[][] files = {new byte[100], new byte[101], new byte[102]};
    cache.putClass(CodeHash.of(files[0]), files[0]);
    cache.putClass(CodeHash.of(files[1]), files[1]);
    assertThat(cache.hasClass(CodeHash.of(files[0]))).isTrue(); // A use makes it young again.

    cache.putClass(CodeHash.of(files[2]), files[2]);

    assertThat(cache.hasClass(CodeHash.of(files[0]))).isTrue();
    assertThat(cache.hasClass(CodeHash.of(files[1]))).isFalse();
    assertThat(cache.hasClass(CodeHash.of(files[2]))).isTrue();
  }
}

package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFilesTest {

  private final byte[] content = {1, 2, 3};
  private final CodeHash hash = CodeHash.of(content);
  private final AtomicInteger fetched = new AtomicInteger();
  private final BlobSource source =
      wanted -> {
        fetched.incrementAndGet();
        return content;
      };

  @TempDir Path directory;

  @Test
  void onlyOneProcessOfAHostFetches() {
    assertThat(new SharedFiles(directory.resolve("x")).get(hash, source)).isEqualTo(content);
    assertThat(new SharedFiles(directory.resolve("x")).get(hash, source)).isEqualTo(content);

    assertThat(fetched).hasValue(1);
  }

  @Test
  void aFileThatWasChangedIsFetchedAgain() throws IOException {
    SharedFiles files = new SharedFiles(directory);
    files.get(hash, source);
    Files.write(directory.resolve(hash + ".part"), new byte[] {9});

    assertThat(files.get(hash, source)).isEqualTo(content);
    assertThat(fetched).hasValue(2);
  }

  @Test
  void whereNothingCanBeKeptEachFetches() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "no directory");

    assertThat(new SharedFiles(file).get(hash, source)).isEqualTo(content);
    assertThat(fetched).hasValue(1);
  }

  @Test
  void whatIsRemovedOrOldGoes() throws IOException {
    SharedFiles files = new SharedFiles(directory);
    files.get(hash, source);
    files.remove(hash);
    assertThat(count()).isZero();

    files.get(hash, source);
    files.sweep();
    assertThat(count()).isEqualTo(2);
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
      }
    }
    files.sweep();
    assertThat(count()).isZero();
  }

  private long count() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.count();
    }
  }
}

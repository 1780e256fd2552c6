package io.dagwright.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CacheFilesTest {

  private static final String KEY = "ab".repeat(32);
  private static final String OTHER = "cd".repeat(32);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final long UNLIMITED = Long.MAX_VALUE;

  private final FileSystem windows = Jimfs.newFileSystem(Configuration.windows());
  private final Path directory = windows.getPath("C:\\work\\cache");
  private final CacheFiles files = new CacheFiles(directory);

  @AfterEach
  void close() throws IOException {
    windows.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void whatIsWrittenIsReadUntilItIsRemoved() {
    assertThat(files.read(KEY, Instant.MIN)).isNull();
    assertThat(files.contains(KEY, Instant.MIN)).isFalse();

    files.write(KEY, bytes("one"), NOW);
    files.write(KEY, bytes("two"), NOW);

    assertThat(files.read(KEY, Instant.MIN)).isEqualTo(bytes("two"));
    assertThat(files.contains(KEY, NOW)).isTrue();
    assertThat(files.contains(KEY, NOW.plusMillis(1))).isFalse();
    assertThat(files.read(KEY, NOW.plusMillis(1))).isNull();
    files.remove(KEY);
    files.remove(KEY);
    assertThat(files.read(KEY, Instant.MIN)).isNull();
  }

  @Test
  void noEntryThatWasCutOrChangedIsRead() throws IOException {
    files.write(KEY, bytes("some result"), NOW);
    Path file = all().get(0);
    byte[] whole = Files.readAllBytes(file);

    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(files.read(KEY, Instant.MIN)).as("cut to %d", length).isNull();
    }
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 1;
      Files.write(file, changed);
      assertThat(files.read(KEY, Instant.MIN)).as("changed at %d", at).isNull();
    }
    Files.write(file, whole);
    assertThat(files.read(KEY, Instant.MIN)).isEqualTo(bytes("some result"));
  }

  @Test
  void whatWasUsedLeastGoesFirst() throws IOException {
    for (int i = 0; i < 5; i++) {
      files.write(i + KEY, bytes("result"), NOW);
    }
    List<Path> entries = new ArrayList<>(all());
    entries.sort(null);
    for (int i = 0; i < 5; i++) {
      Files.setLastModifiedTime(entries.get(i), FileTime.from(NOW.minusSeconds(100 - i)));
    }
    Path temporary = Files.write(entries.get(0).resolveSibling("dead.part"), bytes("x"));
    Files.setLastModifiedTime(temporary, FileTime.from(NOW.minusSeconds(7200)));

    files.reduce(UNLIMITED, UNLIMITED, Duration.ofSeconds(98), NOW);
    assertThat(all()).containsExactlyInAnyOrderElementsOf(entries.subList(2, 5));
    files.reduce(UNLIMITED, 2, Duration.ofDays(1), NOW);
    assertThat(all()).containsExactlyInAnyOrderElementsOf(entries.subList(3, 5));
    files.reduce(Files.size(entries.get(4)), UNLIMITED, Duration.ofDays(1), NOW);
    assertThat(all()).containsExactly(entries.get(4));
    files.reduce(UNLIMITED, 0, Duration.ofDays(1), NOW);
    assertThat(all()).isEmpty();
  }

  @Test
  void manyWritersAndReadersSeeWholeEntriesOnly() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Callable<Boolean>> work = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] content = new byte[1000 + i];
      Arrays.fill(content, (byte) i);
      work.add(
          () -> {
            files.write(OTHER, content, NOW);
            byte[] read = files.read(OTHER, Instant.MIN);
            return read != null && read.length == 1000 + (read[0] & 0xFF);
          });
    }

    for (Future<Boolean> each : threads.invokeAll(work)) {
      assertThat(each.get()).isTrue();
    }
    assertThat(all()).hasSize(1);
    threads.shutdown();
  }
}

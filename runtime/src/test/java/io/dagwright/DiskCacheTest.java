package io.dagwright;

import static io.dagwright.DelayedCall.delayed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.TaskFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {

  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;

  @BeforeEach
  void reset() {
    CALLS.set(0);
  }

  private static int square(int x) {
    CALLS.incrementAndGet();
    return x * x;
  }

  private static String join(String text, Object ignored, int count) {
    CALLS.incrementAndGet();
    return text.repeat(count);
  }

  @Test
  void aCallIsMadeOnceWhoeverAsks() throws Exception {
    Fn1<Integer, Integer> cached = DiskCache.at(directory).cached(DiskCacheTest::square);

    assertThat(cached.call(3)).isEqualTo(9);
    assertThat(cached.call(3)).isEqualTo(9);
    assertThat(CALLS).hasValue(1);
    DiskCache again = DiskCache.at(directory);
    assertThat(again.contains(delayed(3, DiskCacheTest::square))).isTrue();
    assertThat(again.contains(delayed(4, DiskCacheTest::square))).isFalse();
    assertThat(again.<Integer>call(delayed(3, DiskCacheTest::square))).isEqualTo(9);
    assertThat(CALLS).hasValue(1);
    again.remove(delayed(3, DiskCacheTest::square));
    assertThat(again.<Integer>call(delayed(3, DiskCacheTest::square))).isEqualTo(9);
    assertThat(CALLS).hasValue(2);
  }

  @Test
  void whatAFunctionCapturedCounts() {
    DiskCache cache = DiskCache.at(directory);

    for (int i = 0; i < 3; i++) {
      int captured = i % 2;
      assertThat(cache.<Integer>call(delayed(() -> square(captured)))).isEqualTo(captured);
    }

    assertThat(CALLS).hasValue(2);
  }

  @Test
  void ignoredArgumentsDoNotCount() {
    DiskCache cache = DiskCache.at(directory).withIgnored(1);

    assertThat(cache.<String>call(delayed("a", "x", 2, DiskCacheTest::join))).isEqualTo("aa");
    assertThat(cache.<String>call(delayed("a", new Thread(), 2, DiskCacheTest::join)))
        .isEqualTo("aa");
    assertThat(CALLS).hasValue(1);
    assertThat(cache.<String>call(delayed("a", "x", 3, DiskCacheTest::join))).isEqualTo("aaa");
    assertThat(CALLS).hasValue(2);
  }

  @Test
  void resultsExpire() {
    DelayedCall<Integer> call = delayed(3, DiskCacheTest::square);
    DiskCache.at(directory).call(call);

    assertThat(DiskCache.at(directory).withExpiry(Duration.ofDays(1)).contains(call)).isTrue();
    DiskCache.at(directory).withExpiry(Duration.ofDays(1)).call(call);
    assertThat(CALLS).hasValue(1);
    DiskCache strict = DiskCache.at(directory).withExpiry(Duration.ofNanos(1));
    strict.call(call);
    strict.call(call);
    assertThat(CALLS.get()).isGreaterThan(1);
  }

  @Test
  void aBrokenEntryIsComputedAgain() throws IOException {
    DiskCache cache = DiskCache.at(directory);
    DelayedCall<Integer> call = delayed(3, DiskCacheTest::square);
    DiskCache.Shelved<Integer> shelved = cache.shelve(call);
    assertThat(CALLS).hasValue(1);

    for (Path file : files()) {
      Files.write(file, new byte[] {1, 2, 3});
    }

    assertThat(shelved.get()).isEqualTo(9);
    assertThat(CALLS).hasValue(2);
    assertThat(cache.call(call)).isEqualTo(9);
    assertThat(CALLS).hasValue(2);
    shelved.clear();
    assertThat(cache.contains(call)).isFalse();
    assertThat(shelved.get()).isEqualTo(9);
    cache.reduceSize(0, 0, Duration.ofDays(1));
    assertThat(files()).isEmpty();
  }

  @Test
  void failuresAreNotKept() throws IOException {
    DiskCache cache = DiskCache.at(directory);

    assertThatThrownBy(() -> cache.call(delayed("no number", Integer::parseInt)))
        .isInstanceOf(TaskFailedException.class)
        .hasCauseInstanceOf(NumberFormatException.class);
    assertThat(files()).isEmpty();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }
}

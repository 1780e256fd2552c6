package io.dagwright;

import static io.dagwright.DelayedCall.delayed;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that fill a cache are killed at random moments while this one reads it. */
@Tag("slow")
@Timeout(300)
class DiskCacheKilledTest {

  private static final int KILLS = 12;
  private static final int CALLS = 40;
  private static final int TEXT = 20_000;

  @TempDir Path directory;

  /** Long enough that many a kill hits a file that is half written. */
  private static String text(int seed) {
    return (seed + " ").repeat(TEXT);
  }

  /** Fills a cache over and over. */
  static final class Writer {

    private Writer() {}

    public static void main(String[] args) {
      DiskCache cache = DiskCache.at(Path.of(args[0]));
      Random random = new Random();
      while (true) {
        DelayedCall<String> call = delayed(random.nextInt(CALLS), DiskCacheKilledTest::text);
        cache.remove(call);
        cache.call(call);
        System.out.println("wrote one");
      }
    }
  }

  @Test
  void noAnswerIsWrongAndNoLeftoverStays() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    DiskCache cache = DiskCache.at(directory);

    for (int kill = 0; kill < KILLS; kill++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  directory.toString())
              .redirectErrorStream(true)
              .start();
      try (BufferedReader out = writer.inputReader(StandardCharsets.UTF_8)) {
        String line = out.readLine();
        while (line != null && !line.equals("wrote one")) {
          line = out.readLine(); // Warnings, of some Java versions.
        }
        assertThat(line).as("the writer wrote (seed %s)", seed).isNotNull();
        long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(random.nextInt(50_000));
        do {
          check(cache, random.nextInt(CALLS), seed);
        } while (System.nanoTime() < end);
        writer.destroyForcibly().waitFor();
      }
      check(cache, random.nextInt(CALLS), seed);
    }

    assertThat(files(".part").size()).isLessThanOrEqualTo(KILLS);
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    for (Path part : files(".part")) {
      Files.setLastModifiedTime(part, old);
    }
    cache.reduceSize(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ofDays(1));
    assertThat(files(".part")).isEmpty();
    for (int i = 0; i < CALLS; i++) {
      check(cache, i, seed);
      assertThat(cache.contains(delayed(i, DiskCacheKilledTest::text))).isTrue();
    }
  }

  private static void check(DiskCache cache, int i, long seed) {
    assertThat(cache.<String>call(delayed(i, DiskCacheKilledTest::text)))
        .as("call %s (seed %s)", i, seed)
        .isEqualTo(text(i));
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      return found.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }
}

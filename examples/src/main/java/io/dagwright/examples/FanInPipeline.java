package io.dagwright.examples;

import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Many unreliable sources, a step for each, and one report: sources are asked again when they fail,
 * and nothing downstream notices.
 */
public final class FanInPipeline {

  /** A source, and the directory in which it counts how often it was asked. */
  record Source(int number, String directory) {}

  private FanInPipeline() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("fan-in");
    try (LocalCluster cluster = LocalCluster.threads(2, 2);
        GraphRunner client = cluster.client()) {
      System.out.println("the readings add up to " + client.compute(total(12, directory)));
    }
    for (int source = 0; source < 12; source++) {
      System.out.println("source " + source + " was asked " + asked(source, directory) + " times");
    }
  }

  /** Reads so many sources, converts each reading, and adds up four at a time. */
  static Lazy<Integer> total(int sources, Path directory) {
    List<Lazy<Integer>> readings = new ArrayList<>();
    for (int i = 0; i < sources; i++) {
      readings.add(
          Lazy.delayed(new Source(i, directory.toString()), FanInPipeline::read)
              .key("read-" + i)
              .retries(5)
              .timeout(Duration.ofSeconds(30))
              .map(reading -> reading * 10));
    }
    return Lazy.reduce(readings, 4, some -> some.stream().mapToInt(Integer::intValue).sum());
  }

  /** Fails now and then, but for the same attempts every time. */
  private static int read(Source source) throws IOException {
    Path counter = counter(source.number(), Path.of(source.directory()));
    Files.write(counter, new byte[1], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    long attempt = Files.size(counter);
    if (fails(source.number(), attempt)) {
      throw new IOException("source " + source.number() + " does not answer");
    }
    return source.number();
  }

  /** Whether an attempt, from 1, to read a source fails: about every second one does. */
  static boolean fails(int source, long attempt) {
    return attempt <= 3 && new SplittableRandom(31L * source + attempt).nextBoolean();
  }

  /** How often a source was read. */
  static long asked(int source, Path directory) {
    try {
      return Files.size(counter(source, directory));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path counter(int source, Path directory) {
    return directory.resolve("source-" + source);
  }
}

package io.dagwright.internal.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NoSuchElementException;

/** The seeds in {@code seeds.txt}, each with what it is there for. */
final class Seeds {

  /** A seed, and a word or sentence about it. */
  record Seed(long number, String about) {}

  private Seeds() {}

  static List<Seed> all() {
    try (InputStream file = Seeds.class.getResourceAsStream("seeds.txt")) {
      if (file == null) {
        throw new NoSuchElementException("seeds.txt");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Seeds::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Seed parse(String line) {
    String[] parts = line.split("#", 2);
    return new Seed(Long.parseLong(parts[0].strip()), parts[1].strip());
  }

  /** The seed that shows that a rule is off; -1 if the file has none. */
  static long without(String rule) {
    return all().stream()
        .filter(seed -> seed.about().equals("without " + rule))
        .mapToLong(Seed::number)
        .findFirst()
        .orElse(-1);
  }
}

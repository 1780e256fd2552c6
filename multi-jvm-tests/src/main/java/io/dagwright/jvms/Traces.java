package io.dagwright.jvms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Counts how often tasks ran, in whatever process: each run adds one byte to its task's file. */
public final class Traces {

  private Traces() {}

  /** Notes one run of a task. */
  public static void leave(String directory, String task) {
    try {
      Files.write(
          Path.of(directory, task),
          new byte[] {1},
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How often each task ran. */
  public static Map<String, Long> read(Path directory) {
    Map<String, Long> counts = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        counts.put(file.getFileName().toString(), Files.size(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counts;
  }
}

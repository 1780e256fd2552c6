package io.dagwright.cli;

import java.util.List;

/**
 * How much of the log is shown: properties that logback.xml reads, set before anything is logged.
 */
final class LogLevels {

  private LogLevels() {}

  static void set(boolean verbose, boolean quiet) {
    if (verbose) {
      System.setProperty("dagwright.log", "INFO");
      System.setProperty("dagwright.log.others", "WARN");
      System.setProperty("dagwright.log.stack", "%ex");
    } else if (quiet) {
      System.setProperty("dagwright.log", "OFF");
    }
  }

  /** The same levels for a worker's JVM. */
  static List<String> jvmFlags() {
    return List.of("dagwright.log", "dagwright.log.others", "dagwright.log.stack").stream()
        .filter(name -> System.getProperty(name) != null)
        .map(name -> "-D" + name + "=" + System.getProperty(name))
        .toList();
  }
}

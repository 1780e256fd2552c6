package io.dagwright.internal.wire;

import java.time.Duration;
import java.util.Locale;

/** Small parts of sentences for people. */
public final class Wording {

  private Wording() {}

  /** {@code 1 worker}, {@code 2 workers}. */
  public static String count(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  /** {@code 12 B}, {@code 3.4 MB}: decimal units. */
  public static String bytes(long bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }

  /** {@code 200 ms}, {@code 1.5 s}. */
  public static String duration(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1000) {
      return millis + " ms";
    }
    return (millis % 1000 == 0 ? "" + millis / 1000 : "" + millis / 1000.0) + " s";
  }

  /** What is before the first line break: of several lines, the one that says it in short. */
  public static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  /** The rest of it, line break included; empty if there is one line only. */
  public static String furtherLines(String text) {
    return text.substring(firstLine(text).length());
  }
}

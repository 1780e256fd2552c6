package io.dagwright.internal.wire;

/** Small parts of sentences for people. */
public final class Wording {

  private Wording() {}

  /** {@code 1 worker}, {@code 2 workers}. */
  public static String count(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
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

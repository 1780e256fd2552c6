package io.dagwright.internal.wire;

/** Small parts of sentences for people. */
public final class Wording {

  private Wording() {}

  /** {@code 1 worker}, {@code 2 workers}. */
  public static String count(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}

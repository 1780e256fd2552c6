package io.dagwright.internal.simulation;

/** Something happened that must never happen, or did not happen that must. */
final class Violation extends RuntimeException {

  Violation(String message, Throwable cause) {
    super(message, cause);
  }

  Violation(String message) {
    super(message);
  }

  static void unless(boolean holds, String otherwise) {
    if (!holds) {
      throw new Violation(otherwise);
    }
  }
}

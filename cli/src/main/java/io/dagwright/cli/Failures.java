package io.dagwright.cli;

import io.dagwright.error.DagwrightException;
import java.io.PrintWriter;
import java.io.StringWriter;

/** Exceptions as text for people. */
final class Failures {

  private Failures() {}

  /** What happened; for exceptions of ours their message says it. */
  static String sentence(Throwable failure) {
    String message = String.valueOf(failure.getMessage()).strip();
    if (failure instanceof CommandFailure || failure instanceof DagwrightException) {
      return message;
    }
    return "this should not have happened: " + failure + ". 'dagwright -v' shows where.";
  }

  static String stack(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}

package io.dagwright.cli;

import org.jspecify.annotations.Nullable;

/** A command cannot go on. The message is one sentence or two, for the person who typed it. */
final class CommandFailure extends RuntimeException {

  private final int exitCode;

  CommandFailure(int exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  CommandFailure(int exitCode, String message) {
    this(exitCode, message, null);
  }

  int exitCode() {
    return exitCode;
  }
}

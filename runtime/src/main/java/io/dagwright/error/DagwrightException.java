package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** The root of every exception Dagwright throws at its users. */
public abstract class DagwrightException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  protected DagwrightException(String message) {
    super(message);
  }

  protected DagwrightException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** Classes that a task needs exist, but their bytes could not be had where they were wanted. */
public final class CodeUnavailableException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  /** Creates one that says which code, who wanted it, and what to do about it. */
  public CodeUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

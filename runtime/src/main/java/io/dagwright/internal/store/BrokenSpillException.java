package io.dagwright.internal.store;

import java.io.IOException;

/** A file of results does not hold what was written to it. */
final class BrokenSpillException extends IOException {

  private static final long serialVersionUID = 1L;

  BrokenSpillException(String message) {
    super(message);
  }
}

package io.dagwright.internal.serialization;

/** Thrown inside an encoder when it meets an object that must not be encoded. */
final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }
}

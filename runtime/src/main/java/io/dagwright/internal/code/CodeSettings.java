package io.dagwright.internal.code;

import java.time.Duration;

/**
 * How workers get the code of clients.
 *
 * @param acceptance whose code is loaded
 * @param askTimeout how long the loading of a class waits for a client to say whether it has it
 */
public record CodeSettings(CodeAcceptance acceptance, Duration askTimeout) {

  public CodeSettings {
    if (askTimeout.isNegative() || askTimeout.isZero()) {
      throw new IllegalArgumentException("askTimeout must be positive: " + askTimeout);
    }
  }
}

package io.dagwright.internal.transfer;

import java.io.IOException;

/** Who hears how worker processes ended. Thread-safe. */
@FunctionalInterface
public interface ExitSink {

  /**
   * Takes a report, as the supervisor wrote it; false if nobody here is to hear it.
   *
   * @throws IOException if it is no report
   */
  boolean take(byte[] report) throws IOException;
}

package io.dagwright.internal.transfer;

import org.jspecify.annotations.Nullable;

/** Where the data server gets the bytes of one worker's results. Called on several threads. */
@FunctionalInterface
public interface ResultSource {

  /**
   * The encoded result, or null if it is not (any longer) here. The array is not written to again.
   *
   * @throws Exception if it cannot be encoded; the message reaches whoever asked
   */
  byte @Nullable [] bytes(long task) throws Exception;
}

package io.dagwright.error;

import java.time.Duration;

/** No call of a parallel loop ended for longer than its timeout; what still ran was cancelled. */
public final class LoopTimeoutException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one for a loop.
   *
   * @param timeout how long it waited
   * @param done how many calls had been made
   * @param running how many were handed over and had not ended
   */
  public LoopTimeoutException(Duration timeout, long done, long running) {
    super(
        "No call of the loop ended within its timeout of "
            + timeout
            + ": "
            + done
            + " were done, and "
            + running
            + " that were running or queued are cancelled. Raise the timeout, which is for each wait"
            + " and not for all of the loop, or make the calls smaller.");
  }
}

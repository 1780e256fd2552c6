package io.dagwright.error;

/**
 * A task found no room on the heap of its worker, also when it ran alone and all results had gone
 * to files, as far as that was possible: if it was not, the message names the directory, what was
 * to be written there and what is free. Tasks that ran beside it were run again as well, and are
 * not to blame. The cause is the {@link OutOfMemoryError}.
 */
public final class TaskOutOfMemoryException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final long heapBytes;
  private final long resultBytes;

  /**
   * Creates one.
   *
   * @param worker name of the worker
   * @param heapBytes the most its heap may grow to
   * @param resultBytes what results took of it when the task had failed
   * @param filesFailure why results could not go to files, as a sentence; empty if they could
   * @param cause what was thrown
   */
  public TaskOutOfMemoryException(
      String worker,
      long heapBytes,
      long resultBytes,
      String filesFailure,
      OutOfMemoryError cause) {
    super(
        "The task needs more heap than worker ["
            + worker
            + "] has: it ran alone, with "
            + mebibytes(heapBytes)
            + " MiB in all (-Xmx), of which results took "
            + mebibytes(resultBytes)
            + " MiB, and that was not enough ("
            + cause.getMessage()
            + ")."
            + (filesFailure.isEmpty() ? "" : " " + filesFailure)
            + " Make its inputs or its result smaller, or give workers more heap.",
        cause);
    this.heapBytes = heapBytes;
    this.resultBytes = resultBytes;
  }

  private static long mebibytes(long bytes) {
    return bytes >> 20;
  }

  /** The most the worker's heap may grow to, in bytes. */
  public long heapBytes() {
    return heapBytes;
  }

  /** What results took of the heap when the task had failed, in bytes. */
  public long resultBytes() {
    return resultBytes;
  }
}

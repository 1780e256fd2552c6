package io.dagwright.internal.wire;

/**
 * What a worker's memory is used for, in bytes; for people.
 *
 * @param managed results on the heap
 * @param unmanaged what else is alive on the heap, of all workers of its JVM
 * @param spilled results in files
 * @param limit the most the heap may grow to
 * @param freeDisk free where results are written; -1 if unknown
 * @param pauses how often it has paused
 * @param budget what results may take at the moment; more goes to files
 * @param pauseAt when so much is alive it pauses
 */
public record WorkerBytes(
    long managed,
    long unmanaged,
    long spilled,
    long limit,
    long freeDisk,
    long pauses,
    long budget,
    long pauseAt) {

  public static final WorkerBytes NONE = new WorkerBytes(0, 0, 0, 0, -1, 0, 0, 0);

  /** All that is alive on the heap, as far as collections have shown. */
  public long alive() {
    return managed + unmanaged;
  }
}

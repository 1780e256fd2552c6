package io.dagwright.internal.store;

import java.nio.file.Path;

/**
 * How much of the heap results may take; {@code dagwright.worker.memory} in {@code reference.conf}
 * explains each.
 *
 * @param heapBytes the most the heap may grow to
 * @param target share of the heap that results may take; more goes to files
 * @param spill share of the heap that results and all else may take together, after a collection
 * @param pause share of the heap from which on, if so much is alive, no task begins
 * @param directory where the directory for files of results is made
 */
public record MemorySettings(
    long heapBytes, double target, double spill, double pause, Path directory) {

  public MemorySettings {
    if (!(target > 0 && target <= spill && spill <= pause && pause <= 1)) {
      throw new IllegalArgumentException(
          "0 < target <= spill <= pause <= 1 must hold, not with target "
              + target
              + ", spill "
              + spill
              + ", pause "
              + pause);
    }
  }

  /** Results never go to files, however many there are. */
  public static MemorySettings unlimited() {
    return new MemorySettings(Long.MAX_VALUE, 1, 1, 1, Path.of(""));
  }

  /**
   * What results may take now.
   *
   * @param unmanagedBytes what else is on the heap
   */
  long budgetBytes(long unmanagedBytes) {
    if (heapBytes == Long.MAX_VALUE) {
      return Long.MAX_VALUE;
    }
    double most = Math.min(target * heapBytes, spill * heapBytes - unmanagedBytes);
    return (long) Math.max(most, heapBytes * LEAST);
  }

  /**
   * What tasks may take now, all together: what results leave of the heap.
   *
   * @param unmanagedBytes what else is on the heap
   */
  long roomBytes(long unmanagedBytes) {
    return heapBytes == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : (long) Math.max(0, pause * heapBytes - unmanagedBytes - budgetBytes(unmanagedBytes));
  }

  /** Below this share nothing is gained: what fills the heap is not results. */
  private static final double LEAST = 0.05;
}

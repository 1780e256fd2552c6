package io.dagwright.internal.scheduler;

import static io.dagwright.internal.wire.Wording.bytes;

import io.dagwright.internal.wire.WorkerBytes;
import java.util.Optional;

/** How much memory, or how small partitions, would have been enough; estimates, for people. */
final class MemoryNeed {

  private MemoryNeed() {}

  /** The smallest heap on which what is alive is no reason to pause. */
  static long heap(WorkerBytes bytes) {
    return heap(bytes, bytes.alive());
  }

  /** The smallest heap on which so much may be alive. */
  static long heap(WorkerBytes bytes, long alive) {
    return bytes.pauseAt() <= 0
        ? alive
        : (long) Math.ceil((double) alive * bytes.limit() / bytes.pauseAt());
  }

  /** The smallest heap on which all results fit that are now there or in files. */
  static long heapForResults(WorkerBytes bytes) {
    double results = (double) bytes.managed() + bytes.spilled();
    if (bytes.budget() <= 0) {
      return (long) results;
    }
    double needed = Math.ceil(results * bytes.limit() / bytes.budget());
    return Math.max(bytes.limit(), (long) needed);
  }

  /**
   * How much smaller partitions would have had to be, as the end of a sentence; empty if they would
   * not have had to be.
   *
   * @param culprit what takes most
   * @param share of what they take now that would have passed
   */
  static String orSmaller(Optional<ByPrefix.Sum> culprit, double share) {
    if (culprit.isEmpty() || !(share > 0 && share < 1)) {
      return "";
    }
    ByPrefix.Sum of = culprit.get();
    return of.largestBytes > 0
        ? ", or with partitions of ["
            + of.prefix
            + "] of at most "
            + bytes((long) (of.largestBytes * share))
            + " instead of "
            + bytes((long) of.largestBytes)
        : ", or with partitions of [" + of.prefix + "] " + (int) (share * 100) + " % as large";
  }
}

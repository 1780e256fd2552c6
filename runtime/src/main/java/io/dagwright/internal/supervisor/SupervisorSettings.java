package io.dagwright.internal.supervisor;

import java.time.Duration;

/**
 * How worker processes are watched.
 *
 * @param restart when those that ended are started again
 * @param memory how much each may take
 * @param closeWithin how long what tasks made once per worker may take to close
 */
public record SupervisorSettings(Restart restart, Memory memory, Duration closeWithin) {

  /**
   * When a process that ended is started again.
   *
   * @param firstPause before the first start of several; each further pause is twice as long
   * @param longestPause never longer than that
   * @param healthyAfter one that lived so long is started again at once
   * @param crashLoopEnds so many ends in a row are a crash loop: it is not started again
   * @param crashLoopWithin the time they must fall into
   */
  public record Restart(
      Duration firstPause,
      Duration longestPause,
      Duration healthyAfter,
      int crashLoopEnds,
      Duration crashLoopWithin) {}

  /**
   * How much memory a process may take.
   *
   * @param limitBytes of one process; 0 to divide what the machine has
   * @param heapShare of it that is the largest heap
   * @param terminateShare of it at which the process is ended
   */
  public record Memory(long limitBytes, double heapShare, double terminateShare) {

    /** The limit of each of so many processes, if the starting one takes {@code ownBytes}. */
    long limitBytes(long machineBytes, long ownBytes, int processes) {
      return limitBytes > 0
          ? limitBytes
          : (long) ((machineBytes - ownBytes) * DIVIDED) / Math.max(1, processes);
    }

    /** What of the machine's memory is divided; the rest is for all else that runs there. */
    private static final double DIVIDED = 0.9;
  }
}

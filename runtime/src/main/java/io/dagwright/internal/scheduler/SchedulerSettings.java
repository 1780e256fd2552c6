package io.dagwright.internal.scheduler;

/**
 * The tunables of placement; {@code dagwright.scheduler} in {@code reference.conf} explains each.
 *
 * @param saturation runs in flight per slot while durations are unknown or long
 * @param windowNanos expected work in flight per slot once durations are known to be short
 * @param windowRuns most runs in flight per worker, whatever their length
 * @param aheadDepth how many successors in a row are sent ahead of their inputs; 0 is off
 * @param unknownNanos what a run is taken to cost while no run of its prefix has ended
 * @param bytesPerSecond what a transfer is taken to achieve
 * @param fetchNanos what fetching one input costs besides its bytes
 * @param silenceNanos a worker that says nothing for so long is taken for dead
 * @param stallNanos a task that cannot be placed for so long is reported
 * @param pausedNanos all workers may be paused for so long, while nothing runs, before one task is
 *     made to run all the same
 * @param replicas of copies of results
 */
public record SchedulerSettings(
    double saturation,
    long windowNanos,
    int windowRuns,
    int aheadDepth,
    long unknownNanos,
    double bytesPerSecond,
    long fetchNanos,
    long silenceNanos,
    long stallNanos,
    long pausedNanos,
    ReplicaSettings replicas) {

  public static final SchedulerSettings DEFAULT =
      new SchedulerSettings(
          1.1,
          2_000_000,
          1024,
          64,
          500_000_000,
          100e6,
          20_000,
          10_000_000_000L,
          3_000_000_000L,
          2_000_000_000L,
          ReplicaSettings.DEFAULT);

  public SchedulerSettings withReplicas(ReplicaSettings other) {
    return new SchedulerSettings(
        saturation,
        windowNanos,
        windowRuns,
        aheadDepth,
        unknownNanos,
        bytesPerSecond,
        fetchNanos,
        silenceNanos,
        stallNanos,
        pausedNanos,
        other);
  }

  public SchedulerSettings withAheadDepth(int depth) {
    return new SchedulerSettings(
        saturation,
        windowNanos,
        windowRuns,
        depth,
        unknownNanos,
        bytesPerSecond,
        fetchNanos,
        silenceNanos,
        stallNanos,
        pausedNanos,
        replicas);
  }
}

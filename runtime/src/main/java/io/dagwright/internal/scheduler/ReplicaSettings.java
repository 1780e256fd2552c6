package io.dagwright.internal.scheduler;

/**
 * The tunables of copies; {@code dagwright.scheduler.replicas} in {@code reference.conf} explains
 * each.
 *
 * @param reviewNanos time between two reviews of which results have too many copies or too few; 0
 *     is off
 * @param hotFetches fetches from one holder between two reviews that make a result hot; 0 is off
 * @param hotBytes smaller results are never hot
 * @param hotCopies most copies a result gets for being hot
 * @param retireNanos how long a worker that leaves waits for others to copy what only it holds
 * @param againNanos a copy that nobody has heard of for so long is asked for again
 * @param gap of what a worker holds on average: who differs by less is neither full nor empty
 */
public record ReplicaSettings(
    long reviewNanos,
    int hotFetches,
    long hotBytes,
    int hotCopies,
    long retireNanos,
    long againNanos,
    double gap) {

  public static final ReplicaSettings DEFAULT =
      new ReplicaSettings(0, 8, 65_536, 16, 30_000_000_000L, 5_000_000_000L, 0.1);
}

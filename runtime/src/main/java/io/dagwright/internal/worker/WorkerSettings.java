package io.dagwright.internal.worker;

/**
 * The tunables of a worker; {@code dagwright.worker} in {@code reference.conf} explains each.
 *
 * @param slots runs at the same time
 * @param aheadNanos expected work handed to each slot's thread beyond what it is running
 * @param aheadRuns most runs handed over per slot beyond what it is running
 * @param keepBytes fetched inputs of at least this size are kept as replicas; smaller ones are
 *     dropped after use
 */
public record WorkerSettings(int slots, long aheadNanos, int aheadRuns, long keepBytes) {

  public WorkerSettings {
    if (slots < 1) {
      throw new IllegalArgumentException("a worker needs at least one slot, not " + slots);
    }
  }

  public static WorkerSettings ofSlots(int slots) {
    return new WorkerSettings(slots, 1_000_000, 256, 4096);
  }
}

package io.dagwright.internal.worker;

/**
 * The tunables of a worker; {@code dagwright.worker} in {@code reference.conf} explains each.
 *
 * @param slots runs at the same time
 * @param aheadNanos expected work handed to each slot's thread beyond what it is running
 * @param aheadRuns most runs handed over per slot beyond what it is running
 * @param keepBytes fetched inputs of at least this size are kept as replicas; smaller ones are
 *     dropped after use
 * @param pause share of the heap that is alive from which on no run begins
 * @param resume share below which runs begin again
 */
public record WorkerSettings(
    int slots, long aheadNanos, int aheadRuns, long keepBytes, double pause, double resume) {

  public WorkerSettings {
    if (slots < 1) {
      throw new IllegalArgumentException("a worker needs at least one slot, not " + slots);
    }
    if (!(resume > 0 && resume <= pause && pause <= 1)) {
      throw new IllegalArgumentException(
          "0 < resume <= pause <= 1 must hold, not with resume " + resume + ", pause " + pause);
    }
  }

  public static WorkerSettings ofSlots(int slots) {
    return new WorkerSettings(slots, 1_000_000, 256, 4096, 0.8, 0.7);
  }
}

package io.dagwright.internal.transfer;

import java.util.concurrent.atomic.LongAdder;

/** What the data plane of one process has moved since its start. Thread-safe. */
public final class TransferCounts {

  final LongAdder sentResults = new LongAdder();
  final LongAdder sentBytes = new LongAdder();
  final LongAdder sentSharedBytes = new LongAdder();
  final LongAdder receivedResults = new LongAdder();
  final LongAdder receivedBytes = new LongAdder();
  final LongAdder receivedSharedBytes = new LongAdder();
  final LongAdder sharingFailures = new LongAdder();
  final LongAdder checksumMismatches = new LongAdder();
  final LongAdder busyAnswers = new LongAdder();
  final LongAdder relayed = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder detours = new LongAdder();

  /**
   * The figures at one moment.
   *
   * @param sentBytes of results, sent over sockets or through shared memory
   * @param sentSharedBytes of these, those through memory shared with a process of this host
   * @param receivedBytes likewise
   * @param sharingFailures connections whose two ends could not share memory though both wanted to
   * @param checksumMismatches results that arrived damaged and were not used
   * @param busyAnswers requests that this process put off since too much was being sent
   * @param relayed results that this process fetched for another one
   * @param retries results that were asked for once more, of the same or another holder
   * @param detours of these, those asked for through a third process
   */
  public record Snapshot(
      long sentResults,
      long sentBytes,
      long sentSharedBytes,
      long receivedResults,
      long receivedBytes,
      long receivedSharedBytes,
      long sharingFailures,
      long checksumMismatches,
      long busyAnswers,
      long relayed,
      long retries,
      long detours) {}

  /** Results are asked for once more. */
  public void countRetries(long results, boolean throughAnother) {
    retries.add(results);
    if (throughAnother) {
      detours.add(results);
    }
  }

  /** The figures now. */
  public Snapshot snapshot() {
    return new Snapshot(
        sentResults.sum(),
        sentBytes.sum(),
        sentSharedBytes.sum(),
        receivedResults.sum(),
        receivedBytes.sum(),
        receivedSharedBytes.sum(),
        sharingFailures.sum(),
        checksumMismatches.sum(),
        busyAnswers.sum(),
        relayed.sum(),
        retries.sum(),
        detours.sum());
  }
}

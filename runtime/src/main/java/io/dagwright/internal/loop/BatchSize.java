package io.dagwright.internal.loop;

/**
 * How many calls go into a batch so that it takes neither too short nor too long.
 *
 * <p>Constants and rules are those of joblib's automatic batching. Not thread-safe.
 */
final class BatchSize {

  /** A batch that takes less costs more to hand over than it should. */
  static final long SHORT_NANOS = 200_000_000L;

  /** A batch that takes more keeps others waiting at the end. */
  static final long LONG_NANOS = 2_000_000_000L;

  private static final double KEPT = 0.8;
  private static final double NEW = 0.2;

  /** Bounds the memory that a loop over nothing would take; joblib has no such bound. */
  private static final int MAX = 1 << 20;

  private int size = 1;

  /** Mean time that batches of the present size take; 0 if none has ended. */
  private double nanos;

  /** A batch ended. What other sizes took says little about this one. */
  void ended(int calls, long took) {
    if (calls == size) {
      nanos = nanos == 0 ? took : KEPT * nanos + NEW * took;
    }
  }

  /** The size of the next batch, 1 or more. */
  int next() {
    if (nanos == 0) {
      return size;
    }
    double ideal = size * (SHORT_NANOS / nanos);
    int next = size;
    if (nanos < SHORT_NANOS) {
      next = (int) Math.min(MAX, Math.min(2.0 * size, 2 * Math.floor(ideal)));
    } else if (nanos > LONG_NANOS) {
      next = (int) Math.max(1, 2 * Math.floor(ideal));
    }
    if (next != size) {
      size = next;
      nanos = 0;
    }
    return size;
  }
}

package io.dagwright.internal.local;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A range of a graph's sources, that is, of rows that can start at once. Threads claim one row at a
 * time, the first first, so that none waits behind a row that runs; another thread than the one at
 * work on the range takes half of what is left. Thread-safe.
 */
final class Sources {

  static final int NONE = -1;

  private static final VarHandle RANGE;

  static {
    try {
      RANGE = MethodHandles.lookup().findVarHandle(Sources.class, "range", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int[] rows;

  /** Index of the first row that is left, and in the lower half the end of the range. */
  private volatile long range;

  /** The thread at work on it. A thread that sees an old one only halves once more. */
  private @Nullable Thread worker;

  Sources(int[] rows, int from, int to) {
    this.rows = rows;
    this.range = range(from, to);
  }

  /** The next row to run, {@link #NONE} if none is left. */
  int claim() {
    while (true) {
      long seen = range;
      int from = from(seen);
      if (from >= to(seen)) {
        return NONE;
      }
      if (RANGE.compareAndSet(this, seen, range(from + 1, to(seen)))) {
        return rows[from];
      }
    }
  }

  /** What the calling thread is to work on: this range, or a half that is taken away from it. */
  Sources takeUp() {
    Thread caller = Thread.currentThread();
    if (worker == null || caller.equals(worker)) {
      worker = caller;
      return this;
    }
    while (left() > 1) {
      long seen = range;
      int middle = (from(seen) + to(seen)) >>> 1;
      if (RANGE.compareAndSet(this, seen, range(from(seen), middle))) {
        Sources half = new Sources(rows, middle, to(seen));
        half.worker = caller;
        return half;
      }
    }
    return this;
  }

  /** How many rows were not claimed yet. */
  int left() {
    long seen = range;
    return to(seen) - from(seen);
  }

  private static long range(int from, int to) {
    return (long) from << Integer.SIZE | to;
  }

  private static int from(long range) {
    return (int) (range >>> Integer.SIZE);
  }

  private static int to(long range) {
    return (int) range;
  }
}

package io.dagwright.internal.scheduler;

import java.util.Arrays;

/** How long runs take: what was seen of each prefix, and what is expected of the next run. */
final class Durations {

  /** What running any task costs besides its function. */
  private static final float OVERHEAD_NANOS = 2_000;

  private static final double EWMA_WEIGHT = 0.3;

  private final long unknownNanos;
  private final Prefixes prefixes;

  /** By the prefix's number; 0 while no run of it has ended. */
  private double[] nanos = new double[16];

  /**
   * Nothing is known at first.
   *
   * @param unknownNanos what is expected of a prefix of which no run has ended
   */
  Durations(Prefixes prefixes, long unknownNanos) {
    this.prefixes = prefixes;
    this.unknownNanos = unknownNanos;
  }

  float expectedNanos(Slab slab, int row) {
    int prefix = number(slab, row); // May replace the array.
    double known = nanos[prefix];
    return (float) (known == 0 ? unknownNanos : known + OVERHEAD_NANOS);
  }

  /** What runs of the row's prefix take; 0 while none has ended. */
  double knownNanos(Slab slab, int row) {
    int prefix = number(slab, row); // May replace the array.
    return nanos[prefix];
  }

  void learn(Slab slab, int row, long tookNanos) {
    if (tookNanos <= 0) {
      return; // It was there already.
    }
    int prefix = number(slab, row);
    double known = nanos[prefix];
    double seen = tookNanos;
    nanos[prefix] = known == 0 ? seen : known + EWMA_WEIGHT * (seen - known);
  }

  private int number(Slab slab, int row) {
    int prefix = prefixes.number(slab, row);
    if (prefix >= nanos.length) {
      nanos = Arrays.copyOf(nanos, Math.max(prefix + 1, nanos.length * 2));
    }
    return prefix;
  }
}

package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.Task;
import java.util.Arrays;

/** How much memory runs take besides their inputs: what was declared, or seen of each prefix. */
final class Footprints {

  /** Less than this does not matter to anybody. */
  private static final long LEAST = 64 << 10;

  /** How fast a peak is forgotten: after a few dozen smaller results. */
  private static final double FADE = 0.02;

  private final Prefixes prefixes;

  /** By the prefix's number: nearly the largest result of late. */
  private double[] peaks = new double[16];

  Footprints(Prefixes prefixes) {
    this.prefixes = prefixes;
  }

  /** Bytes a run of the row is expected to take besides its inputs; 0 if that is nothing much. */
  long expectedBytes(Slab slab, int row) {
    if (slab.rows.annotation(row) != 0) {
      long declared = slab.rows.annotations(row).memory();
      if (declared > 0) {
        return declared;
      }
    }
    int prefix = prefixes.number(slab, row);
    return prefix < peaks.length && peaks[prefix] >= LEAST ? (long) peaks[prefix] : 0;
  }

  /** A run of the row has returned so much. */
  void learn(Slab slab, int row, long bytes) {
    int prefix = prefixes.number(slab, row);
    if (prefix >= peaks.length) {
      if (bytes < LEAST) {
        return;
      }
      peaks = Arrays.copyOf(peaks, Math.max(prefix + 1, peaks.length * 2));
    }
    double peak = peaks[prefix];
    if (bytes >= peak) {
      peaks[prefix] = bytes;
    } else {
      peaks[prefix] = peak + FADE * (bytes - peak);
    }
  }

  /** Bytes of the inputs of a row, those of other graphs included, as far as they are known. */
  static long inputBytes(Slabs slabs, Slab slab, int row) {
    double bytes = 0;
    int inputs = slab.rows.inputCount(row);
    for (int k = 0; k < inputs; k++) {
      int raw = slab.rows.input(row, k);
      if (raw < 0) {
        continue;
      }
      long input = slab.inputTask(raw);
      Slab of = slabs.find(input);
      if (of != null && of.state(Task.row(input)) == SlotState.MEMORY) {
        bytes += of.amount(Task.row(input));
      }
    }
    return (long) bytes;
  }
}

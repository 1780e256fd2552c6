package io.dagwright.jvms;

import java.util.Arrays;
import java.util.List;

/** Sums up in the end. */
final class Totals {

  private Totals() {}

  /** The sum of everything in these arrays. */
  static long total(List<long[]> arrays) {
    return arrays.stream().flatMapToLong(Arrays::stream).sum();
  }
}

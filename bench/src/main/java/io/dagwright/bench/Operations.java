package io.dagwright.bench;

import io.dagwright.Fn1;
import java.util.List;

/**
 * What the tasks of shapes compute. One instance each, so that a graph ships each function once.
 */
final class Operations {

  static final Fn1<Long, Long> SAME = Operations::same;
  static final Fn1<Long, Long> INCREMENT = Operations::increment;
  static final Fn1<List<Long>, Long> SUM = Operations::sum;
  static final Fn1<List<Long>, Long> SUM_AND_ONE = Operations::sumAndOne;
  static final Fn1<List<Long>, Long> COUNT = Operations::count;
  static final Fn1<Long, Long> SPIN = Operations::spin;

  private Operations() {}

  static Long same(Long value) {
    return value;
  }

  static Long increment(Long value) {
    return value + 1;
  }

  static Long sum(List<Long> values) {
    long sum = 0;
    for (Long value : values) {
      sum += value;
    }
    return sum;
  }

  static Long sumAndOne(List<Long> values) {
    return sum(values) + 1 & 0xFFFFFFFFL;
  }

  static Long count(List<Long> values) {
    return (long) values.size();
  }

  /** Keeps the processor busy for so many microseconds. */
  static Long spin(Long micros) {
    long end = System.nanoTime() + micros * 1000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    return 1L;
  }

  /** {@link #spin} as a task that waits for others first. */
  static Fn1<List<Long>, Long> spinAfter(long micros) {
    return inputs -> spin(micros);
  }
}

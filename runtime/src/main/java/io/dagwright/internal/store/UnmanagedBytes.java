package io.dagwright.internal.store;

import java.util.Arrays;

/**
 * What is on the heap besides results, judged from what collections leave. Not thread-safe.
 *
 * <p>A minor collection leaves garbage in the old generation, so that what it leaves says too much,
 * never too little: of the last few the least counts. A major one leaves what is alive.
 */
final class UnmanagedBytes {

  private static final int SAMPLES = 16;

  private final long[] samples = new long[SAMPLES];
  private int next;

  UnmanagedBytes() {
    Arrays.fill(samples, Long.MAX_VALUE);
  }

  /**
   * A collection has ended.
   *
   * @param leftBytes what it left on the heap
   * @param managedBytes what results took then
   */
  void add(boolean isMajor, long leftBytes, long managedBytes) {
    if (isMajor) {
      Arrays.fill(samples, Long.MAX_VALUE);
    }
    samples[next] = Math.max(0, leftBytes - managedBytes);
    next = (next + 1) % SAMPLES;
  }

  /** The estimate; 0 while there was no collection. */
  long get() {
    long least = Arrays.stream(samples).min().orElse(Long.MAX_VALUE);
    return least == Long.MAX_VALUE ? 0 : least;
  }
}

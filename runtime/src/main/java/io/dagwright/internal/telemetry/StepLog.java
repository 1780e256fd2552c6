package io.dagwright.internal.telemetry;

import io.dagwright.internal.wire.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * The last steps of all tasks, in columns of a fixed length; what is older is overwritten and
 * counted. Taking note of a step writes six numbers and allocates nothing; asking walks over all
 * rows. Not thread-safe.
 */
public final class StepLog implements Step.Listener {

  private final long[] tasks;
  private final int[] prefixes;
  private final int[] workers;
  private final byte[] steps;
  private final long[] bytes;
  private final long[] atNanos;
  private long noted;

  /** One step, as it was noted. */
  public record Line(long task, int prefix, int worker, Step step, long bytes, long atNanos) {}

  /**
   * An empty log.
   *
   * @param steps how many it keeps; a power of two or 0, which keeps nothing
   */
  public StepLog(int steps) {
    if (steps < 0 || Integer.bitCount(steps) > 1) {
      throw new IllegalArgumentException("steps must be 0 or a power of two, not " + steps);
    }
    tasks = new long[steps];
    prefixes = new int[steps];
    workers = new int[steps];
    this.steps = new byte[steps];
    bytes = new long[steps];
    atNanos = new long[steps];
  }

  @Override
  public void onStep(long task, int prefix, int worker, Step step, long itsBytes, long nowNanos) {
    if (tasks.length == 0) {
      return;
    }
    int at = (int) noted++ & (tasks.length - 1);
    tasks[at] = task;
    prefixes[at] = prefix;
    workers[at] = worker;
    steps[at] = (byte) step.ordinal();
    bytes[at] = itsBytes;
    atNanos[at] = nowNanos;
  }

  /** Whether it keeps nothing at all. */
  public boolean isOff() {
    return tasks.length == 0;
  }

  /** Steps that were overwritten. */
  public long dropped() {
    return Math.max(0, noted - tasks.length);
  }

  /** The steps of a task that are kept, oldest first. */
  public List<Line> of(long task) {
    List<Line> result = new ArrayList<>();
    for (long i = dropped(); i < noted; i++) {
      int at = (int) i & (tasks.length - 1);
      if (tasks[at] == task) {
        Step step = Step.of(steps[at]);
        result.add(new Line(task, prefixes[at], workers[at], step, bytes[at], atNanos[at]));
      }
    }
    return result;
  }
}

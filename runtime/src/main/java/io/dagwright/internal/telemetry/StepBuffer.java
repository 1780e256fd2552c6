package io.dagwright.internal.telemetry;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Step;

/** Steps that wait to be told of, at most so many; what does not fit is counted. Thread-safe. */
public final class StepBuffer {

  private final int most;
  private Longs tasks = new Longs(0);
  private Ints steps = new Ints(0);
  private Longs bytes = new Longs(0);
  private long dropped;

  /** What was waiting; columns, and how many found no room. */
  public record Batch(Longs tasks, Ints steps, Longs bytes, long dropped) {

    public boolean isEmpty() {
      return tasks.isEmpty() && dropped == 0;
    }
  }

  public StepBuffer(int most) {
    this.most = most;
  }

  public synchronized void add(long task, Step step, long itsBytes) {
    if (tasks.size() >= most) {
      dropped++;
      return;
    }
    tasks.add(task);
    steps.add(step.ordinal());
    bytes.add(itsBytes);
  }

  /** All that waits; nothing of it waits any more. */
  public synchronized Batch take() {
    Batch batch = new Batch(tasks, steps, bytes, dropped);
    if (!batch.isEmpty()) {
      tasks = new Longs(0);
      steps = new Ints(0);
      bytes = new Longs(0);
      dropped = 0;
    }
    return batch;
  }
}

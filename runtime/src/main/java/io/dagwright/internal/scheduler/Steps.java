package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.Task;
import org.jspecify.annotations.Nullable;

/** Tells a listener what happens to tasks, if there is one. */
final class Steps {

  private Step.@Nullable Listener listener;
  private long nowNanos;

  void listen(Step.Listener to) {
    listener = to;
  }

  /** What is noted from now on happens at this time. */
  void at(long now) {
    nowNanos = now;
  }

  void note(Slab slab, int row, int worker, Step step, double bytes) {
    Step.Listener to = listener;
    if (to != null) {
      int prefix = slab.rows.isDropped(row) ? Step.Listener.NO_PREFIX : slab.rows.prefix(row);
      to.onStep(Task.of(slab.graph, row), prefix, worker, step, (long) bytes, nowNanos);
    }
  }

  /** As above, of a step that has nothing to do with any worker. */
  void note(Slab slab, int row, Step step) {
    note(slab, row, Step.Listener.NO_WORKER, step, 0);
  }
}

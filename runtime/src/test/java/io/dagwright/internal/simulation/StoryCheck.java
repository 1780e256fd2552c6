package io.dagwright.internal.simulation;

import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.Task;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that what the scheduler tells of each task is a story that can have happened. */
final class StoryCheck implements Step.Listener {

  /** After which steps a task runs, waits, or has a result. */
  private static final Set<Step> RESULT =
      EnumSet.of(Step.FINISHED, Step.SCATTERED, Step.COPIED, Step.COPY_DROPPED);

  private static final Set<Step> NOTHING =
      EnumSet.of(
          Step.FAILED,
          Step.RUN_LOST,
          Step.RUN_RETURNED,
          Step.RESULT_LOST,
          Step.WITHDRAWN,
          Step.RELEASED);

  private record Told(Step step, int worker) {}

  /** The last step of each task that was not its end. */
  private final Map<Long, Told> last = new HashMap<>();

  @Override
  public void onStep(long task, int prefix, int worker, Step step, long bytes, long nowNanos) {
    Told before = last.get(task);
    if (!mayFollow(before, step, worker)) {
      throw new Violation(
          "of task "
              + Task.show(task)
              + " it was told: "
              + before
              + ", and then: "
              + new Told(step, worker));
    }
    if (NOTHING.contains(step)) {
      last.remove(task);
    } else {
      last.put(task, new Told(step, worker));
    }
  }

  private static boolean mayFollow(@Nullable Told before, Step step, int worker) {
    boolean isHeld = before != null && RESULT.contains(before.step);
    boolean isReady = before != null && before.step == Step.READY;
    boolean isSent = before != null && before.step == Step.SENT;
    return switch (step) {
      case READY, SCATTERED -> before == null;
      case SENT -> before == null || isReady;
      case FINISHED, RUN_LOST, RUN_RETURNED -> new Told(Step.SENT, worker).equals(before);
      case FAILED, WITHDRAWN -> isReady || isSent;
      case COPIED, COPY_DROPPED, RESULT_LOST, RELEASED -> isHeld;
      case SPILLED, READ_BACK -> false; // The scheduler does not see these.
    };
  }
}

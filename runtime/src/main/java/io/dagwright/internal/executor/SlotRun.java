package io.dagwright.internal.executor;

import org.jspecify.annotations.Nullable;

/**
 * One run handed to a {@link SlotPool}.
 *
 * @param task packed graph and row
 * @param run which run of the task it is
 * @param timeoutNanos longest time it may take; 0 means no limit
 * @param locals what tasks of its session made once for this worker
 * @param body what to do; its result goes to the pool's listener
 */
public record SlotRun(long task, int run, long timeoutNanos, WorkerLocals locals, Body body) {

  /** The work of a run. */
  @FunctionalInterface
  public interface Body {
    @Nullable Object call() throws Throwable;
  }
}

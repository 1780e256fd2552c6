package io.dagwright;

import io.dagwright.graph.TaskKey;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A handle on one task that runs or has ended. Thread-safe.
 *
 * <p>{@link #get()} throws as {@link Future} says: {@link java.util.concurrent.ExecutionException}
 * with a {@link io.dagwright.error.TaskFailedException} inside, or {@link
 * java.util.concurrent.CancellationException}. {@link #join()} throws what is inside itself.
 *
 * @param <T> type of the result, which may be null
 */
public interface TaskFuture<T extends @Nullable Object> extends Future<T> {

  /** The task's name; of several that were fused into one, that of the last. */
  TaskKey key();

  /**
   * Waits for the result.
   *
   * @throws io.dagwright.error.TaskFailedException if the task, or one it needs, threw
   * @throws io.dagwright.error.GraphCancelledException if it was cancelled, or the waiting thread
   *     was interrupted, whose flag is then set again
   */
  T join();

  /** The result as a stage; fails with what {@link #join()} would throw. */
  CompletionStage<T> toCompletionStage();

  /**
   * Cancels the task and what only it needs. Without effect if it has ended.
   *
   * @param mayInterruptIfRunning whether running tasks may be interrupted; local runners always do
   * @return whether it was cancelled by this call
   */
  @Override
  boolean cancel(boolean mayInterruptIfRunning);
}

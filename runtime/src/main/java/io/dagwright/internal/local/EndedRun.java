package io.dagwright.internal.local;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.GraphRun;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A run that ended before anybody could ask for it. */
final class EndedRun implements GraphRun {

  private final CompletableFuture<List<@Nullable Object>> results = new CompletableFuture<>();
  private @Nullable DagwrightException failure;
  private List<@Nullable Object> values = List.of();

  private EndedRun() {}

  static EndedRun succeeded(List<@Nullable Object> values) {
    EndedRun run = new EndedRun();
    run.values = values;
    run.results.complete(values);
    return run;
  }

  static EndedRun failed(DagwrightException failure) {
    EndedRun run = new EndedRun();
    run.failure = failure;
    run.results.completeExceptionally(failure);
    return run;
  }

  /** The outputs of a graph among the results of its rows; may hold nulls, cannot be modified. */
  static List<@Nullable Object> outputs(int[] rows, @Nullable Object[] results) {
    @Nullable Object[] values = new @Nullable Object[rows.length];
    for (int i = 0; i < rows.length; i++) {
      values[i] = results[rows[i]];
    }
    return Collections.unmodifiableList(Arrays.asList(values));
  }

  /** The failure as the waiting thread throws it: with this thread's stack, and the same cause. */
  static RuntimeException thrownHere(Throwable failure) {
    if (failure instanceof TaskFailedException failed) {
      return new TaskFailedException(
          failed.key(), String.valueOf(failed.getMessage()), failed.getCause());
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure);
  }

  @Override
  public CompletionStage<List<@Nullable Object>> results() {
    return results.minimalCompletionStage();
  }

  @Override
  public List<@Nullable Object> join() {
    if (failure != null) {
      throw failure;
    }
    return values;
  }

  @Override
  public void cancel(String reason) {}
}

package io.dagwright;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.TaskKey;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The only output of a graph's run, as a future. */
final class RunFuture<T extends @Nullable Object> implements TaskFuture<T> {

  private final TaskKey key;
  private final GraphRun run;
  private final CompletableFuture<T> result;

  RunFuture(TaskKey key, GraphRun run) {
    this.key = key;
    this.run = run;
    this.result = mapped(run.results(), RunFuture::<T>only);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"}) // Lazy knows it.
  static <T extends @Nullable Object> T only(List<@Nullable Object> results) {
    return (T) results.get(0);
  }

  /** Like {@code stage.thenApply(change)}, but fails with the failure itself, not wrapped. */
  static <S, T extends @Nullable Object> CompletableFuture<T> mapped(
      CompletionStage<S> stage, Function<S, T> change) {
    CompletableFuture<T> mapped = new CompletableFuture<>();
    stage.whenComplete(
        (value, failure) -> {
          if (failure != null) {
            mapped.completeExceptionally(failure);
          } else {
            mapped.complete(change.apply(value));
          }
        });
    return mapped;
  }

  /** Like {@code stage.thenCompose(next)}, but fails with the failure itself, not wrapped. */
  static <S extends @Nullable Object, T> CompletableFuture<T> flat(
      CompletionStage<S> stage, Function<S, ? extends CompletionStage<T>> next) {
    CompletableFuture<T> flat = new CompletableFuture<>();
    stage
        .thenCompose(next)
        .whenComplete(
            (value, failure) -> {
              if (failure == null) {
                flat.complete(value);
              } else {
                Throwable cause = failure.getCause();
                flat.completeExceptionally(
                    failure instanceof CompletionException && cause != null ? cause : failure);
              }
            });
    return flat;
  }

  GraphRun run() {
    return run;
  }

  @Override
  public TaskKey key() {
    return key;
  }

  @Override
  public T join() {
    return only(run.join());
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw unlessCancelled(e);
    }
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return result.get(timeout, unit);
    } catch (ExecutionException e) {
      throw unlessCancelled(e);
    }
  }

  /** The failure to throw, unless the task was cancelled: that is thrown as futures have to. */
  static ExecutionException unlessCancelled(ExecutionException failure) {
    if (failure.getCause() instanceof GraphCancelledException cancelled) {
      CancellationException thrown = new CancellationException(cancelled.getMessage());
      thrown.initCause(cancelled);
      throw thrown;
    }
    return failure;
  }

  @Override
  public CompletionStage<T> toCompletionStage() {
    return result.minimalCompletionStage();
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (isDone()) {
      return false;
    }
    String reason = "its future was cancelled";
    run.cancel(reason);
    // The run says so too, but perhaps later, and who cancelled must see it at once.
    return result.completeExceptionally(new GraphCancelledException(key.toString(), reason))
        || isCancelled();
  }

  @Override
  public boolean isCancelled() {
    if (!result.isCompletedExceptionally()) {
      return false;
    }
    try {
      result.getNow(null);
      return false;
    } catch (RuntimeException e) {
      return e.getCause() instanceof GraphCancelledException;
    }
  }

  @Override
  public boolean isDone() {
    return result.isDone();
  }

  @Override
  public String toString() {
    String state = !isDone() ? "running" : result.isCompletedExceptionally() ? "erred" : "memory";
    return "TaskFuture[" + key + ", " + state + "]";
  }
}

package io.dagwright;

import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskKey;
import io.dagwright.internal.node.KeptGraph;
import io.dagwright.internal.node.KeptValue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One output of a graph whose results stay on the workers. */
final class PersistedResult<T extends @Nullable Object> implements Persisted<T> {

  private final KeptGraph run;
  private final int row;
  private final TaskKey key;

  /** Keeps the client, and with it the session, reachable. */
  private final Client client;

  private final AtomicBoolean released = new AtomicBoolean();

  private final Runnable release;

  PersistedResult(Client client, KeptGraph run, int row, TaskKey key) {
    this(client, new KeptValue(run, row, key, () -> run.release(row)));
  }

  PersistedResult(Client client, KeptValue value) {
    this.client = client;
    this.run = value.graph();
    this.row = value.row();
    this.key = value.key();
    this.release = value.release();
  }

  ResultRef ref() {
    return new ResultRef(run.id(), row);
  }

  String graph() {
    return run.id().value();
  }

  int row() {
    return row;
  }

  @Override
  public TaskKey key() {
    return key;
  }

  @Override
  public Lazy<T> lazy() {
    return Lazy.of(ref());
  }

  @Override
  public void awaitReady() {
    run.awaitReady(row);
  }

  @Override
  public CompletionStage<@Nullable Void> readyAsync() {
    return run.ready(row);
  }

  @Override
  public T join() {
    return cast(run.gather(row));
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    try {
      return cast(run.gatherAsync(row).get());
    } catch (ExecutionException e) {
      throw RunFuture.unlessCancelled(e);
    }
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return cast(run.gatherAsync(row).get(timeout, unit));
    } catch (ExecutionException e) {
      throw RunFuture.unlessCancelled(e);
    }
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // The stage that is returned ends the same way.
  public CompletionStage<T> toCompletionStage() {
    CompletableFuture<T> result = new CompletableFuture<>();
    run.gatherAsync(row)
        .whenComplete(
            (value, failure) -> {
              if (failure == null) {
                result.complete(cast(value));
              } else {
                Throwable cause = failure.getCause();
                result.completeExceptionally(cause == null ? failure : cause);
              }
            });
    return result;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (isDone()) {
      return false;
    }
    run.cancel(row, "its future was cancelled");
    return true;
  }

  @Override
  public boolean isCancelled() {
    return run.isCancelled(row);
  }

  @Override
  public boolean isDone() {
    return run.isDone(row);
  }

  @Override
  public void release() {
    if (!released.getAndSet(true)) {
      release.run();
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"}) // Lazy knows it.
  private static <T extends @Nullable Object> T cast(@Nullable Object value) {
    return (T) value;
  }

  @Override
  public String toString() {
    return "Persisted[" + key + " of " + client + (isDone() ? ", done]" : "]");
  }
}

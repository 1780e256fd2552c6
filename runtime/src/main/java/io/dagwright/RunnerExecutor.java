package io.dagwright;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.GraphRun;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes each task of a {@link java.util.concurrent.ExecutorService} a graph of one task.
 *
 * <p>What is told its outcome through an object of this JVM cannot be sent away: a {@link
 * FutureTask}, and a dependent stage of a {@link CompletableFuture}, run in a thread here. The
 * function of {@code supplyAsync} and {@code runAsync} is taken out and sent.
 */
final class RunnerExecutor extends AbstractExecutorService {

  private static final Logger LOG = LoggerFactory.getLogger(GraphRunner.class);

  private final GraphRunner runner;

  /** Guarded by this, as is {@link #shutdown}. */
  private final Set<Task<?>> running = new HashSet<>();

  private boolean shutdown;
  private final CompletableFuture<@Nullable Void> terminated = new CompletableFuture<>();

  RunnerExecutor(GraphRunner runner) {
    this.runner = runner;
  }

  /** A callable as a function that can be sent. */
  private record Call<T>(Callable<T> callable) implements Fn0<T> {
    @Override
    public T call() throws Exception {
      return callable.call();
    }
  }

  /** A runnable as a function that can be sent. */
  private record Run(Runnable runnable) implements Fn0<@Nullable Void> {
    @Override
    @SuppressWarnings("NullAway") // There is no other Void.
    public @Nullable Void call() {
      runnable.run();
      return null;
    }
  }

  /** One task, which is a future as executors' futures are. */
  private final class Task<T extends @Nullable Object> extends CompletableFuture<T>
      implements RunnableFuture<T> {

    private final Lazy<?> lazy;
    private final Function<List<@Nullable Object>, T> result;
    private volatile @Nullable GraphRun graph;

    Task(Fn0<?> function, Object original, Function<List<@Nullable Object>, T> result) {
      this.lazy = Lazy.delayed(function).named(Lambdas.name(original));
      this.result = result;
    }

    /** Starts it; throws if it cannot be sent. */
    @SuppressWarnings("FutureReturnValueIgnored") // This future ends instead.
    void start() {
      enter(this);
      try {
        GraphRun started = runner.start(lazy.graph(), ComputeOptions.DEFAULT);
        graph = started;
        started.results().whenComplete((results, failure) -> end(results, failure));
      } catch (RuntimeException e) {
        leave(this);
        throw e;
      }
      if (isCancelled()) {
        cancelGraph();
      }
    }

    private void end(@Nullable List<@Nullable Object> results, @Nullable Throwable failure) {
      leave(this);
      if (results != null) {
        complete(result.apply(results));
        return;
      }
      Throwable thrown = failure instanceof CompletionException ? failure.getCause() : failure;
      if (thrown instanceof TaskFailedException && thrown.getCause() != null) {
        completeExceptionally(thrown.getCause()); // What executors give is what the task threw.
      } else if (thrown instanceof GraphCancelledException) {
        super.cancel(true);
      } else if (thrown != null) {
        completeExceptionally(thrown);
      }
    }

    /** Starts it and waits: for who runs futures in threads of its own. */
    @Override
    public void run() {
      start();
      try {
        get();
      } catch (InterruptedException e) {
        cancel(true);
        Thread.currentThread().interrupt();
      } catch (ExecutionException | CancellationException e) {
        LOG.debug("[{}] ended badly; its future says so", lazy, e);
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      cancelGraph();
      return cancelled;
    }

    private void cancelGraph() {
      GraphRun started = graph;
      if (started != null) {
        started.cancel("its future was cancelled");
      }
    }
  }

  @Override
  protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> callable) {
    return new Task<>(new Call<>(callable), callable, RunFuture::only);
  }

  @Override
  protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
    return new Task<>(new Run(runnable), runnable, nothing -> value);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // Nobody asked for it; failures are logged.
  public void execute(Runnable command) {
    if (isShutdown()) {
      throw new RejectedExecutionException(
          "[" + command + "] was not started: this executor of [" + runner + "] was shut down.");
    }
    AsyncCall async = AsyncCall.of(command);
    if (command instanceof Task<?> task) {
      task.start();
    } else if (async != null) {
      Task<@Nullable Object> task = new Task<>(async.function(), async.original(), RunFuture::only);
      task.start();
      task.whenComplete(async::complete);
    } else if (command instanceof FutureTask<?>
        || command instanceof CompletableFuture.AsynchronousCompletionTask) {
      Thread thread = new Thread(command, "dagwright-executor");
      thread.setDaemon(true);
      thread.start();
    } else {
      Task<@Nullable Void> task = new Task<>(new Run(command), command, nothing -> null);
      task.start();
      task.whenComplete(
          (nothing, failure) -> {
            if (failure != null) {
              LOG.warn("[{}], whose outcome nobody waits for, failed", task.lazy, failure);
            }
          });
    }
  }

  private synchronized void enter(Task<?> task) {
    running.add(task);
  }

  private synchronized void leave(Task<?> task) {
    running.remove(task);
    endIfDone();
  }

  private synchronized void endIfDone() {
    if (shutdown && running.isEmpty()) {
      terminated.complete(null);
    }
  }

  @Override
  public synchronized void shutdown() {
    shutdown = true;
    endIfDone();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Task<?>> left;
    synchronized (this) {
      shutdown();
      left = List.copyOf(running);
    }
    left.forEach(task -> task.cancel(true));
    return List.of(); // Which have begun is known to the runner alone; all are cancelled.
  }

  @Override
  public synchronized boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return terminated.isDone();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    try {
      terminated.get(timeout, unit);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // Nothing completes it so.
    }
  }

  @Override
  public String toString() {
    return "ExecutorService of " + runner;
  }
}

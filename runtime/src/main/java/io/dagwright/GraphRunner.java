package io.dagwright;

import io.dagwright.graph.GraphOptions;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.Optimizations;
import io.dagwright.graph.TaskGraph;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Computes lazy tasks and graphs: in this thread, on a thread pool, or on a cluster.
 *
 * <p>Each task runs once per call, however many others take its result. Methods without {@code
 * Async} wait; they throw {@link io.dagwright.error.TaskFailedException} with the user's exception
 * as its cause, and {@link io.dagwright.error.GraphCancelledException} if the waiting thread is
 * interrupted, whose flag is then set again. Stages of the {@code Async} twins fail with the same
 * exceptions; a runner that computes in the caller's thread gives them completed. Dependent stages
 * without an executor of their own run on the thread that finished the graph.
 *
 * <p>Thread-safe. Closing a runner cancels what it runs.
 */
public interface GraphRunner extends AutoCloseable {

  /**
   * Starts to compute a graph.
   *
   * @throws io.dagwright.error.InvalidGraphException if this runner cannot run it
   */
  GraphRun start(TaskGraph graph, ComputeOptions options);

  @Override
  void close();

  /** Computes one task and gives its result. */
  default <T extends @Nullable Object> T compute(Lazy<T> lazy) {
    return compute(lazy, ComputeOptions.DEFAULT);
  }

  /** Computes one task and gives its result. */
  default <T extends @Nullable Object> T compute(Lazy<T> lazy, ComputeOptions options) {
    return RunFuture.only(start(lazy.graph(), options).join());
  }

  /** Computes several tasks in one graph and gives their results in the same order. */
  default <T extends @Nullable Object> List<T> compute(
      Collection<? extends Lazy<? extends T>> lazies) {
    return compute(lazies, ComputeOptions.DEFAULT);
  }

  /** Computes several tasks in one graph and gives their results in the same order. */
  @SuppressWarnings("unchecked") // The results of lazies of T.
  default <T extends @Nullable Object> List<T> compute(
      Collection<? extends Lazy<? extends T>> lazies, ComputeOptions options) {
    return (List<T>) start(Lazy.graph(lazies), options).join();
  }

  /** Computes a graph and gives the results of its outputs in their order. */
  default List<@Nullable Object> compute(TaskGraph graph) {
    return compute(graph, ComputeOptions.DEFAULT);
  }

  /** Computes a graph and gives the results of its outputs in their order. */
  default List<@Nullable Object> compute(TaskGraph graph, ComputeOptions options) {
    return start(graph, options).join();
  }

  /** Computes one task without waiting for it. */
  default <T extends @Nullable Object> CompletionStage<T> computeAsync(Lazy<T> lazy) {
    return computeAsync(lazy, ComputeOptions.DEFAULT);
  }

  /** Computes one task without waiting for it. */
  default <T extends @Nullable Object> CompletionStage<T> computeAsync(
      Lazy<T> lazy, ComputeOptions options) {
    return RunFuture.mapped(start(lazy.graph(), options).results(), RunFuture::<T>only);
  }

  /** Computes several tasks in one graph without waiting for them. */
  default <T extends @Nullable Object> CompletionStage<List<T>> computeAsync(
      Collection<? extends Lazy<? extends T>> lazies) {
    return computeAsync(lazies, ComputeOptions.DEFAULT);
  }

  /** Computes several tasks in one graph without waiting for them. */
  @SuppressWarnings("unchecked") // The results of lazies of T.
  default <T extends @Nullable Object> CompletionStage<List<T>> computeAsync(
      Collection<? extends Lazy<? extends T>> lazies, ComputeOptions options) {
    return RunFuture.mapped(
        start(Lazy.graph(lazies), options).results(), results -> (List<T>) results);
  }

  /** Computes a graph without waiting for it. */
  default CompletionStage<List<@Nullable Object>> computeAsync(TaskGraph graph) {
    return computeAsync(graph, ComputeOptions.DEFAULT);
  }

  /** Computes a graph without waiting for it. */
  default CompletionStage<List<@Nullable Object>> computeAsync(
      TaskGraph graph, ComputeOptions options) {
    return start(graph, options).results();
  }

  /** Starts to compute one task and gives a handle on it. */
  default <T extends @Nullable Object> TaskFuture<T> submit(Lazy<T> lazy) {
    return submit(lazy, ComputeOptions.DEFAULT);
  }

  /** Starts to compute one task and gives a handle on it. */
  default <T extends @Nullable Object> TaskFuture<T> submit(Lazy<T> lazy, ComputeOptions options) {
    TaskGraph graph = Optimizations.optimize(lazy.graph(), options.graph());
    return new RunFuture<>(
        graph.key(graph.outputs()[0]), start(graph, options.withGraph(GraphOptions.NONE)));
  }

  /**
   * An executor whose tasks run here, for code that knows executors only.
   *
   * <p>Callables and runnables are sent away like other functions, so on a cluster they work on
   * copies, and a lambda has to be serializable: {@code (Callable<Integer> & Serializable) () ->
   * 1}, or an {@link Fn0} with a method reference to its {@code call}. One that is not makes {@code
   * submit} throw {@link io.dagwright.error.NotSerializableTaskException}. Futures fail with what
   * the task threw. {@code supplyAsync} and {@code runAsync} work too; dependent stages run in this
   * JVM.
   *
   * <p>Shutting it down does not close this runner; {@code shutdownNow} cancels all its tasks, and
   * gives an empty list.
   */
  default ExecutorService executor() {
    return new RunnerExecutor(this);
  }
}

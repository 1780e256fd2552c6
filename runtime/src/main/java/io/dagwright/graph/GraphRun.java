package io.dagwright.graph;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A graph that runs or has ended. Thread-safe. */
public interface GraphRun {

  /**
   * The results of the graph's outputs, in the order of {@link TaskGraph#outputs()}.
   *
   * <p>Fails with {@link io.dagwright.error.TaskFailedException} if a task threw, or with {@link
   * io.dagwright.error.GraphCancelledException}. Dependent stages without an executor of their own
   * run on the thread that finished the graph.
   */
  CompletionStage<List<@Nullable Object>> results();

  /**
   * Waits for the results, and gives or throws what {@link #results()} ends with.
   *
   * <p>If the waiting thread is interrupted, the graph is cancelled, and the thread's flag is set
   * again. A task may wait here for a graph on its own thread pool; it then works for that graph.
   */
  List<@Nullable Object> join();

  /**
   * Stops the graph: interrupts its running tasks and starts no more. Without effect once it ended.
   *
   * @param reason who stops it and why, for messages
   */
  void cancel(String reason);
}

package io.dagwright.graph;

import org.jspecify.annotations.Nullable;

/**
 * Functions from graphs to graphs that compute the same outputs with less. Each is iterative, about
 * linear in tasks and edges, and leaves the graph it is given as it is.
 */
public final class Optimizations {

  private Optimizations() {}

  /**
   * Applies what the options ask for: first {@link #cull}, then {@link #fuse} and {@link #order}.
   */
  public static TaskGraph optimize(TaskGraph graph, GraphOptions options) {
    TaskGraph optimized = graph;
    if (options.cull()) {
      optimized = cull(optimized);
    }
    if (options.fuse()) {
      optimized = fuse(optimized);
    }
    return options.order() ? order(optimized) : optimized;
  }

  /** Drops every task that no output needs. Gives back the graph itself if there is none. */
  public static TaskGraph cull(TaskGraph graph) {
    int[] needed = Selection.neededByOutputs(graph);
    return needed.length == graph.size() ? graph : Selection.of(graph, needed);
  }

  /**
   * Makes one task of each chain of tasks that have one input and one consumer.
   *
   * <p>A chain ends at branches, at outputs and at tasks the user named. Tasks are never fused
   * across differing annotations, nor if they have a time limit (which is for one run of one task)
   * or are to be retried without being pure. The fused task is called {@code load+parse×3} after
   * its parts, and lets go of each intermediate result as soon as the next is there. At most
   * {@value Fusion#MAX_LENGTH} tasks become one, so that progress and cancelling stay fine-grained.
   */
  public static TaskGraph fuse(TaskGraph graph) {
    return new Fusion(graph).fuse();
  }

  /**
   * Renumbers rows so that a single thread that runs them in order holds few results at a time.
   *
   * <p>Tries several orders, replays each, and takes the one with the lowest peak; of equals the
   * first, and the order the graph came in is the first. Priorities come before memory: if tasks
   * differ in priority, larger ones and what they need are moved ahead afterwards.
   */
  public static TaskGraph order(TaskGraph graph) {
    return order(graph, null);
  }

  /**
   * Like {@link #order(TaskGraph)}, weighing results by size.
   *
   * @param sizes bytes of each row's result, as measured or expected; null if all count the same
   */
  public static TaskGraph order(TaskGraph graph, long @Nullable [] sizes) {
    int[] order = new Ordering(graph, sizes).best();
    return Selection.isIdentity(order) ? graph : Selection.of(graph, order);
  }

  /**
   * The most results, or bytes of results, that are alive at once when one thread runs the rows in
   * order. A result is alive from the start of its task to the end of its last consumer; results of
   * outputs stay alive.
   *
   * @param sizes bytes of each row's result; null to count results
   */
  public static long peak(TaskGraph graph, long @Nullable [] sizes) {
    return new Ordering(graph, sizes).peak(Selection.identity(graph.size()));
  }
}

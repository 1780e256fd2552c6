package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/** What the scheduler says to a client, over their link. Graphs go by the client's own numbers. */
public sealed interface ToClient {

  /**
   * These results are in memory on a worker.
   *
   * @param ordinal the scheduler's number for the graph, which the data plane knows it by
   * @param worker the worker's incarnation, as which its data server knows it
   * @param inline encoded results that came along; an element, or all, may be null
   */
  record Outputs(
      int graph,
      int ordinal,
      long worker,
      PeerAddress address,
      Ints rows,
      Longs sizes,
      byte @Nullable [] @Nullable [] inline)
      implements ToClient {}

  /** These results went away and are being computed again. */
  record OutputsLost(int graph, Ints rows) implements ToClient {}

  /** These outputs failed. */
  record OutputsFailed(int graph, Ints rows, TaskFailure failure) implements ToClient {}

  /** The scheduler's number for a graph, which the data plane knows it by. */
  record GraphOrdinal(int graph, int ordinal) implements ToClient {}

  /** A request for copies, or for balance, is done with; see the scheduler's instruction. */
  record RequestDone(long request, int copies, long bytes, int left) implements ToClient {}

  /** How far a graph is. */
  record GraphProgress(int graph, int total, int finished, int erred) implements ToClient {}

  /** The graph came to an end through no fault of its tasks. */
  record GraphBroken(int graph, String why) implements ToClient {}

  /** The scheduler is alive. */
  record SchedulerBeat() implements ToClient {}
}

package io.dagwright.internal.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the scheduler says to a worker, over their link. */
public sealed interface ToWorker {

  /**
   * In {@link MeetPeer}: the scheduler's node, which has no results but may fetch some for others.
   */
  int SCHEDULER = -1;

  /** Where another worker serves its results, and as whom its data server knows it. */
  record MeetPeer(int worker, long incarnation, PeerAddress address) implements ToWorker {}

  /**
   * Classes that functions defined later need.
   *
   * @param unit which classes and jars, encoded
   * @param blobs where their contents are to be had
   */
  record AddCode(String session, int epoch, byte[] unit, PeerAddress blobs) implements ToWorker {}

  /** This session has ended: its code, and what its tasks made for it, is not needed again. */
  record ForgetSession(String session) implements ToWorker {}

  /**
   * What later runs of a graph refer to by number.
   *
   * @param session whose code it is; functions of one session and epoch share their classes
   * @param epoch of that session's code; 0 if this worker's own classes will do
   * @param firstPrefix number of the first of {@code prefixes}
   * @param functionIds numbers of {@code functions}
   */
  record DefineGraph(
      int graph,
      String session,
      int epoch,
      int firstPrefix,
      List<String> prefixes,
      Ints functionIds,
      List<byte[]> functions)
      implements ToWorker {}

  /**
   * Run these. The first six columns are {@link SchedulerInstruction.ComputeTasks}'s.
   *
   * @param functions number of each task's function in its graph
   * @param prefixes number of each task's prefix in its graph
   * @param priorities larger runs first
   * @param timeoutNanos longest time of a run; 0 means no limit
   * @param wanted 1 if the client waits for the result itself
   * @param argumentLengths bytes of each task's part of {@code arguments}
   * @param arguments encoded arguments, one after the other
   */
  record Compute(
      Longs tasks,
      Ints runs,
      Ints inputCounts,
      Longs inputs,
      Ints holders,
      Longs memory,
      Ints functions,
      Ints prefixes,
      Ints priorities,
      Longs timeoutNanos,
      Ints wanted,
      Ints argumentLengths,
      byte[] arguments)
      implements ToWorker {}

  /** These runs are void. */
  record Cancel(Longs tasks, Ints runs) implements ToWorker {}

  /** Drop these results. */
  record Free(Longs tasks) implements ToWorker {}

  /** Copy these results from those holders. */
  record Acquire(Longs tasks, Ints holders) implements ToWorker {}

  /** Say everything you have. */
  record AskInventory() implements ToWorker {}

  /** You may leave now. */
  record LetGo() implements ToWorker {}

  /** Nothing of this graph is needed any more. */
  record ForgetGraph(int graph) implements ToWorker {}

  /** Nobody waits for what this worker does: it was given up. {@code why} is for people. */
  record Dismiss(@Nullable String why) implements ToWorker {}
}

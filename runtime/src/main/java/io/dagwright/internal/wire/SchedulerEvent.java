package io.dagwright.internal.wire;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the scheduler's machine is told. */
public sealed interface SchedulerEvent {

  void deliverTo(Handler handler);

  /**
   * A worker registered.
   *
   * @param worker its ordinal from now on
   * @param memoryBytes the most a task there can have on the heap
   */
  record WorkerJoined(
      int worker,
      WorkerId id,
      String host,
      int slots,
      long memoryBytes,
      Map<String, Double> resources)
      implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWorkerJoined(this);
    }
  }

  /**
   * A worker is gone for good.
   *
   * @param exit how it ended, for people, in a line; what it said last may follow in further lines
   * @param running tasks that were really running when it ended, without those that waited for
   *     other tasks; null if nobody knows
   */
  record WorkerLost(int worker, String exit, @Nullable Longs running) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWorkerLost(this);
    }
  }

  /** A worker wants to leave; its results must be elsewhere first. */
  record WorkerLeaving(int worker) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWorkerLeaving(this);
    }
  }

  /** A graph exists; its rows grow without further notice. */
  record GraphAdded(int graph, GraphRows rows) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onGraphAdded(this);
    }
  }

  /** Nobody will ask for anything of this graph again. */
  record GraphRemoved(int graph) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onGraphRemoved(this);
    }
  }

  /**
   * These runs have all their inputs in memory.
   *
   * @param alone those of {@code rows} that must have a worker to themselves
   */
  record RunsReady(int graph, Ints rows, Ints runs, Ints alone) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunsReady(this);
    }
  }

  /** These runs are void. */
  record RunsWithdrawn(int graph, Ints rows, Ints runs) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunsWithdrawn(this);
    }
  }

  /** Nobody needs these results any more. */
  record ReplicasReleased(int graph, Ints rows) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReplicasReleased(this);
    }
  }

  /**
   * Runs ended well.
   *
   * @param sizes bytes of each result as stored
   * @param nanos how long each run took
   * @param inline encoded results that were small and wanted; an element, or all, may be null
   */
  record TasksFinished(
      int worker,
      Longs tasks,
      Ints runs,
      Longs sizes,
      Longs nanos,
      byte @Nullable [] @Nullable [] inline)
      implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTasksFinished(this);
    }
  }

  /** A run ended badly. */
  record TaskErred(int worker, long task, int run, TaskFailure failure) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskErred(this);
    }
  }

  /**
   * A run cannot start: the named holders do not have these inputs, or cannot be reached. The
   * worker has forgotten the run.
   */
  record InputsMissing(int worker, long task, int run, Longs missing, Ints holders)
      implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onInputsMissing(this);
    }
  }

  /** The worker now holds copies of these results. */
  record ReplicasAdded(int worker, Longs tasks) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReplicasAdded(this);
    }
  }

  /** The worker was asked to copy these results and could not. */
  record ReplicasNotAdded(int worker, Longs tasks, Ints holders) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReplicasNotAdded(this);
    }
  }

  /**
   * A client has values for workers: one for each row of a graph, from the first.
   *
   * @param source the client, as workers know it that fetch from it
   * @param sizes bytes of each value
   * @param copies workers that are to have each; {@link Integer#MAX_VALUE} means all
   * @param only names or hosts of the workers that may have them; all may if it is empty
   * @param kept whether the client keeps them, to send them again
   */
  record ValuesScattered(
      int graph, int source, Longs sizes, int copies, Set<String> only, boolean kept)
      implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onValuesScattered(this);
    }
  }

  /** These results are to be held by so many workers, as long as they are needed. */
  record CopiesWanted(long request, Longs tasks, int copies) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onCopiesWanted(this);
    }
  }

  /**
   * Results are to move from workers that hold much to workers that hold little.
   *
   * @param tasks those that may move; all may if it is empty
   */
  record BalanceWanted(long request, Longs tasks) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onBalanceWanted(this);
    }
  }

  /** A running task waits for other tasks and gives its slot back. */
  record TaskBlocked(int worker, long task, int run) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskBlocked(this);
    }
  }

  /** A task that had given its slot back goes on. */
  record TaskUnblocked(int worker, long task, int run) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskUnblocked(this);
    }
  }

  /**
   * A worker is alive.
   *
   * @param quiet whether it had heard everything we said when it took the digests
   * @param runs digest of the runs it has; one that gave its slot back adds a share of {@code ~run}
   * @param replicas digest of the results it holds
   * @param memory how much it has left
   */
  record WorkerBeat(int worker, boolean quiet, Digest runs, Digest replicas, MemoryLevel memory)
      implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWorkerBeat(this);
    }
  }

  /**
   * Everything a worker has, because digests differed.
   *
   * @param quiet whether it had heard everything we said when it wrote this
   * @param runs run of each task; {@code ~run} if it gave its slot back
   * @param held results it holds
   */
  record WorkerInventory(int worker, boolean quiet, Longs tasks, Ints runs, Longs held)
      implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWorkerInventory(this);
    }
  }

  /** How much memory a worker has left has changed. */
  record WorkerMemory(int worker, MemoryLevel level) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWorkerMemory(this);
    }
  }

  /** A worker short of memory gives back runs it has not begun; it has forgotten them. */
  record RunsReturned(int worker, Longs tasks, Ints runs) implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunsReturned(this);
    }
  }

  /** Some time has passed. */
  record ClockTicked() implements SchedulerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onClockTicked(this);
    }
  }

  /** One method per event, so that a new event does not compile until it is handled. */
  interface Handler {
    void onWorkerJoined(WorkerJoined event);

    void onWorkerLost(WorkerLost event);

    void onWorkerLeaving(WorkerLeaving event);

    void onGraphAdded(GraphAdded event);

    void onGraphRemoved(GraphRemoved event);

    void onRunsReady(RunsReady event);

    void onRunsWithdrawn(RunsWithdrawn event);

    void onReplicasReleased(ReplicasReleased event);

    void onTasksFinished(TasksFinished event);

    void onTaskErred(TaskErred event);

    void onInputsMissing(InputsMissing event);

    void onReplicasAdded(ReplicasAdded event);

    void onReplicasNotAdded(ReplicasNotAdded event);

    void onValuesScattered(ValuesScattered event);

    void onCopiesWanted(CopiesWanted event);

    void onBalanceWanted(BalanceWanted event);

    void onTaskBlocked(TaskBlocked event);

    void onTaskUnblocked(TaskUnblocked event);

    void onWorkerBeat(WorkerBeat event);

    void onWorkerInventory(WorkerInventory event);

    void onWorkerMemory(WorkerMemory event);

    void onRunsReturned(RunsReturned event);

    void onClockTicked(ClockTicked event);
  }
}

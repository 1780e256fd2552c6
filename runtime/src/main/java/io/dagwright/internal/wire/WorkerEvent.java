package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/** What a worker's machine is told. */
public sealed interface WorkerEvent {

  void deliverTo(Handler handler);

  /**
   * The scheduler gave these runs to this worker. Columns as in {@link
   * SchedulerInstruction.ComputeTasks}; larger priorities run first.
   */
  record TasksAssigned(
      Longs tasks,
      Ints runs,
      Ints inputCounts,
      Longs inputs,
      Ints holders,
      Longs memory,
      Ints priorities)
      implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTasksAssigned(this);
    }
  }

  /** These runs are void. */
  record RunsCancelled(Longs tasks, Ints runs) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunsCancelled(this);
    }
  }

  /** Nobody needs these results any more. */
  record KeysFreed(Longs tasks) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onKeysFreed(this);
    }
  }

  /** The scheduler wants copies of these results here. */
  record ReplicasWanted(Longs tasks, Ints holders) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReplicasWanted(this);
    }
  }

  /** The scheduler doubts its picture of this worker. */
  record InventoryRequested() implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onInventoryRequested(this);
    }
  }

  /** Results arrived from another worker and are in the store. */
  record InputsFetched(int holder, Longs tasks, Longs sizes) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onInputsFetched(this);
    }
  }

  /** Another worker does not have these results, or cannot be reached. */
  record FetchFailed(int holder, Longs tasks, String reason) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onFetchFailed(this);
    }
  }

  /** Another worker has not made these results yet, and will not wait any longer to say so. */
  record InputsLate(int holder, Longs tasks) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onInputsLate(this);
    }
  }

  /** Another worker has these results but cannot turn them into bytes: their users must fail. */
  record InputsBroken(Longs tasks, TaskFailure failure) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onInputsBroken(this);
    }
  }

  /** A run ended well and its result is in the store. */
  record TaskSucceeded(long task, int run, long size, long nanos, byte @Nullable [] inline)
      implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskSucceeded(this);
    }
  }

  /** A run ended badly. */
  record TaskThrew(long task, int run, TaskFailure failure) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskThrew(this);
    }
  }

  /** A running task waits for other tasks. */
  record TaskBlocked(long task, int run) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskBlocked(this);
    }
  }

  /** A running task stopped waiting for other tasks. */
  record TaskUnblocked(long task, int run) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskUnblocked(this);
    }
  }

  /** The store lost these results, whatever the reason. */
  record ResultsLost(Longs tasks) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onResultsLost(this);
    }
  }

  /**
   * How the heap is.
   *
   * @param roomBytes what the runs that are under way may take together, their inputs included
   * @param used share of the heap that is taken by what is alive
   * @param isCrowded whether results take more than they should
   */
  record MemoryMeasured(long roomBytes, double used, boolean isCrowded) implements WorkerEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onMemoryMeasured(this);
    }
  }

  /** One method per event, so that a new event does not compile until it is handled. */
  interface Handler {
    void onTasksAssigned(TasksAssigned event);

    void onRunsCancelled(RunsCancelled event);

    void onKeysFreed(KeysFreed event);

    void onReplicasWanted(ReplicasWanted event);

    void onInventoryRequested(InventoryRequested event);

    void onInputsFetched(InputsFetched event);

    void onFetchFailed(FetchFailed event);

    void onInputsLate(InputsLate event);

    void onInputsBroken(InputsBroken event);

    void onTaskSucceeded(TaskSucceeded event);

    void onTaskThrew(TaskThrew event);

    void onTaskBlocked(TaskBlocked event);

    void onTaskUnblocked(TaskUnblocked event);

    void onResultsLost(ResultsLost event);

    void onMemoryMeasured(MemoryMeasured event);
  }
}

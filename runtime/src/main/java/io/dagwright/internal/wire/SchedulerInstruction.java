package io.dagwright.internal.wire;

/** What the scheduler's machine wants done. */
public sealed interface SchedulerInstruction {

  /** In a column of memory: the run shall begin, however little there is, but alone. */
  long WHATEVER_IT_TAKES = -1;

  void deliverTo(Handler handler);

  /**
   * To a worker: run these. Per task {@code inputCounts} says how many of {@code inputs} are its
   * own, in order; per input {@code holders} names the worker to fetch it from, {@code ~worker} if
   * that has yet to make it.
   *
   * @param memory bytes each run is expected to take besides its inputs; {@link #WHATEVER_IT_TAKES}
   *     if it shall run although memory is short; empty if nothing is known of any
   */
  record ComputeTasks(
      int worker,
      Longs tasks,
      Ints runs,
      Ints inputCounts,
      Longs inputs,
      Ints holders,
      Longs memory)
      implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onComputeTasks(this);
    }
  }

  /** To a worker: these runs are void; drop them and what they made. */
  record CancelRuns(int worker, Longs tasks, Ints runs) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onCancelRuns(this);
    }
  }

  /** To a worker: drop these results. */
  record FreeKeys(int worker, Longs tasks) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onFreeKeys(this);
    }
  }

  /** To a worker: copy these results from those holders. */
  record AcquireReplicas(int worker, Longs tasks, Ints holders) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onAcquireReplicas(this);
    }
  }

  /** To a worker: say everything you have. */
  record RequestInventory(int worker) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRequestInventory(this);
    }
  }

  /** To a worker that is leaving: nothing of value is with you any more. */
  record LetWorkerGo(int worker) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onLetWorkerGo(this);
    }
  }

  /** A worker may leave although only it holds these results: nobody managed to copy them. */
  record ReportLeftBehind(int worker, Longs tasks, long bytes) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportLeftBehind(this);
    }
  }

  /**
   * To whoever asked for copies, or for balance: all is done that can be.
   *
   * @param copies that were made
   * @param bytes of them
   * @param left results that have fewer copies than was asked for, or did not move
   */
  record AnswerRequest(long request, int copies, long bytes, int left)
      implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onAnswerRequest(this);
    }
  }

  /** This worker does not exist any more; say so to whoever still speaks for it. */
  record DropWorker(int worker, String reason) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onDropWorker(this);
    }
  }

  /** To a graph's machine. */
  record TellGraph(int graph, GraphEvent event) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTellGraph(this);
    }
  }

  /** Somebody should know that a task cannot run, and why. */
  record ReportStall(long task, String why) implements SchedulerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportStall(this);
    }
  }

  /** One method per instruction, so that a new one does not compile until it is carried out. */
  interface Handler {
    void onComputeTasks(ComputeTasks instruction);

    void onCancelRuns(CancelRuns instruction);

    void onFreeKeys(FreeKeys instruction);

    void onAcquireReplicas(AcquireReplicas instruction);

    void onRequestInventory(RequestInventory instruction);

    void onLetWorkerGo(LetWorkerGo instruction);

    void onReportLeftBehind(ReportLeftBehind instruction);

    void onAnswerRequest(AnswerRequest instruction);

    void onDropWorker(DropWorker instruction);

    void onTellGraph(TellGraph instruction);

    void onReportStall(ReportStall instruction);
  }
}

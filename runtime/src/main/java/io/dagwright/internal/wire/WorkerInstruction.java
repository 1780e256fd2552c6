package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/** What a worker's machine wants done. */
public sealed interface WorkerInstruction {

  void deliverTo(Handler handler);

  /**
   * Get these results from that worker into the store.
   *
   * @param awaited whether the worker has yet to make them: it answers as each is there
   */
  record Fetch(int holder, Longs tasks, boolean awaited) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onFetch(this);
    }
  }

  /** Run these, in this order, as slots are free. */
  record Execute(Longs tasks, Ints runs) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onExecute(this);
    }
  }

  /** Stop a run that may have begun; its result is not wanted. */
  record Interrupt(long task, int run) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onInterrupt(this);
    }
  }

  /** Drop these results from the store. */
  record Drop(Longs tasks) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onDrop(this);
    }
  }

  /** To the scheduler: these runs ended well. */
  record ReportFinished(
      Longs tasks, Ints runs, Longs sizes, Longs nanos, byte @Nullable [] @Nullable [] inline)
      implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportFinished(this);
    }
  }

  /** To the scheduler: this run ended badly. */
  record ReportErred(long task, int run, TaskFailure failure) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportErred(this);
    }
  }

  /** To the scheduler: this run's inputs are not where they should be; the run is forgotten. */
  record ReportMissing(long task, int run, Longs missing, Ints holders)
      implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportMissing(this);
    }
  }

  /** To the scheduler: these results are held here too. */
  record ReportReplicas(Longs tasks) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportReplicas(this);
    }
  }

  /** To the scheduler: these results could not be copied. */
  record ReportNoReplicas(Longs tasks, Ints holders) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportNoReplicas(this);
    }
  }

  /** To the scheduler: this run gives its slot back, or goes on. */
  record ReportBlocked(long task, int run, boolean blocked) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportBlocked(this);
    }
  }

  /**
   * To the scheduler: everything this worker has. A run that gave its slot back is {@code ~run}.
   */
  record ReportInventory(Longs tasks, Ints runs, Longs held) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportInventory(this);
    }
  }

  /** To the scheduler: how much memory is left has changed. */
  record ReportMemory(MemoryLevel level) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportMemory(this);
    }
  }

  /** To the scheduler: these runs have not begun, and will not here; they are forgotten. */
  record ReportReturned(Longs tasks, Ints runs) implements WorkerInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReportReturned(this);
    }
  }

  /** One method per instruction, so that a new one does not compile until it is carried out. */
  interface Handler {
    void onFetch(Fetch instruction);

    void onExecute(Execute instruction);

    void onInterrupt(Interrupt instruction);

    void onDrop(Drop instruction);

    void onReportFinished(ReportFinished instruction);

    void onReportErred(ReportErred instruction);

    void onReportMissing(ReportMissing instruction);

    void onReportReplicas(ReportReplicas instruction);

    void onReportNoReplicas(ReportNoReplicas instruction);

    void onReportBlocked(ReportBlocked instruction);

    void onReportInventory(ReportInventory instruction);

    void onReportMemory(ReportMemory instruction);

    void onReportReturned(ReportReturned instruction);
  }
}

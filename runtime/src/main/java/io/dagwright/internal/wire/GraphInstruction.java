package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/** What the machine of one graph wants done. */
public sealed interface GraphInstruction {

  void deliverTo(Handler handler);

  /** To the scheduler: these runs are void; forget them, stop them, drop what they made. */
  record WithdrawRuns(Ints rows, Ints runs) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onWithdrawRuns(this);
    }
  }

  /** To the scheduler: nobody needs these results any more. */
  record ReleaseReplicas(Ints rows) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onReleaseReplicas(this);
    }
  }

  /**
   * To the scheduler: these runs have all their inputs in memory.
   *
   * @param alone those of {@code rows} that must have a worker to themselves
   */
  record RunTasks(Ints rows, Ints runs, Ints alone) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunTasks(this);
    }
  }

  /** To the client: these results are in memory on that worker. */
  record AnnounceOutputs(int worker, Ints rows, Longs sizes, byte @Nullable [] @Nullable [] inline)
      implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onAnnounceOutputs(this);
    }
  }

  /** To the client: these results went away and are being computed again. */
  record RetractOutputs(Ints rows) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRetractOutputs(this);
    }
  }

  /** To the client: these outputs failed, all for the same reason. */
  record FailOutputs(Ints rows, TaskFailure failure) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onFailOutputs(this);
    }
  }

  /** To the graph that owns it: keep the result this row stands for. */
  record AcquireExternal(int row) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onAcquireExternal(this);
    }
  }

  /** To the graph that owns it: the result this row stands for is not needed for the moment. */
  record DropExternal(int row) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onDropExternal(this);
    }
  }

  /** To the graph that owns it: the result this row stands for will not be asked for again. */
  record ForgetExternal(int row) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onForgetExternal(this);
    }
  }

  /** To another graph that uses this row: it is in memory. */
  record TellExternalReady(long consumer, int row) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTellExternalReady(this);
    }
  }

  /** To another graph that uses this row: it went away. */
  record TellExternalLost(long consumer, int row) implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTellExternalLost(this);
    }
  }

  /** To another graph that uses this row: it will never come. */
  record TellExternalFailed(long consumer, int row, TaskFailure failure)
      implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTellExternalFailed(this);
    }
  }

  /** No row is left that anybody could ask for: the graph may go. */
  record EndGraph() implements GraphInstruction {
    @Override
    public void deliverTo(Handler handler) {
      handler.onEndGraph(this);
    }
  }

  /** One method per instruction, so that a new one does not compile until it is carried out. */
  interface Handler {
    void onWithdrawRuns(WithdrawRuns instruction);

    void onReleaseReplicas(ReleaseReplicas instruction);

    void onRunTasks(RunTasks instruction);

    void onAnnounceOutputs(AnnounceOutputs instruction);

    void onRetractOutputs(RetractOutputs instruction);

    void onFailOutputs(FailOutputs instruction);

    void onAcquireExternal(AcquireExternal instruction);

    void onDropExternal(DropExternal instruction);

    void onForgetExternal(ForgetExternal instruction);

    void onTellExternalReady(TellExternalReady instruction);

    void onTellExternalLost(TellExternalLost instruction);

    void onTellExternalFailed(TellExternalFailed instruction);

    void onEndGraph(EndGraph instruction);
  }
}

package io.dagwright.internal.simulation;

import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.taskstate.RowState;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.Task;
import java.util.List;

/** The actor of one graph: feeds its machine, carries out what it wants. */
final class VirtualGraph implements GraphInstruction.Handler {

  final Plan plan;
  final GraphRows rows = new GraphRows();
  final GraphState state;

  /** From the scheduler's actor, and back. */
  private final VirtualTime.Mailbox inbox;

  private final VirtualTime.Mailbox outbox;
  private final VirtualCluster cluster;
  private boolean flushing;
  private boolean ended;
  private boolean removed;

  VirtualGraph(VirtualCluster cluster, Plan plan) {
    this.cluster = cluster;
    this.plan = plan;
    inbox = cluster.time.new Mailbox();
    outbox = cluster.time.new Mailbox();
    rows.addTables(List.of("even", "odd"), Plan.ANNOTATIONS);
    state = new GraphState(plan.id, rows, plan.policy, cluster.protocol);
    state.listen(cluster.rowSteps);
  }

  void post(GraphEvent event) {
    inbox.post(() -> apply(event));
  }

  /** Appends rows that arrived. */
  void post(GraphRows.Block block) {
    int from = rows.size();
    rows.append(block); // The scheduler sees the rows at once, the graph a moment later.
    post(new GraphEvent.RowsAdded(from, rows.size(), Ints.of(block.outputs())));
  }

  private void apply(GraphEvent event) {
    if (ended || removed) {
      return;
    }
    cluster.log("graph %d <- %s", plan.id, event);
    if (event instanceof GraphEvent.TasksFinished finished) {
      applyFinished(finished);
    } else {
      state.apply(event);
    }
    state.verify();
    if (!flushing) {
      flushing = true;
      cluster.time.after(cluster.flushDelay(), this::flush);
    }
  }

  private void applyFinished(GraphEvent.TasksFinished event) {
    int[] runs = new int[event.rows().size()];
    boolean[] asked = new boolean[runs.length];
    for (int i = 0; i < runs.length; i++) {
      int row = event.rows().get(i);
      asked[i] = isWithScheduler(row);
      runs[i] = asked[i] ? state.run(row) : -1;
    }
    state.apply(event);
    for (int i = 0; i < runs.length; i++) {
      int row = event.rows().get(i);
      if (asked[i] && !isWithScheduler(row)) {
        Violation.unless(
            runs[i] == event.runs().get(i),
            "graph took the result of run " + event.runs().get(i) + " for run " + runs[i]);
      }
    }
  }

  private boolean isWithScheduler(int row) {
    RowState at = state.state(row);
    return at == RowState.READY || at == RowState.AHEAD;
  }

  /** Its actor is stopped: whatever it was about to say nobody hears. */
  void remove() {
    removed = true;
  }

  private void say(Runnable message) {
    outbox.post(
        () -> {
          if (!removed) {
            message.run();
          }
        });
  }

  private void flush() {
    flushing = false;
    if (removed) {
      return;
    }
    for (GraphInstruction instruction : state.flush()) {
      cluster.log("graph %d -> %s", plan.id, instruction);
      instruction.deliverTo(this);
    }
    state.verify();
  }

  @Override
  public void onWithdrawRuns(GraphInstruction.WithdrawRuns it) {
    toScheduler(new SchedulerEvent.RunsWithdrawn(plan.id, it.rows(), it.runs()));
  }

  @Override
  public void onReleaseReplicas(GraphInstruction.ReleaseReplicas it) {
    toScheduler(new SchedulerEvent.ReplicasReleased(plan.id, it.rows()));
  }

  @Override
  public void onRunTasks(GraphInstruction.RunTasks it) {
    for (int i = 0; i < it.rows().size(); i++) {
      cluster.ledger.declared(Task.of(plan.id, it.rows().get(i)), it.runs().get(i));
    }
    toScheduler(new SchedulerEvent.RunsReady(plan.id, it.rows(), it.runs(), it.alone()));
  }

  private void toScheduler(SchedulerEvent event) {
    say(() -> cluster.scheduler.apply(event));
  }

  @Override
  public void onAnnounceOutputs(GraphInstruction.AnnounceOutputs it) {
    VirtualClient.Announced news =
        new VirtualClient.Announced(plan.id, it.worker(), it.rows(), it.inline());
    say(() -> cluster.scheduler.announce(this, news));
  }

  @Override
  public void onRetractOutputs(GraphInstruction.RetractOutputs it) {
    say(() -> cluster.scheduler.retract(this, it.rows()));
  }

  @Override
  public void onFailOutputs(GraphInstruction.FailOutputs it) {
    toClient(new VirtualClient.Failed(plan.id, it.rows(), it.failure()));
  }

  private void toClient(VirtualClient.Told told) {
    say(() -> cluster.scheduler.tellClient(plan.client, told));
  }

  @Override
  public void onAcquireExternal(GraphInstruction.AcquireExternal it) {
    say(() -> cluster.scheduler.acquire(plan.id, it.row(), rows.externalTask(it.row())));
  }

  @Override
  public void onDropExternal(GraphInstruction.DropExternal it) {
    long owner = rows.externalTask(it.row());
    long consumer = Task.of(plan.id, it.row());
    say(
        () ->
            cluster.scheduler.tellGraph(
                Task.graph(owner), new GraphEvent.HoldDropped(Task.row(owner), consumer)));
  }

  @Override
  public void onForgetExternal(GraphInstruction.ForgetExternal it) {
    long owner = rows.externalTask(it.row());
    long consumer = Task.of(plan.id, it.row());
    say(
        () -> {
          cluster.scheduler.foreignUses.forget(consumer);
          cluster.scheduler.tellGraph(
              Task.graph(owner), new GraphEvent.ConsumerForgot(Task.row(owner), consumer));
        });
  }

  @Override
  public void onTellExternalReady(GraphInstruction.TellExternalReady it) {
    tellOther(it.consumer(), new GraphEvent.ExternalReady(Task.row(it.consumer())));
  }

  @Override
  public void onTellExternalLost(GraphInstruction.TellExternalLost it) {
    tellOther(it.consumer(), new GraphEvent.ExternalLost(Task.row(it.consumer())));
  }

  @Override
  public void onTellExternalFailed(GraphInstruction.TellExternalFailed it) {
    tellOther(it.consumer(), new GraphEvent.ExternalFailed(Task.row(it.consumer()), it.failure()));
  }

  private void tellOther(long consumer, GraphEvent event) {
    say(() -> cluster.scheduler.tellGraph(Task.graph(consumer), event));
  }

  @Override
  public void onEndGraph(GraphInstruction.EndGraph it) {
    ended = true;
    Violation.unless(
        state.count(RowState.FORGOTTEN) == rows.size(), "a graph ended that is not forgotten");
    say(() -> cluster.scheduler.endGraph(plan.id));
  }
}

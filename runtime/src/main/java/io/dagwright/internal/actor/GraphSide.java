package io.dagwright.internal.actor;

import io.dagwright.graph.ResultRef;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToClient;
import java.util.Map;

/**
 * Carries out what one graph wants done: runs go to the scheduler's machine, results to the graph's
 * client, and what concerns a result of another graph to that graph.
 */
final class GraphSide implements GraphInstruction.Handler {

  private final GraphEntry graph;
  private final Graphs graphs;
  private final Map<Integer, WorkerPeer> workers;
  private final Turn turn;

  GraphSide(GraphEntry graph, Graphs graphs, Map<Integer, WorkerPeer> workers, Turn turn) {
    this.graph = graph;
    this.graphs = graphs;
    this.workers = workers;
    this.turn = turn;
  }

  @Override
  public void onWithdrawRuns(GraphInstruction.WithdrawRuns instruction) {
    turn.apply(
        new SchedulerEvent.RunsWithdrawn(graph.ordinal, instruction.rows(), instruction.runs()));
  }

  @Override
  public void onReleaseReplicas(GraphInstruction.ReleaseReplicas instruction) {
    turn.apply(new SchedulerEvent.ReplicasReleased(graph.ordinal, instruction.rows()));
  }

  @Override
  public void onRunTasks(GraphInstruction.RunTasks instruction) {
    turn.apply(
        new SchedulerEvent.RunsReady(
            graph.ordinal, instruction.rows(), instruction.runs(), instruction.alone()));
  }

  @Override
  public void onAnnounceOutputs(GraphInstruction.AnnounceOutputs instruction) {
    WorkerPeer worker = workers.get(instruction.worker());
    if (worker != null) { // Otherwise the graph will hear that the results are lost.
      tell(
          new ToClient.Outputs(
              graph.opened.graph(),
              graph.ordinal,
              worker.id.incarnation(),
              worker.data,
              instruction.rows(),
              instruction.sizes(),
              instruction.inline()));
    }
  }

  @Override
  public void onRetractOutputs(GraphInstruction.RetractOutputs instruction) {
    tell(new ToClient.OutputsLost(graph.opened.graph(), instruction.rows()));
  }

  @Override
  public void onFailOutputs(GraphInstruction.FailOutputs instruction) {
    tell(
        new ToClient.OutputsFailed(
            graph.opened.graph(), instruction.rows(), instruction.failure()));
  }

  @Override
  public void onAcquireExternal(GraphInstruction.AcquireExternal instruction) {
    int row = instruction.row();
    long owner = graph.rows.externalTask(row);
    if (owner >= 0 && graphs.get(Task.graph(owner)) != null) {
      graphs.mail(
          Task.graph(owner),
          new GraphEvent.HoldAcquired(Task.row(owner), Task.of(graph.ordinal, row)));
    } else {
      ResultRef ref = graph.externals.get(row);
      turn.mail(
          graph,
          new GraphEvent.ExternalFailed(
              row,
              TaskFailure.of(
                  TaskFailure.Kind.CANCELLED,
                  graph.rows.keyName(row),
                  "The graph ["
                      + (ref == null ? "?" : ref.graph())
                      + "] whose result is an input here has ended. Keep its future open until"
                      + " the graph that uses it has run.")));
    }
  }

  @Override
  public void onDropExternal(GraphInstruction.DropExternal instruction) {
    long owner = graph.rows.externalTask(instruction.row());
    if (owner >= 0) {
      graphs.mail(
          Task.graph(owner),
          new GraphEvent.HoldDropped(Task.row(owner), Task.of(graph.ordinal, instruction.row())));
    }
  }

  @Override
  public void onForgetExternal(GraphInstruction.ForgetExternal instruction) {
    graphs.forgetForeign(Task.of(graph.ordinal, instruction.row()));
    long owner = graph.rows.externalTask(instruction.row());
    if (owner >= 0) {
      graphs.mail(
          Task.graph(owner),
          new GraphEvent.ConsumerForgot(
              Task.row(owner), Task.of(graph.ordinal, instruction.row())));
    }
  }

  @Override
  public void onTellExternalReady(GraphInstruction.TellExternalReady instruction) {
    graphs.mail(
        Task.graph(instruction.consumer()),
        new GraphEvent.ExternalReady(Task.row(instruction.consumer())));
  }

  @Override
  public void onTellExternalLost(GraphInstruction.TellExternalLost instruction) {
    graphs.mail(
        Task.graph(instruction.consumer()),
        new GraphEvent.ExternalLost(Task.row(instruction.consumer())));
  }

  @Override
  public void onTellExternalFailed(GraphInstruction.TellExternalFailed instruction) {
    graphs.mail(
        Task.graph(instruction.consumer()),
        new GraphEvent.ExternalFailed(Task.row(instruction.consumer()), instruction.failure()));
  }

  @Override
  public void onEndGraph(GraphInstruction.EndGraph instruction) {
    graphs.end(graph);
  }

  private void tell(ToClient message) {
    turn.say(graph.client, message);
  }
}

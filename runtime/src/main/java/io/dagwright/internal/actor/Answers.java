package io.dagwright.internal.actor;

import io.dagwright.internal.actor.ClusterStatus.GraphStatus;
import io.dagwright.internal.actor.ClusterStatus.WorkerStatus;
import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.taskstate.RowState;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.Wording;
import java.util.Map;

/**
 * What people are told who ask how the cluster is, or why a task does not run. Reads the machines
 * and changes nothing. Cost: at most a walk over all rows.
 */
final class Answers {

  private final SchedulerState state;
  private final Map<Integer, WorkerPeer> workers;
  private final WorkerEnds ends;
  private final Sessions sessions;
  private final Graphs graphs;

  Answers(
      SchedulerState state,
      Map<Integer, WorkerPeer> workers,
      WorkerEnds ends,
      Sessions sessions,
      Graphs graphs) {
    this.state = state;
    this.workers = workers;
    this.ends = ends;
    this.sessions = sessions;
    this.graphs = graphs;
  }

  ClusterStatus status(String address, long epoch, long upMillis) {
    return new ClusterStatus(
        address,
        epoch,
        upMillis,
        workers.values().stream().map(this::status).toList(),
        graphs.all().stream().map(this::status).toList(),
        sessions.count(),
        state.queued());
  }

  private WorkerStatus status(WorkerPeer worker) {
    return new WorkerStatus(
        worker.id.name(),
        worker.host,
        worker.slots,
        state.runsOn(worker.ordinal),
        state.replicasOn(worker.ordinal),
        state.memoryOf(worker.ordinal),
        worker.vitals.bytes(),
        worker.vitals.figures(),
        worker.comparisons,
        worker.resources);
  }

  private GraphStatus status(GraphEntry graph) {
    GraphState of = graph.state;
    return new GraphStatus(
        graph.opened.id(),
        graph.opened.name(),
        graph.client.name,
        of.size(),
        of.count(RowState.WAITING),
        of.count(RowState.READY) + of.count(RowState.AHEAD),
        of.count(RowState.MEMORY),
        of.count(RowState.ERRED),
        whyStuck(graph));
  }

  /** Why a graph does not go on; empty if a worker is busy with it or nothing is left to do. */
  private String whyStuck(GraphEntry graph) {
    int first = -1;
    for (int row = 0; row < graph.state.size(); row++) {
      if (graph.state.state(row) == RowState.READY) {
        if (state.processingOn(Task.of(graph.ordinal, row)) >= 0) {
          return "";
        }
        first = first < 0 ? row : first;
      }
    }
    return first < 0 ? "" : state.why(Task.of(graph.ordinal, first));
  }

  String why(Handshake.GetWhy message) {
    if (!message.graph().isEmpty()) {
      GraphEntry graph = graphs.byId(message.graph());
      return graph == null
          ? "The scheduler does not know graph ["
              + message.graph()
              + "]; it ended, or its client"
              + " closed."
          : why(graph, message.row());
    }
    for (GraphEntry graph : graphs.all()) {
      for (int row = 0; row < graph.rows.size(); row++) {
        if (!graph.rows.isDropped(row) && graph.rows.keyName(row).equals(message.key())) {
          return why(graph, row);
        }
      }
    }
    String worker = whyWorker(message.key());
    if (!worker.isEmpty()) {
      return worker;
    }
    return "No live graph has a task ["
        + message.key()
        + "]; live now: "
        + Wording.count(graphs.all().size(), "graph")
        + ". 'dagwright status' lists them.";
  }

  /** Of the worker with this name: how it is, and how its last process ended; may be empty. */
  private String whyWorker(String name) {
    long now = System.nanoTime();
    String living = "";
    for (WorkerPeer worker : workers.values()) {
      if (worker.id.name().equals(name)) {
        living = state.whyWorker(worker.ordinal, worker.vitals, now);
      }
    }
    String ended = ends.of(name, now);
    return living.isEmpty() || ended.isEmpty() ? living + ended : living + "\n" + ended;
  }

  /** What a worker whose process has just ended ran and took. */
  String whyEnded(WorkerPeer worker, Handshake.WorkerExited message) {
    return state.whyEnded(Longs.of(message.tasks()), worker.vitals, message.end());
  }

  /** Follows a waiting task to the input that holds it up, and says why that one does not run. */
  private String why(GraphEntry graph, int row) {
    int at = row;
    int steps = 0;
    while (at < graph.state.size()
        && graph.state.state(at) == RowState.WAITING
        && !graph.rows.isExternal(at)) {
      Ints missing = graph.state.missingInputs(at);
      if (missing.isEmpty()) {
        break;
      }
      at = missing.get(0);
      steps++;
    }
    TaskFailure failure = graph.state.failure(at);
    if (failure != null) {
      return "Task [" + graph.rows.keyName(at) + "] failed: " + failure.message();
    }
    String reason = state.why(Task.of(graph.ordinal, at));
    if (workers.isEmpty() && graph.state.state(at) == RowState.READY) {
      reason = (reason + " " + ends.last(System.nanoTime())).strip();
    }
    return steps == 0
        ? reason
        : "Task ["
            + graph.rows.keyName(row)
            + "] waits, "
            + (steps == 1 ? "" : "through " + Wording.count(steps - 1, "other task") + ", ")
            + "for ["
            + graph.rows.keyName(at)
            + "]. "
            + reason;
  }
}

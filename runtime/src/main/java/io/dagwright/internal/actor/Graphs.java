package io.dagwright.internal.actor;

import io.dagwright.graph.ResultRef;
import io.dagwright.internal.taskstate.ForeignUses;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToWorker;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The live graphs, each with an actor of its own: opened and filled by their clients, removed when
 * they end, break, or lose their client. Runs in the scheduler's actor.
 */
final class Graphs {

  private final ActorContext<SchedulerMessage> context;
  private final int allowedFailures;
  private final Numbers numbers;
  private final Turn turn;
  private final Map<Integer, WorkerPeer> workers;
  private final Stories stories;
  private final Map<Integer, GraphEntry> byOrdinal = new TreeMap<>();
  private final Map<String, GraphEntry> byId = new LinkedHashMap<>();
  private final ForeignUses foreignUses = new ForeignUses();

  Graphs(
      ActorContext<SchedulerMessage> context,
      int allowedFailures,
      Numbers numbers,
      Turn turn,
      Map<Integer, WorkerPeer> workers,
      Stories stories) {
    this.context = context;
    this.allowedFailures = allowedFailures;
    this.numbers = numbers;
    this.turn = turn;
    this.workers = workers;
    this.stories = stories;
  }

  @Nullable GraphEntry get(int ordinal) {
    return byOrdinal.get(ordinal);
  }

  @Nullable GraphEntry byId(String id) {
    return byId.get(id);
  }

  /** All of them, in the order of their ordinals. */
  Collection<GraphEntry> all() {
    return byOrdinal.values();
  }

  void open(ClientPeer client, FromClient.OpenGraph open) {
    int ordinal = numbers.nextOrdinal();
    GraphRows rows = new GraphRows();
    GraphState state =
        new GraphState(
            ordinal,
            rows,
            new GraphState.Policy(allowedFailures, open.stopAtFirstFailure(), open.growing()));
    ActorRef<TaskStateActor.Command> actor =
        context.spawn(
            TaskStateActor.create(ordinal, state, context.getSelf()),
            "graph-" + ordinal,
            DispatcherSelector.sameAsParent());
    context.watch(actor);
    GraphEntry graph = new GraphEntry(ordinal, open, client, rows, state, actor);
    byOrdinal.put(ordinal, graph);
    byId.put(open.id(), graph);
    client.graphs.put(open.graph(), graph);
    turn.apply(new SchedulerEvent.GraphAdded(ordinal, rows));
  }

  /** Adds rows at the end of a graph. Throws if they do not fit what it has. */
  void addRows(GraphEntry graph, GraphRows.Block block) {
    int from = graph.rows.size();
    graph.append(block);
    for (int row = from; row < graph.rows.size() && !graph.externals.isEmpty(); row++) {
      ResultRef ref = graph.rows.isExternal(row) ? graph.externals.get(row) : null;
      GraphEntry owner = ref == null ? null : byId.get(ref.graph().value());
      if (ref != null && owner != null) {
        graph.rows.resolveExternal(row, Task.of(owner.ordinal, ref.row()));
        foreignUses.add(Task.of(graph.ordinal, row), Task.of(owner.ordinal, ref.row()));
        // Now, before the client can let go of the result.
        turn.mail(owner, new GraphEvent.HoldAcquired(ref.row(), Task.of(graph.ordinal, row)));
      }
    }
    turn.mail(graph, new GraphEvent.RowsAdded(from, graph.rows.size(), Ints.of(block.outputs())));
  }

  /** The task will never again ask for the result of another graph that it stands for. */
  void forgetForeign(long consumer) {
    foreignUses.forget(consumer);
  }

  void mail(int ordinal, GraphEvent event) {
    GraphEntry graph = byOrdinal.get(ordinal);
    if (graph != null) {
      turn.mail(graph, event);
    }
  }

  /** Carries out what a graph's actor wants done. */
  void onOutcome(TaskStateActor.Outcome outcome) {
    GraphEntry graph = byOrdinal.get(outcome.graph());
    if (graph != null) {
      graph.progressDue |= graph.finished != outcome.finished() || graph.erred != outcome.erred();
      graph.total = outcome.total();
      graph.finished = outcome.finished();
      graph.erred = outcome.erred();
      GraphSide side = new GraphSide(graph, this, workers, turn);
      outcome.instructions().forEach(instruction -> instruction.deliverTo(side));
    }
  }

  /** Tells clients how far their graphs are, where that has changed. */
  void tick() {
    for (GraphEntry graph : byOrdinal.values()) {
      if (graph.progressDue) {
        sendProgress(graph);
      }
    }
  }

  private void sendProgress(GraphEntry graph) {
    graph.progressDue = false;
    turn.say(
        graph.client,
        new ToClient.GraphProgress(graph.opened.graph(), graph.total, graph.finished, graph.erred));
  }

  /** All is done. */
  void end(GraphEntry graph) {
    sendProgress(graph);
    remove(graph);
  }

  void onTerminated(ActorPath gone) {
    for (GraphEntry graph : List.copyOf(byOrdinal.values())) {
      if (graph.actor.path().equals(gone)) {
        fail(
            graph,
            "an internal error ended its bookkeeping; the scheduler's log has the stack trace."
                + " Other graphs are not affected.");
      }
    }
  }

  /** The graph cannot go on; its client is told. */
  void fail(GraphEntry graph, String why) {
    context.getLog().error("Graph [{}] failed: {}", graph.opened.id(), why);
    turn.say(graph.client, new ToClient.GraphBroken(graph.opened.graph(), why));
    remove(graph);
  }

  /** Workers let go of what they have for a session that has ended. */
  void forgetSession(ClientPeer client) {
    for (WorkerPeer worker : workers.values()) {
      worker.code.keySet().removeAll(client.code.values());
      turn.say(worker, new ToWorker.ForgetSession(client.session));
    }
  }

  void remove(GraphEntry graph) {
    byOrdinal.remove(graph.ordinal);
    byId.remove(graph.opened.id());
    graph.client.graphs.remove(graph.opened.graph());
    context.unwatch(graph.actor);
    context.stop(graph.actor);
    for (WorkerPeer worker : workers.values()) {
      if (worker.known.remove(graph.ordinal) != null) {
        turn.say(worker, new ToWorker.ForgetGraph(graph.ordinal));
      }
    }
    turn.apply(new SchedulerEvent.GraphRemoved(graph.ordinal));
    stories.onGraphEnded(graph);
    graph.mail.clear(); // Nobody is left to read it.
    foreignUses
        .remove(graph.ordinal, "Its graph [" + graph.opened.id() + "] was removed.")
        .forEach(notice -> mail(notice.graph(), notice.event()));
  }
}

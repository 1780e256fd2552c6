package io.dagwright.internal.actor;

import io.dagwright.graph.ResultRef;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What clients ask about copies: values they bring themselves, copies and moves of results. Runs in
 * the scheduler's actor.
 */
final class Copying {

  /** A client waits for the answer to its own number. */
  private record Asked(ClientPeer client, long request) {}

  private final Numbers numbers;
  private final Turn turn;
  private final Graphs graphs;
  private final Map<Integer, WorkerPeer> workers;
  private final Map<Long, Asked> asked = new TreeMap<>();

  /** Clients that workers fetch from. */
  private final List<ClientPeer> sources = new ArrayList<>();

  Copying(Numbers numbers, Turn turn, Graphs graphs, Map<Integer, WorkerPeer> workers) {
    this.numbers = numbers;
    this.turn = turn;
    this.graphs = graphs;
    this.workers = workers;
  }

  /** A client has values for workers. */
  void offer(GraphEntry graph, FromClient.OfferValues offer) {
    ToWorker.MeetPeer source = graph.client.source;
    if (source == null) {
      source = new ToWorker.MeetPeer(numbers.nextOrdinal(), offer.incarnation(), offer.address());
      graph.client.source = source;
      sources.add(graph.client);
      for (WorkerPeer worker : workers.values()) {
        turn.say(worker, source);
      }
    }
    turn.mail(graph, new GraphEvent.ScatterBegun(offer.copies(), offer.kept()));
    turn.apply(
        new SchedulerEvent.ValuesScattered(
            graph.ordinal,
            source.worker(),
            offer.sizes(),
            offer.copies(),
            Set.copyOf(offer.only()),
            offer.kept()));
  }

  /** A worker that joined has to know whom it may fetch from. */
  void introduceSources(WorkerPeer worker) {
    for (ClientPeer client : sources) {
      if (client.source != null) {
        turn.say(worker, client.source);
      }
    }
  }

  void copy(ClientPeer client, FromClient.CopyResults copy) {
    long number = remember(client, copy.request());
    turn.apply(new SchedulerEvent.CopiesWanted(number, tasks(copy.results()), copy.copies()));
  }

  void balance(ClientPeer client, FromClient.BalanceResults balance) {
    long number = remember(client, balance.request());
    turn.apply(new SchedulerEvent.BalanceWanted(number, tasks(balance.results())));
  }

  private long remember(ClientPeer client, long request) {
    long number = numbers.nextRequest();
    asked.put(number, new Asked(client, request));
    return number;
  }

  /** Tasks by the scheduler's numbers. One of a graph that has ended is nobody's. */
  private Longs tasks(List<ResultRef> refs) {
    Longs tasks = new Longs(refs.size());
    for (ResultRef ref : refs) {
      GraphEntry graph = graphs.byId(ref.graph().value());
      tasks.add(graph == null ? Task.of(Integer.MAX_VALUE, ref.row()) : task(graph, ref.row()));
    }
    return tasks;
  }

  private static long task(GraphEntry graph, int row) {
    boolean known = row < graph.rows.size() && !graph.rows.isDropped(row);
    long external = known && graph.rows.isExternal(row) ? graph.rows.externalTask(row) : -1;
    return external >= 0 ? external : Task.of(graph.ordinal, row);
  }

  void answer(SchedulerInstruction.AnswerRequest answer) {
    Asked who = asked.remove(answer.request());
    if (who != null) {
      turn.say(
          who.client,
          new ToClient.RequestDone(who.request, answer.copies(), answer.bytes(), answer.left()));
    }
  }

  /** The client is gone. */
  void forget(ClientPeer client) {
    asked.values().removeIf(each -> each.client == client);
    sources.remove(client);
  }
}

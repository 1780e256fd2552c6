package io.dagwright.internal.actor;

import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToWorker;
import java.util.ArrayList;
import java.util.List;

/**
 * One turn of the scheduler's actor after the other: events go into the machine at once, and what
 * is to be done and said about them goes out together when the turn ends. Not thread-safe.
 */
final class Turn {

  private final SchedulerState state;
  private final Runnable askToEnd;
  private boolean ending;
  private final List<GraphEntry> graphsWithMail = new ArrayList<>();

  /** Links on which something was said in this turn. */
  private final List<PeerLink> unflushed = new ArrayList<>();

  /**
   * A turn in which nothing has happened.
   *
   * @param askToEnd sees to it that {@link #end} is called after what is queued already; called
   *     once per turn
   */
  Turn(SchedulerState state, Runnable askToEnd) {
    this.state = state;
    this.askToEnd = askToEnd;
  }

  void apply(SchedulerEvent event) {
    state.apply(event, System.nanoTime());
    endSoon();
  }

  void mail(GraphEntry graph, GraphEvent event) {
    if (graph.mail.isEmpty()) {
      graphsWithMail.add(graph);
    }
    graph.mail.add(event);
    endSoon();
  }

  void say(WorkerPeer worker, ToWorker message) {
    say(worker.link, MessageCodec.encode(message));
  }

  void say(ClientPeer client, ToClient message) {
    say(client.link, MessageCodec.encode(message));
  }

  private void say(PeerLink link, byte[] message) {
    if (link.send(message)) {
      unflushed.add(link);
    }
    endSoon();
  }

  private void endSoon() {
    if (!ending) {
      ending = true;
      askToEnd.run();
    }
  }

  /** Has the machine's instructions carried out, and sends all that was said. */
  void end(SchedulerInstruction.Handler handler) {
    for (SchedulerInstruction instruction : state.flush(System.nanoTime())) {
      instruction.deliverTo(handler);
    }
    for (GraphEntry graph : graphsWithMail) {
      if (!graph.mail.isEmpty()) {
        graph.actor.tell(new TaskStateActor.Events(graph.mail));
        graph.mail = new ArrayList<>();
      }
    }
    graphsWithMail.clear();
    unflushed.forEach(PeerLink::flush);
    unflushed.clear();
    ending = false; // Only now: carrying out says much, and causes no event.
  }
}

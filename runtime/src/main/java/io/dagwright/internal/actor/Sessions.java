package io.dagwright.internal.actor;

import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.ToClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The clients' sessions: what clients say is decoded, in order, and done. Runs in the scheduler's
 * actor, but for the decoding of large messages. A session ends with its client, and takes its
 * graphs along.
 */
final class Sessions {

  /** Smaller messages of clients are decoded at once, on the scheduler's thread. */
  private static final int DECODE_HERE_BYTES = 4096;

  /** A message of a client was decoded elsewhere; an exception if that failed. */
  record Decoded(
      ClientPeer client, @Nullable FromClient message, @Nullable RuntimeException failure)
      implements SchedulerMessage {}

  private final ActorContext<SchedulerMessage> context;
  private final SchedulerPorts ports;
  private final long epoch;
  private final Numbers numbers;
  private final Turn turn;
  private final Graphs graphs;
  private final Copying copying;
  private final Map<String, ClientPeer> bySession = new LinkedHashMap<>();
  private final LongMap<ClientPeer> byLink = new LongMap<>();

  Sessions(
      ActorContext<SchedulerMessage> context,
      SchedulerPorts ports,
      long epoch,
      Numbers numbers,
      Turn turn,
      Graphs graphs,
      Copying copying) {
    this.context = context;
    this.ports = ports;
    this.epoch = epoch;
    this.numbers = numbers;
    this.turn = turn;
    this.graphs = graphs;
    this.copying = copying;
  }

  int count() {
    return bySession.size();
  }

  /** The client at the other end of a link; null if the link is no live client's. */
  @Nullable ClientPeer onLink(long link) {
    return byLink.get(link);
  }

  /** Welcomes a client, again if it did not hear the first welcome. */
  void open(Handshake.RegisterClient offer) {
    if (offer.protocol() != Handshake.PROTOCOL) {
      String why =
          "the scheduler speaks protocol "
              + Handshake.PROTOCOL
              + ", this client "
              + offer.protocol()
              + "; run the same version on both";
      offer.client().tell(new Handshake.ClientRefused(offer.session(), why));
      return;
    }
    ClientPeer client = bySession.get(offer.session());
    if (client == null) {
      PeerLink link = new PeerLink(numbers.nextLink(), frame -> offer.client().tell(frame));
      client = new ClientPeer(offer.session(), offer.name(), offer.client(), link);
      bySession.put(offer.session(), client);
      byLink.put(link.number(), client);
      context.watch(offer.client());
      context.getLog().info("Client [{}] opened session [{}]", offer.name(), offer.session());
    }
    offer
        .client()
        .tell(
            new Handshake.ClientWelcome(
                offer.session(), client.link.number(), epoch, ports.address(), context.getSelf()));
  }

  // ---- what clients say ------------------------------------------------------------------------

  void receive(ClientPeer client, Frame<Chunk> frame) {
    client.lastHeardNanos = System.nanoTime();
    client.link.receive(frame).forEach(message -> onBytes(client, message));
  }

  private void onBytes(ClientPeer client, byte[] message) {
    if (!client.decoding && message.length <= DECODE_HERE_BYTES) {
      onMessage(client, MessageCodec.decodeFromClient(message));
    } else {
      client.undecoded.add(message); // Bounded by the client's window of unacknowledged chunks.
      decodeNext(client);
    }
  }

  private void decodeNext(ClientPeer client) {
    byte[] message = client.decoding ? null : client.undecoded.poll();
    if (message == null) {
      return;
    }
    client.decoding = true;
    ActorRef<SchedulerMessage> self = context.getSelf();
    ports
        .ingest()
        .execute(
            () -> {
              try {
                self.tell(new Decoded(client, MessageCodec.decodeFromClient(message), null));
              } catch (RuntimeException e) { // The client sent nonsense: its session ends.
                self.tell(new Decoded(client, null, e));
              }
            });
  }

  void onDecoded(Decoded decoded) {
    ClientPeer client = decoded.client();
    client.decoding = false;
    if (bySession.get(client.session) != client) {
      return;
    }
    if (decoded.message() == null) {
      end(client, "it sent a message that cannot be read: " + decoded.failure());
      return;
    }
    onMessage(client, decoded.message());
    decodeNext(client);
  }

  private void onMessage(ClientPeer client, FromClient message) {
    if (message instanceof FromClient.OpenGraph open) {
      graphs.open(client, open);
      return;
    }
    if (message instanceof FromClient.Bundle bundle) {
      bundle.messages().forEach(each -> onMessage(client, each));
      return;
    }
    if (message instanceof FromClient.AddCode code) {
      client.addCode(code);
      return;
    }
    if (message instanceof FromClient.CopyResults copy) {
      copying.copy(client, copy);
      return;
    }
    if (message instanceof FromClient.BalanceResults balance) {
      copying.balance(client, balance);
      return;
    }
    if (message instanceof FromClient.CloseSession) {
      end(client, "");
      return;
    }
    GraphEntry graph = client.graphs.get(graphNumber(message));
    if (graph == null) {
      return; // Beats, and what crossed the end of a graph.
    }
    try {
      if (message instanceof FromClient.AddTables tables) {
        graph.addTables(tables);
      } else if (message instanceof FromClient.UseCode code) {
        graph.useCode(code.epoch());
      } else if (message instanceof FromClient.AddRows rows) {
        graphs.addRows(graph, rows.block());
      } else if (message instanceof FromClient.SealGraph) {
        turn.mail(graph, new GraphEvent.RowsSealed());
      } else if (message instanceof FromClient.AskOrdinal) {
        turn.say(client, new ToClient.GraphOrdinal(graph.opened.graph(), graph.ordinal));
      } else if (message instanceof FromClient.OfferValues offer) {
        copying.offer(graph, offer);
      } else if (message instanceof FromClient.Release release) {
        turn.mail(graph, new GraphEvent.HoldsReleased(release.rows()));
      } else if (message instanceof FromClient.CancelGraph cancel) {
        turn.mail(graph, new GraphEvent.GraphCancelled(cancel.reason()));
      }
    } catch (IllegalArgumentException e) {
      graphs.fail(graph, "the graph is damaged: " + e.getMessage() + ".");
    }
  }

  private static int graphNumber(FromClient message) {
    if (message instanceof FromClient.AddTables m) {
      return m.graph();
    } else if (message instanceof FromClient.UseCode m) {
      return m.graph();
    } else if (message instanceof FromClient.AddRows m) {
      return m.graph();
    } else if (message instanceof FromClient.SealGraph m) {
      return m.graph();
    } else if (message instanceof FromClient.Release m) {
      return m.graph();
    } else if (message instanceof FromClient.CancelGraph m) {
      return m.graph();
    } else if (message instanceof FromClient.AskOrdinal m) {
      return m.graph();
    } else if (message instanceof FromClient.OfferValues m) {
      return m.graph();
    }
    return -1;
  }

  // ---- the end of a session --------------------------------------------------------------------

  /** Keeps links alive, and ends the sessions of clients that are silent for too long. */
  void tick() {
    long now = System.nanoTime();
    for (ClientPeer client : List.copyOf(bySession.values())) {
      client.link.tick();
      if (client.link.unacked() == 0) {
        turn.say(client, new ToClient.SchedulerBeat());
      }
      if (now - client.lastHeardNanos > ports.clientSilenceNanos()) {
        end(client, "it was silent for too long");
      }
    }
  }

  void onTerminated(ActorPath gone) {
    for (ClientPeer client : List.copyOf(bySession.values())) {
      if (client.ref.path().equals(gone)) {
        end(client, "its node is gone");
      }
    }
  }

  /** An empty reason if the client wants it so. */
  private void end(ClientPeer client, String why) {
    bySession.remove(client.session);
    byLink.remove(client.link.number());
    context.unwatch(client.ref);
    if (!why.isEmpty()) {
      context
          .getLog()
          .warn("Ended session [{}] of client [{}]: {}", client.session, client.name, why);
      client.ref.tell(new Handshake.ClientRefused(client.session, why));
    } else {
      context.getLog().info("Client [{}] closed session [{}]", client.name, client.session);
    }
    copying.forget(client);
    List.copyOf(client.graphs.values()).forEach(graphs::remove);
    graphs.forgetSession(client);
  }
}

package io.dagwright.internal.actor;

import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.ToWorker;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** One client's session, as the scheduler's actor keeps it. */
final class ClientPeer {

  final String session;
  final String name;
  final ActorRef<ClientMessage> ref;
  final PeerLink link;

  /** Its graphs, by the client's own numbers. */
  final Map<Integer, GraphEntry> graphs = new TreeMap<>();

  /** Its code, by epoch. */
  final Map<Integer, EpochCode> code = new TreeMap<>();

  /** Messages that wait to be decoded, in order. */
  final Queue<byte[]> undecoded = new ArrayDeque<>();

  /** Where workers fetch what it scatters; null as long as it has scattered nothing. */
  ToWorker.@Nullable MeetPeer source;

  boolean decoding;
  long lastHeardNanos = System.nanoTime();

  ClientPeer(String session, String name, ActorRef<ClientMessage> ref, PeerLink link) {
    this.session = session;
    this.name = name;
    this.ref = ref;
    this.link = link;
  }

  void addCode(FromClient.AddCode added) {
    code.computeIfAbsent(added.epoch(), epoch -> new EpochCode(session, epoch)).add(added);
  }
}

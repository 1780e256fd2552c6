package io.dagwright.internal.actor;

import io.dagwright.internal.scheduler.Vitals;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.WorkerId;
import io.dagwright.internal.wire.WorkerMessage;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/** One live worker, as the scheduler's actor keeps it. */
final class WorkerPeer {

  final int ordinal;
  final WorkerId id;
  final String host;
  final int slots;
  final long memoryBytes;
  final Map<String, Double> resources;
  final boolean isWatched;
  final PeerAddress data;
  final ActorRef<WorkerMessage> ref;
  final PeerLink link;
  final DataClient.Watch watch;

  /** Which functions of which graph it has; and how many prefixes. */
  final LongMap<Known> known = new LongMap<>();

  /** How many units of which code it has. */
  final Map<EpochCode, Integer> code = new HashMap<>();

  final Vitals vitals = new Vitals();

  /** How often what it runs and holds was compared with what the scheduler thought. */
  int comparisons;

  /** Whether it asked to leave and was told that it may. */
  boolean letGo;

  /** What a worker was told of one graph. */
  static final class Known {
    final BitSet functions = new BitSet();
    int prefixes;
    int units;
  }

  WorkerPeer(
      int ordinal,
      WorkerId id,
      Handshake.RegisterWorker offer,
      PeerLink link,
      DataClient.Watch watch) {
    this.ordinal = ordinal;
    this.id = id;
    this.host = offer.host();
    this.slots = offer.slots();
    this.memoryBytes = offer.memoryBytes();
    this.resources = Map.copyOf(offer.resources());
    this.isWatched = offer.isWatched();
    this.data = offer.data();
    this.ref = offer.worker();
    this.link = link;
    this.watch = watch;
  }
}

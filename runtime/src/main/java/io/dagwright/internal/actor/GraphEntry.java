package io.dagwright.internal.actor;

import io.dagwright.graph.ResultRef;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphRows;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;

/** One live graph, as the scheduler's actor keeps it. */
final class GraphEntry {

  final int ordinal;
  final FromClient.OpenGraph opened;
  final ClientPeer client;
  final GraphRows rows;
  final GraphState state;
  final ActorRef<TaskStateActor.Command> actor;

  /** Functions by their number in the graph, encoded. */
  final List<byte[]> functions = new ArrayList<>();

  final List<String> prefixes = new ArrayList<>();

  /** Rows whose results the client waits for. */
  final BitSet wanted = new BitSet();

  /** What external rows stand for. */
  final Map<Integer, ResultRef> externals = new TreeMap<>();

  /** Events collected for the graph's actor since it was last told. */
  List<GraphEvent> mail = new ArrayList<>();

  int total;
  int finished;
  int erred;
  boolean progressDue;

  GraphEntry(
      int ordinal,
      FromClient.OpenGraph opened,
      ClientPeer client,
      GraphRows rows,
      GraphState state,
      ActorRef<TaskStateActor.Command> actor) {
    this.ordinal = ordinal;
    this.opened = opened;
    this.client = client;
    this.rows = rows;
    this.state = state;
    this.actor = actor;
  }
}

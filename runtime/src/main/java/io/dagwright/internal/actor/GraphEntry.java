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
import org.jspecify.annotations.Nullable;

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

  /** The code its functions need; null if workers have it. */
  @Nullable EpochCode code;

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

  /** Its functions need this code. Throws if earlier ones need another epoch's. */
  void useCode(int epoch) {
    EpochCode wanted = client.code.get(epoch);
    if (wanted == null || (code != null && code != wanted)) {
      throw new IllegalArgumentException("it cannot use code of epoch " + epoch);
    }
    code = wanted;
  }

  /** How many units of code its functions need. */
  int units() {
    return code == null ? 0 : code.units.size();
  }

  /** Makes the tables longer that later rows refer to. */
  void addTables(FromClient.AddTables tables) {
    rows.addTables(tables.prefixes(), tables.annotations());
    prefixes.addAll(tables.prefixes());
    functions.addAll(tables.functions());
    tables.keys().forEach(rows::nameRow);
    externals.putAll(tables.externals());
  }

  /** Adds rows at the end. Throws if they do not fit the rows or the tables before them. */
  void append(GraphRows.Block block) {
    checkTables(block);
    rows.append(block);
    for (int output : block.outputs()) {
      wanted.set(output, opened.inline());
    }
  }

  private void checkTables(GraphRows.Block block) {
    for (int i = 0; i < block.size(); i++) {
      int function = block.functionOf()[i];
      if (function < GraphRows.SCATTERED
          || function >= functions.size()
          || block.prefixOf()[i] < 0
          || block.prefixOf()[i] >= prefixes.size()) {
        throw new IllegalArgumentException("row " + (block.first() + i) + " is off its tables");
      }
    }
  }
}

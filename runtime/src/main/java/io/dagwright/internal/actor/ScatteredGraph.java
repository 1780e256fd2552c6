package io.dagwright.internal.actor;

import io.dagwright.graph.TaskGraph;
import io.dagwright.graph.TaskKey;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The graph whose rows are values that a client brings to workers: no function, no input. */
final class ScatteredGraph {

  private ScatteredGraph() {}

  /** A graph of these keys, which are its outputs, in order. */
  static TaskGraph of(List<TaskKey> keys) {
    var builder = TaskGraph.builder();
    for (TaskKey key : keys) {
      builder.constant(key.toString(), null).output(key.toString());
    }
    return builder.build();
  }

  /** Encodes the graph, and asks for its number; the values go another way. */
  static void encode(TaskGraph graph, FromClient.OpenGraph open, Consumer<byte[]> out) {
    int number = open.graph();
    TaskGraph.Columns columns = graph.columns();
    List<FromClient> bundle = new ArrayList<>();
    bundle.add(open);
    Map<Integer, TaskKey> keys = new HashMap<>();
    for (int row = 0; row < graph.size(); row++) {
      keys.put(row, graph.key(row));
    }
    bundle.add(
        new FromClient.AddTables(number, columns.prefixes(), List.of(), List.of(), keys, Map.of()));
    for (int from = 0; from < graph.size(); from += GraphRows.BLOCK) {
      bundle.add(new FromClient.AddRows(number, block(columns, from, graph.size())));
      out.accept(MessageCodec.encode(new FromClient.Bundle(bundle)));
      bundle.clear();
    }
    bundle.add(new FromClient.SealGraph(number));
    bundle.add(new FromClient.AskOrdinal(number));
    out.accept(MessageCodec.encode(new FromClient.Bundle(bundle)));
  }

  private static GraphRows.Block block(TaskGraph.Columns columns, int from, int size) {
    int to = Math.min(size, from + GraphRows.BLOCK);
    int[] functions = new int[to - from];
    Arrays.fill(functions, GraphRows.SCATTERED);
    int[] outputs = new int[to - from];
    Arrays.setAll(outputs, i -> from + i);
    return new GraphRows.Block(
        from,
        new int[to - from + 1],
        new int[0],
        functions,
        Arrays.copyOfRange(columns.prefixOf(), from, to),
        null,
        new byte[0],
        null,
        outputs);
  }
}

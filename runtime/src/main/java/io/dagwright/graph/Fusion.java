package io.dagwright.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds unbranched chains of tasks in a graph and makes one task of each. Used once. */
final class Fusion {

  static final int MAX_LENGTH = 64;

  private static final int MAX_NAMES = 4;
  private static final int NONE = -1;

  private final TaskGraph graph;
  private final TaskGraph.Columns columns;

  /** For each row the row it is fused into, its only consumer; or {@link #NONE}. */
  private final int[] into;

  /** For each row the row that is fused into it, its only input; or {@link #NONE}. */
  private final int[] from;

  private final Map<List<Integer>, Integer> fusedFunctions = new HashMap<>();
  private final Map<Integer, Integer> singleFunctions = new HashMap<>();
  private final Map<List<Integer>, String> fusedPrefixes = new HashMap<>();

  Fusion(TaskGraph graph) {
    this.graph = graph;
    this.columns = graph.columns();
    this.into = new int[graph.size()];
    this.from = new int[graph.size()];
  }

  TaskGraph fuse() {
    int links = link();
    if (links == 0) {
      return graph;
    }
    int[] rowOf = new int[graph.size()];
    Rows rows = new Rows(graph.size() - links, graph.edgeCount() - links);
    int next = 0;
    for (int row = 0; row < graph.size(); row++) {
      if (into[row] == NONE) {
        rowOf[row] = next++;
        add(rows, row, rowOf);
      }
    }
    int[] outputs = columns.outputs().clone();
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = rowOf[outputs[i]];
    }
    return rows.build(outputs);
  }

  /** Fills {@link #into} and {@link #from}; gives the number of links. */
  private int link() {
    int[] consumers = new int[graph.size()];
    for (int input : columns.inputs()) {
      consumers[TaskGraph.rowOf(input)]++;
    }
    for (int output : columns.outputs()) {
      consumers[output] += 2;
    }
    int[] length = new int[graph.size()];
    Arrays.fill(into, NONE);
    Arrays.fill(from, NONE);
    int links = 0;
    for (int row = 0; row < graph.size(); row++) {
      length[row] = 1;
      int start = columns.inputOffsets()[row];
      if (columns.inputOffsets()[row + 1] - start != 1) {
        continue;
      }
      int input = columns.inputs()[start];
      if (input >= 0 && consumers[input] == 1 && length[input] < MAX_LENGTH && fits(input, row)) {
        into[input] = row;
        from[row] = input;
        length[row] = length[input] + 1;
        links++;
      }
    }
    return links;
  }

  private boolean fits(int input, int row) {
    if (columns.functionOf()[input] == TaskGraph.EXTERNAL || columns.keys().containsKey(input)) {
      return false;
    }
    Annotations annotations = graph.annotations(row);
    return annotations.equals(graph.annotations(input))
        && annotations.timeout().isZero()
        && (annotations.pure() || annotations.retries() == 0);
  }

  private void add(Rows rows, int tail, int[] rowOf) {
    List<Integer> chain = chain(tail);
    int head = chain.get(0);
    for (int i = columns.inputOffsets()[head]; i < columns.inputOffsets()[head + 1]; i++) {
      int input = columns.inputs()[i];
      rows.addInput(input >= 0 ? rowOf[input] : ~rowOf[~input]);
    }
    ResultRef external = columns.externals().get(tail);
    if (external != null) {
      rows.refer(external);
    }
    rows.endRow(
        function(rows, chain),
        argument(chain),
        prefix(chain),
        graph.annotations(tail),
        columns.keys().get(tail));
  }

  private List<Integer> chain(int tail) {
    if (from[tail] == NONE) {
      return List.of(tail);
    }
    List<Integer> chain = new ArrayList<>();
    for (int row = tail; row != NONE; row = from[row]) {
      chain.add(row);
    }
    Collections.reverse(chain);
    return chain;
  }

  /** One fused function for all chains of the same functions, so that it is shipped once. */
  private int function(Rows rows, List<Integer> chain) {
    if (chain.size() == 1) {
      int function = columns.functionOf()[chain.get(0)];
      return function == TaskGraph.EXTERNAL
          ? function
          : singleFunctions.computeIfAbsent(
              function, index -> rows.addFunction(columns.functions().get(index)));
    }
    List<Integer> indexes = chain.stream().map(row -> columns.functionOf()[row]).toList();
    return fusedFunctions.computeIfAbsent(
        indexes,
        key ->
            rows.addFunction(
                new FusedFunction(
                    key.stream().map(columns.functions()::get).toArray(TaskFunction[]::new))));
  }

  private @Nullable Object argument(List<Integer> chain) {
    if (chain.size() == 1) {
      return graph.argument(chain.get(0));
    }
    @Nullable Object[] arguments = new @Nullable Object[chain.size()];
    boolean any = false;
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = graph.argument(chain.get(i));
      any |= arguments[i] != null;
    }
    return any ? arguments : null;
  }

  private String prefix(List<Integer> chain) {
    if (chain.size() == 1) {
      return columns.prefixes().get(columns.prefixOf()[chain.get(0)]);
    }
    List<Integer> indexes = chain.stream().map(row -> columns.prefixOf()[row]).toList();
    return fusedPrefixes.computeIfAbsent(indexes, this::joinPrefixes);
  }

  private String joinPrefixes(List<Integer> indexes) {
    List<String> names = new ArrayList<>();
    for (int start = 0; start < indexes.size(); ) {
      int end = start;
      while (end < indexes.size() && indexes.get(end).equals(indexes.get(start))) {
        end++;
      }
      String name = columns.prefixes().get(indexes.get(start));
      names.add(end - start == 1 ? name : name + "×" + (end - start));
      start = end;
    }
    if (names.size() > MAX_NAMES) {
      int left = MAX_NAMES / 2;
      List<String> shown = new ArrayList<>(names.subList(0, left));
      shown.add("…");
      shown.addAll(names.subList(names.size() - left, names.size()));
      names = shown;
    }
    return String.join("+", names);
  }

  /** Runs functions one after the other, each on the result of the one before. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared: chains are interned by their parts.
  private record FusedFunction(TaskFunction[] functions) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      @Nullable Object[] arguments = (@Nullable Object[]) argument;
      Object result = functions[0].call(arguments == null ? null : arguments[0], inputs);
      for (int i = 1; i < functions.length; i++) {
        // A new array for each call, and no other reference: what came before can be collected.
        @Nullable Object[] input = {result};
        result = null;
        result = functions[i].call(arguments == null ? null : arguments[i], input);
      }
      return result;
    }
  }
}

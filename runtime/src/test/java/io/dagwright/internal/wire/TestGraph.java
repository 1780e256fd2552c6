package io.dagwright.internal.wire;

import io.dagwright.graph.Annotations;
import java.util.ArrayList;
import java.util.List;

/** Writes small graphs for tests of machines. */
public final class TestGraph {

  public final GraphRows rows = new GraphRows();
  private final List<int[]> inputs = new ArrayList<>();
  private final List<Integer> outputs = new ArrayList<>();
  private final List<Integer> externals = new ArrayList<>();
  private final List<Integer> scattered = new ArrayList<>();
  private final List<Integer> annotations = new ArrayList<>();
  private int tableSize = 1;

  public TestGraph() {
    rows.addTables(List.of("task"), List.of());
  }

  /** A row; {@code ~row} among the inputs if it only comes after that row. */
  public TestGraph row(int... of) {
    inputs.add(of);
    annotations.add(0);
    return this;
  }

  /** A row whose result the client holds. */
  public TestGraph output(int... of) {
    outputs.add(rows.size() + inputs.size());
    return row(of);
  }

  /** A row that its client brings, and holds. */
  public TestGraph scattered() {
    scattered.add(inputs.size());
    return output();
  }

  /** A row that stands for a task of another graph. */
  public TestGraph external(long task) {
    externals.add(inputs.size());
    rows.resolveExternal(rows.size() + inputs.size(), task);
    return row();
  }

  /** Annotates the row before. */
  public TestGraph with(Annotations how) {
    rows.addTables(List.of(), List.of(how));
    annotations.set(annotations.size() - 1, tableSize++);
    return this;
  }

  /** Appends the rows written since the last call, as one block. */
  public GraphEvent.RowsAdded append() {
    int first = rows.size();
    int[] offsets = new int[inputs.size() + 1];
    List<Integer> all = new ArrayList<>();
    int[] functions = new int[inputs.size()];
    for (int i = 0; i < inputs.size(); i++) {
      for (int input : inputs.get(i)) {
        all.add(input);
      }
      offsets[i + 1] = all.size();
      functions[i] =
          externals.contains(i)
              ? GraphRows.EXTERNAL
              : scattered.contains(i) ? GraphRows.SCATTERED : 0;
    }
    int[] held = toArray(outputs);
    rows.append(
        new GraphRows.Block(
            first,
            offsets,
            toArray(all),
            functions,
            new int[inputs.size()],
            toArray(annotations),
            new byte[0],
            null,
            held));
    inputs.clear();
    outputs.clear();
    externals.clear();
    scattered.clear();
    annotations.clear();
    return new GraphEvent.RowsAdded(first, rows.size(), Ints.of(held));
  }

  private static int[] toArray(List<Integer> items) {
    return items.stream().mapToInt(i -> i).toArray();
  }
}

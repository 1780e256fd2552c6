package io.dagwright.graph;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Picks and renumbers rows of a graph. */
final class Selection {

  private Selection() {}

  /** The rows some output needs, outputs included, ascending. */
  static int[] neededByOutputs(TaskGraph graph) {
    TaskGraph.Columns columns = graph.columns();
    boolean[] needed = new boolean[graph.size()];
    for (int output : columns.outputs()) {
      needed[output] = true;
    }
    int count = 0;
    for (int row = graph.size() - 1; row >= 0; row--) {
      if (needed[row]) {
        count++;
        for (int i = columns.inputOffsets()[row]; i < columns.inputOffsets()[row + 1]; i++) {
          needed[TaskGraph.rowOf(columns.inputs()[i])] = true;
        }
      }
    }
    int[] rows = new int[count];
    for (int row = graph.size() - 1; row >= 0; row--) {
      if (needed[row]) {
        rows[--count] = row;
      }
    }
    return rows;
  }

  /** The graph of these rows only, numbered in this order; inputs must come first. */
  static TaskGraph of(TaskGraph graph, int[] order) {
    TaskGraph.Columns old = graph.columns();
    int[] rowOf = new int[graph.size()];
    Arrays.fill(rowOf, -1);
    int edges = 0;
    for (int row = 0; row < order.length; row++) {
      rowOf[order[row]] = row;
      edges += old.inputOffsets()[order[row] + 1] - old.inputOffsets()[order[row]];
    }
    int[] offsets = new int[order.length + 1];
    int[] inputs = new int[edges];
    int end = 0;
    for (int row = 0; row < order.length; row++) {
      int from = order[row];
      for (int i = old.inputOffsets()[from]; i < old.inputOffsets()[from + 1]; i++) {
        int input = old.inputs()[i];
        inputs[end++] = input >= 0 ? rowOf[input] : ~rowOf[~input];
      }
      offsets[row + 1] = end;
    }
    return TaskGraph.of(
        new TaskGraph.Columns(
            offsets,
            inputs,
            pick(old.functionOf(), order),
            old.functions(),
            pick(old.arguments(), order),
            pick(old.prefixOf(), order),
            old.prefixes(),
            old.annotationOf() == null ? null : pick(old.annotationOf(), order),
            old.annotations(),
            renumber(old.keys(), rowOf),
            renumber(old.externals(), rowOf),
            pick(rowOf, old.outputs())));
  }

  static int[] identity(int size) {
    int[] rows = new int[size];
    Arrays.setAll(rows, row -> row);
    return rows;
  }

  static boolean isIdentity(int[] order) {
    for (int row = 0; row < order.length; row++) {
      if (order[row] != row) {
        return false;
      }
    }
    return true;
  }

  private static int[] pick(int[] column, int[] order) {
    int[] picked = new int[order.length];
    for (int row = 0; row < order.length; row++) {
      picked[row] = column[order[row]];
    }
    return picked;
  }

  private static @Nullable Object @Nullable [] pick(
      @Nullable Object @Nullable [] column, int[] order) {
    if (column == null) {
      return null;
    }
    @Nullable Object[] picked = new @Nullable Object[order.length];
    for (int row = 0; row < order.length; row++) {
      picked[row] = column[order[row]];
    }
    return picked;
  }

  private static <V> Map<Integer, V> renumber(Map<Integer, V> values, int[] rowOf) {
    Map<Integer, V> renumbered = new LinkedHashMap<>();
    values.forEach(
        (row, value) -> {
          if (rowOf[row] >= 0) {
            renumbered.put(rowOf[row], value);
          }
        });
    return renumbered;
  }
}

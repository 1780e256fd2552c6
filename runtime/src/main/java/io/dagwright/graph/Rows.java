package io.dagwright.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Columns of a graph under construction, filled row by row in topological order: first the inputs
 * of a row, then {@link #endRow}. The number of rows and edges is known beforehand.
 */
final class Rows {

  private final int[] inputOffsets;
  private final int[] inputs;
  private final int[] functionOf;
  private final @Nullable Object[] arguments;
  private final int[] prefixOf;
  private final int[] annotationOf;
  private final List<TaskFunction> functions = new ArrayList<>();
  private final Map<String, Integer> prefixes = new LinkedHashMap<>();
  private final Map<Annotations, Integer> annotations = new LinkedHashMap<>();
  private final Map<Integer, TaskKey> keys = new LinkedHashMap<>();
  private final Map<Integer, ResultRef> externals = new LinkedHashMap<>();
  private Annotations lastAnnotations = Annotations.NONE;
  private int lastAnnotation;
  private boolean anyArgument;
  private int size;
  private int edges;

  Rows(int size, int edges) {
    inputOffsets = new int[size + 1];
    inputs = new int[edges];
    functionOf = new int[size];
    arguments = new @Nullable Object[size];
    prefixOf = new int[size];
    annotationOf = new int[size];
    annotations.put(Annotations.NONE, 0);
  }

  /** Adds an input of the row under way; {@code ~row} if it carries no data. */
  void addInput(int input) {
    inputs[edges++] = input;
  }

  int addFunction(TaskFunction function) {
    functions.add(function);
    return functions.size() - 1;
  }

  /** Makes the row under way stand for a result of another graph. */
  void refer(ResultRef external) {
    externals.put(size, external);
  }

  void endRow(
      int function,
      @Nullable Object argument,
      String prefix,
      Annotations wanted,
      @Nullable TaskKey key) {
    functionOf[size] = function;
    arguments[size] = argument;
    anyArgument |= argument != null;
    prefixOf[size] = number(prefixes, prefix);
    if (!wanted.equals(lastAnnotations)) { // Neighbours are mostly alike, and hashing is slow.
      lastAnnotations = wanted;
      lastAnnotation = number(annotations, wanted);
    }
    annotationOf[size] = lastAnnotation;
    if (key != null) {
      keys.put(size, key);
    }
    inputOffsets[++size] = edges;
  }

  TaskGraph build(int[] outputs) {
    return TaskGraph.of(
        new TaskGraph.Columns(
            inputOffsets,
            Arrays.copyOf(inputs, edges),
            functionOf,
            functions,
            anyArgument ? arguments : null,
            prefixOf,
            List.copyOf(prefixes.keySet()),
            annotations.size() == 1 ? null : annotationOf,
            List.copyOf(annotations.keySet()),
            keys,
            externals,
            outputs));
  }

  private static <K> int number(Map<K, Integer> table, K key) {
    Integer known = table.putIfAbsent(key, table.size());
    return known == null ? table.size() - 1 : known;
  }
}

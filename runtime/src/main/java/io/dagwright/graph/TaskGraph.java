package io.dagwright.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable graph of tasks, stored as columns: one row per task.
 *
 * <p>Rows are numbered so that every input of a row has a smaller number; among rows that could run
 * at the same time the smaller number runs first. A row therefore is its own priority, a graph
 * cannot contain a cycle, and each algorithm on graphs is a loop over rows. Functions, prefixes and
 * annotations are held once in tables; a graph of a million tasks costs tens of megabytes, not an
 * object per task.
 *
 * <p>Thread-safe. Arrays handed in belong to the graph from then on.
 */
public final class TaskGraph {

  /** In {@code functionOf}: the row stands for a {@link ResultRef}, nothing is to be run. */
  public static final int EXTERNAL = -1;

  private final Columns columns;

  /**
   * The columns of a graph. Each array has one element per row unless it says otherwise.
   *
   * @param inputOffsets one more element than rows; inputs of row {@code r} are {@code
   *     inputs[inputOffsets[r] .. inputOffsets[r + 1])}
   * @param inputs row numbers of inputs; {@code ~row} if the task only comes after that row and
   *     does not get its result
   * @param functionOf index into {@code functions}, or {@link #EXTERNAL}
   * @param functions table of functions
   * @param arguments constant argument of each row; null if no row has one
   * @param prefixOf index into {@code prefixes}
   * @param prefixes table of prefixes
   * @param annotationOf index into {@code annotations}; null if every row uses entry 0
   * @param annotations table of annotations, never empty
   * @param keys rows the user named
   * @param externals the references that {@link #EXTERNAL} rows stand for
   * @param outputs rows whose results are asked for, in the order they were asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // Columns are the point; they are never compared.
  public record Columns(
      int[] inputOffsets,
      int[] inputs,
      int[] functionOf,
      List<TaskFunction> functions,
      @Nullable Object @Nullable [] arguments,
      int[] prefixOf,
      List<String> prefixes,
      int @Nullable [] annotationOf,
      List<Annotations> annotations,
      Map<Integer, TaskKey> keys,
      Map<Integer, ResultRef> externals,
      int[] outputs) {}

  /** Starts the description of a graph whose tasks are named by strings, in any order. */
  public static GraphBuilder builder() {
    return new GraphBuilder();
  }

  /**
   * A graph of these columns, after a check of every index; linear in rows and edges.
   *
   * @throws io.dagwright.error.InvalidGraphException if rows are not in topological order, or an
   *     index is out of range
   */
  public static TaskGraph of(Columns columns) {
    ColumnChecks.check(columns);
    return new TaskGraph(
        new Columns(
            columns.inputOffsets,
            columns.inputs,
            columns.functionOf,
            List.copyOf(columns.functions),
            columns.arguments,
            columns.prefixOf,
            List.copyOf(columns.prefixes),
            columns.annotationOf,
            List.copyOf(columns.annotations),
            Collections.unmodifiableMap(columns.keys),
            Collections.unmodifiableMap(columns.externals),
            columns.outputs));
  }

  /** The row an entry of {@code Columns.inputs} means, whether or not it carries data. */
  public static int rowOf(int input) {
    return input >= 0 ? input : ~input;
  }

  /** Wraps columns that are known to be right: rows in topological order, indices in range. */
  TaskGraph(Columns columns) {
    this.columns = columns;
  }

  /** The columns themselves. Do not write to the arrays. */
  public Columns columns() {
    return columns;
  }

  /** Number of rows. */
  public int size() {
    return columns.inputOffsets.length - 1;
  }

  /** Number of edges, those without data included. */
  public int edgeCount() {
    return columns.inputs.length;
  }

  /** Rows whose results are asked for. */
  public int[] outputs() {
    return columns.outputs.clone();
  }

  /** The rows that {@code row} waits for, those without data included. */
  public int[] predecessors(int row) {
    int[] rows =
        Arrays.copyOfRange(
            columns.inputs, columns.inputOffsets[row], columns.inputOffsets[row + 1]);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = rowOf(rows[i]);
    }
    return rows;
  }

  /** The rows that wait for each row, in a new pair of arrays; linear in rows and edges. */
  public Successors successors() {
    return Successors.of(columns.inputOffsets, columns.inputs);
  }

  /** The task's name: the user's, or its prefix and row. */
  public TaskKey key(int row) {
    TaskKey named = columns.keys.get(row);
    return named != null
        ? named
        : new TaskKey(columns.prefixes.get(columns.prefixOf[row]), Integer.toString(row));
  }

  /** How the task wants to be run. */
  public Annotations annotations(int row) {
    return columns.annotations.get(columns.annotationOf == null ? 0 : columns.annotationOf[row]);
  }

  /** The task's function; null for an external row. */
  public @Nullable TaskFunction function(int row) {
    int index = columns.functionOf[row];
    return index == EXTERNAL ? null : columns.functions.get(index);
  }

  /** The task's own constant; null if it has none. */
  public @Nullable Object argument(int row) {
    return columns.arguments == null ? null : columns.arguments[row];
  }

  @Override
  public String toString() {
    return "TaskGraph[" + size() + " tasks, " + edgeCount() + " edges]";
  }
}

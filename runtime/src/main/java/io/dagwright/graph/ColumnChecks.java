package io.dagwright.graph;

import io.dagwright.error.InvalidGraphException;
import io.dagwright.graph.TaskGraph.Columns;
import org.jspecify.annotations.Nullable;

/** The checks that make columns from elsewhere safe to work with. */
final class ColumnChecks {

  private ColumnChecks() {}

  static void check(Columns columns) {
    int size = columns.inputOffsets().length - 1;
    require(size >= 0, "inputOffsets is empty; it needs one element more than there are rows");
    checkEdges(columns, size);
    checkIndexes("functionOf", columns.functionOf(), size, -1, columns.functions().size());
    checkIndexes("prefixOf", columns.prefixOf(), size, 0, columns.prefixes().size());
    require(!columns.annotations().isEmpty(), "the table of annotations is empty");
    if (columns.annotationOf() != null) {
      checkIndexes("annotationOf", columns.annotationOf(), size, 0, columns.annotations().size());
    }
    checkArguments(columns.arguments(), size);
    checkIndexes("outputs", columns.outputs(), columns.outputs().length, 0, size);
    for (int row : columns.keys().keySet()) {
      if (row < 0 || row >= size) {
        throw invalid("there is a key for row " + row + ", which does not exist");
      }
    }
    int externals = 0;
    for (int row = 0; row < size; row++) {
      if (columns.functionOf()[row] == TaskGraph.EXTERNAL) {
        externals++;
        if (!columns.externals().containsKey(row)) {
          throw invalid("row " + row + " is external but refers to no result");
        }
      }
    }
    require(
        externals == columns.externals().size(),
        "there are references for rows that are not external");
  }

  private static void checkEdges(Columns columns, int size) {
    int[] offsets = columns.inputOffsets();
    int[] inputs = columns.inputs();
    require(
        offsets[0] == 0 && offsets[size] == inputs.length, "inputOffsets does not span the inputs");
    for (int row = 0; row < size; row++) {
      if (offsets[row] > offsets[row + 1]) {
        throw invalid("inputOffsets descends at row " + row);
      }
      for (int i = offsets[row]; i < offsets[row + 1]; i++) {
        if (TaskGraph.rowOf(inputs[i]) >= row) {
          throw invalid(
              "row "
                  + row
                  + " needs row "
                  + TaskGraph.rowOf(inputs[i])
                  + ", which does not come before it; number rows in topological order");
        }
      }
    }
  }

  private static void checkArguments(@Nullable Object @Nullable [] arguments, int size) {
    require(
        arguments == null || arguments.length == size,
        "arguments needs one element for each of the " + size + " rows");
  }

  private static void checkIndexes(String column, int[] indexes, int size, int min, int end) {
    require(indexes.length == size, column + " has " + indexes.length + " elements for " + size);
    for (int i = 0; i < size; i++) {
      if (indexes[i] < min || indexes[i] >= end) {
        throw invalid(
            column + "[" + i + "] is " + indexes[i] + ", outside " + min + ".." + (end - 1));
      }
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw invalid(message);
    }
  }

  private static InvalidGraphException invalid(String message) {
    return new InvalidGraphException("The columns make no graph: " + message + ".");
  }
}

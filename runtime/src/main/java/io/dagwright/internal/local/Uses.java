package io.dagwright.internal.local;

import io.dagwright.graph.TaskGraph;

/** How often results are taken, which says when they can be dropped. */
final class Uses {

  private Uses() {}

  /** Number of times each row's result is taken as an input; outputs count one more. */
  static int[] of(TaskGraph.Columns columns) {
    int[] uses = new int[columns.functionOf().length];
    for (int input : columns.inputs()) {
      if (input >= 0) {
        uses[input]++;
      }
    }
    for (int output : columns.outputs()) {
      uses[output]++;
    }
    return uses;
  }

  /** Number of inputs of a row that carry data. */
  static int dataInputs(TaskGraph.Columns columns, int row) {
    int[] inputs = columns.inputs();
    int count = 0;
    for (int i = columns.inputOffsets()[row]; i < columns.inputOffsets()[row + 1]; i++) {
      if (inputs[i] >= 0) {
        count++;
      }
    }
    return count;
  }
}

package io.dagwright.graph;

/**
 * The edges of a graph the other way round: for each row, the rows that wait for it.
 *
 * @param offsets one more element than rows; successors of row {@code r} are {@code rows[offsets[r]
 *     .. offsets[r + 1])}
 * @param rows successors, ascending; a row that takes a result twice is listed twice
 */
@SuppressWarnings("ArrayRecordComponent") // A pair of columns; never compared.
public record Successors(int[] offsets, int[] rows) {

  static Successors of(int[] inputOffsets, int[] inputs) {
    int size = inputOffsets.length - 1;
    int[] offsets = new int[size + 1];
    for (int input : inputs) {
      offsets[TaskGraph.rowOf(input)]++;
    }
    int end = 0;
    for (int row = 0; row <= size; row++) {
      int count = offsets[row];
      offsets[row] = end;
      end += count;
    }
    int[] rows = new int[inputs.length];
    for (int row = 0; row < size; row++) {
      for (int i = inputOffsets[row]; i < inputOffsets[row + 1]; i++) {
        rows[offsets[TaskGraph.rowOf(inputs[i])]++] = row;
      }
    }
    // Filling moved every offset to the start of the next row's successors; move them back.
    System.arraycopy(offsets, 0, offsets, 1, size);
    offsets[0] = 0;
    return new Successors(offsets, rows);
  }

  /** How many rows wait for {@code row}, counting those listed twice twice. */
  public int count(int row) {
    return offsets[row + 1] - offsets[row];
  }
}

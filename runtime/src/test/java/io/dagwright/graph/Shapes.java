package io.dagwright.graph;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Graphs of plain shapes, for tests and measurements. Every task sums its inputs and its row. */
public final class Shapes {

  private Shapes() {}

  /** A graph of tasks with these inputs, the last of which is the output. */
  public static TaskGraph of(int[][] inputs) {
    return of(inputs, inputs.length - 1);
  }

  /** A graph of tasks with these inputs and outputs. */
  public static TaskGraph of(int[][] inputs, int... outputs) {
    int[] offsets = new int[inputs.length + 1];
    for (int row = 0; row < inputs.length; row++) {
      offsets[row + 1] = offsets[row] + inputs[row].length;
    }
    int[] all = new int[offsets[inputs.length]];
    Object[] arguments = new Object[inputs.length];
    for (int row = 0; row < inputs.length; row++) {
      System.arraycopy(inputs[row], 0, all, offsets[row], inputs[row].length);
      arguments[row] = (long) row;
    }
    return TaskGraph.of(
        new TaskGraph.Columns(
            offsets,
            all,
            new int[inputs.length],
            List.of(Shapes::sum),
            arguments,
            new int[inputs.length],
            List.of("sum"),
            null,
            List.of(Annotations.NONE),
            Map.of(),
            Map.of(),
            outputs));
  }

  private static Object sum(@Nullable Object argument, @Nullable Object[] inputs) {
    long sum = (long) requireNonNull(argument);
    for (Object input : inputs) {
      sum += (long) requireNonNull(input);
    }
    return sum;
  }

  /** What the output of a graph of {@link #of} is. */
  public static List<Object> expected(int[][] inputs, int... outputs) {
    long[] sums = new long[inputs.length];
    for (int row = 0; row < inputs.length; row++) {
      sums[row] = row;
      for (int input : inputs[row]) {
        sums[row] += input >= 0 ? sums[input] : 0;
      }
    }
    return IntStream.of(outputs).mapToObj(row -> (Object) sums[row]).toList();
  }

  /** Independent tasks and one that takes them all. */
  public static int[][] join(int width) {
    int[][] inputs = new int[width + 1][0];
    inputs[width] = IntStream.range(0, width).toArray();
    return inputs;
  }

  /** Each task takes the one before. */
  public static int[][] chain(int length) {
    int[][] inputs = new int[length][];
    for (int row = 0; row < length; row++) {
      inputs[row] = row == 0 ? new int[0] : new int[] {row - 1};
    }
    return inputs;
  }

  /** A binary tree, layer by layer from the leaves. */
  public static int[][] tree(int leaves) {
    List<int[]> inputs = new ArrayList<>();
    for (int i = 0; i < leaves; i++) {
      inputs.add(new int[0]);
    }
    for (int next = 0; next < inputs.size() - 1; next += 2) {
      inputs.add(new int[] {next, next + 1});
    }
    return inputs.toArray(int[][]::new);
  }

  /** Tasks with up to three inputs among those before them, some of which carry no data. */
  public static int[][] random(long seed, int tasks) {
    Random random = new Random(seed);
    int[][] inputs = new int[tasks][];
    for (int row = 0; row < tasks; row++) {
      inputs[row] = new int[row == 0 ? 0 : random.nextInt(4)];
      for (int i = 0; i < inputs[row].length; i++) {
        int input = random.nextInt(row);
        inputs[row][i] = random.nextInt(8) == 0 ? ~input : input;
      }
    }
    return inputs;
  }
}

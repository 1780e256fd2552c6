package io.dagwright.bench;

import java.util.Arrays;

/**
 * A graph without a system to run it on: who needs whom, what each task computes, what must come
 * out. Every system measured is given the same shapes, numbered alike.
 *
 * <p>Inputs of task {@code i} are {@code inputs[offsets[i] .. offsets[i + 1])}, all smaller than
 * {@code i}. The last task's result is the answer. Random shapes come from a fixed seed and the
 * peers' generator, so that the peers' answers must be equal to ours.
 */
final class Shape {

  static final byte CONSTANT = 0;
  static final byte INCREMENT = 1;
  static final byte SUM = 2;
  static final byte SUM_AND_ONE = 3;
  static final byte COUNT = 4;
  static final byte SPIN = 5;

  private static final long MASK_32 = 0xFFFFFFFFL;
  private static final long SEED = 42;

  final int size;
  final int[] offsets;
  final int[] inputs;
  final byte[] operations;
  final long[] arguments;
  final long answer;

  private Shape(Draft draft, long answer) {
    this.size = draft.size;
    this.offsets = Arrays.copyOf(draft.offsets, size + 1);
    this.inputs = Arrays.copyOf(draft.inputs, draft.edges);
    this.operations = Arrays.copyOf(draft.operations, size);
    this.arguments = Arrays.copyOf(draft.arguments, size);
    this.answer = answer;
  }

  /** The shape of a case. {@code n} is what the case counts: tasks, steps or leaves. */
  static Shape of(String name, int n) {
    return switch (name) {
      case "C1" -> independent(n);
      case "C2" -> chain(n);
      case "C3-2" -> tree(n, 2);
      case "C3-8" -> tree(n, 8);
      case "C4" -> layers(Math.max(2, n / 1000), 1000);
      default -> throw new IllegalArgumentException("no graph belongs to case " + name);
    };
  }

  /** Tasks that do nothing, and one that counts their results. */
  static Shape independent(int n) {
    Draft draft = new Draft();
    int[] all = new int[n];
    for (int i = 0; i < n; i++) {
      all[i] = draft.add(CONSTANT, i);
    }
    draft.add(COUNT, 0, all);
    return new Shape(draft, n);
  }

  /** Tasks that each add one to the result of the one before. */
  static Shape chain(int n) {
    Draft draft = new Draft();
    int last = draft.add(CONSTANT, 0);
    for (int i = 1; i < n; i++) {
      last = draft.add(INCREMENT, 0, last);
    }
    return new Shape(draft, n - 1L);
  }

  /** Leaves that are summed in groups, whose sums are summed in groups, and so on. */
  static Shape tree(int leaves, int fanIn) {
    Draft draft = new Draft();
    int[] level = new int[leaves];
    for (int i = 0; i < leaves; i++) {
      level[i] = draft.add(CONSTANT, i);
    }
    while (level.length > 1) {
      int[] next = new int[(level.length + fanIn - 1) / fanIn];
      for (int i = 0; i < next.length; i++) {
        int end = Math.min(level.length, (i + 1) * fanIn);
        next[i] = draft.add(SUM, 0, Arrays.copyOfRange(level, i * fanIn, end));
      }
      level = next;
    }
    return new Shape(draft, (long) leaves * (leaves - 1) / 2);
  }

  /** Layers in which each task takes two or three results of the layer above, at random. */
  static Shape layers(int count, int width) {
    Draw draw = new Draw(SEED);
    Draft draft = new Draft();
    int[] layer = new int[width];
    for (int i = 0; i < width; i++) {
      layer[i] = draft.add(CONSTANT, i);
    }
    for (int l = 1; l < count; l++) {
      int[] next = new int[width];
      for (int i = 0; i < width; i++) {
        int[] from = new int[2 + draw.below(2)];
        for (int k = 0; k < from.length; k++) {
          from[k] = layer[draw.below(width)];
        }
        next[i] = draft.add(SUM_AND_ONE, 0, from);
      }
      layer = next;
    }
    draft.add(SUM, 0, layer);
    return draft.evaluated();
  }

  /** Steps in which each task takes what it and its two neighbours gave in the step before. */
  static Shape stencil(int steps, int width, long micros) {
    Draft draft = new Draft();
    int[] row = new int[width];
    for (int i = 0; i < width; i++) {
      row[i] = draft.add(SPIN, micros);
    }
    for (int step = 1; step < steps; step++) {
      int[] next = new int[width];
      for (int i = 0; i < width; i++) {
        int end = Math.min(width, i + 2);
        next[i] = draft.add(SPIN, micros, Arrays.copyOfRange(row, Math.max(0, i - 1), end));
      }
      row = next;
    }
    draft.add(COUNT, 0, row);
    return new Shape(draft, width);
  }

  /**
   * Tasks with no to eight inputs, 2.6 on average, most of them close by and some far away, as in
   * graphs that grew rather than were laid out.
   */
  static Shape irregular(int n) {
    Draw draw = new Draw(SEED);
    Draft draft = new Draft();
    draft.add(CONSTANT, 0);
    for (int i = 1; i < n; i++) {
      int[] from = new int[inputCount(draw)];
      for (int k = 0; k < from.length; k++) {
        int reach = draw.below(4) < 3 ? 100 : 100_000;
        from[k] = i - 1 - draw.below(Math.min(i, reach));
      }
      draft.add(from.length == 0 ? CONSTANT : SUM_AND_ONE, i, from);
    }
    return draft.evaluated();
  }

  private static int inputCount(Draw draw) {
    int roll = draw.below(10);
    if (roll == 0) {
      return 0;
    }
    return roll < 3 ? 1 : roll < 6 ? 2 : roll < 8 ? 3 : 4 + draw.below(5);
  }

  int inputCount(int task) {
    return offsets[task + 1] - offsets[task];
  }

  /** How many tasks take each task's result. */
  int[] userCounts() {
    int[] counts = new int[size];
    for (int input : inputs) {
      counts[input]++;
    }
    return counts;
  }

  /** The results of all tasks, computed here. */
  long[] evaluate() {
    return evaluate(size, offsets, inputs, operations, arguments);
  }

  private static long[] evaluate(
      int size, int[] offsets, int[] inputs, byte[] operations, long[] arguments) {
    long[] results = new long[size];
    for (int i = 0; i < size; i++) {
      long sum = 0;
      for (int e = offsets[i]; e < offsets[i + 1]; e++) {
        sum += results[inputs[e]];
      }
      results[i] =
          switch (operations[i]) {
            case CONSTANT -> arguments[i];
            case INCREMENT, SUM_AND_ONE -> operations[i] == INCREMENT ? sum + 1 : sum + 1 & MASK_32;
            case COUNT -> offsets[i + 1] - offsets[i];
            case SPIN -> 1;
            default -> sum;
          };
    }
    return results;
  }

  /** Knuth's linear congruential generator with the constants of MMIX; the top 31 bits count. */
  private static final class Draw {
    private long state;

    Draw(long seed) {
      state = seed;
    }

    int below(int limit) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      return (int) ((state >>> 33) % limit);
    }
  }

  /** A shape in the making. */
  private static final class Draft {
    int size;
    int edges;
    int[] offsets = new int[1024];
    int[] inputs = new int[1024];
    byte[] operations = new byte[1024];
    long[] arguments = new long[1024];

    int add(byte operation, long argument, int... from) {
      if (size + 2 > offsets.length) {
        int length = 2 * offsets.length;
        offsets = Arrays.copyOf(offsets, length);
        operations = Arrays.copyOf(operations, length);
        arguments = Arrays.copyOf(arguments, length);
      }
      if (edges + from.length > inputs.length) {
        inputs = Arrays.copyOf(inputs, Math.max(2 * inputs.length, edges + from.length));
      }
      operations[size] = operation;
      arguments[size] = argument;
      System.arraycopy(from, 0, inputs, edges, from.length);
      edges += from.length;
      offsets[++size] = edges;
      return size - 1;
    }

    Shape evaluated() {
      return new Shape(this, evaluate(size, offsets, inputs, operations, arguments)[size - 1]);
    }
  }
}

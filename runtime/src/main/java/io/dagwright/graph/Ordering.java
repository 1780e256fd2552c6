package io.dagwright.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Candidate orders of a graph, and the replay that compares them.
 *
 * <p>No heuristic is best on every shape: depth first wins on trees, breadth first on stencils,
 * critical path on shuffles. Replaying costs about as much as making an order, so all are tried.
 */
final class Ordering {

  static final int CANDIDATES = 7;

  private final TaskGraph graph;
  private final int size;
  private final int[] inputOffsets;
  private final int[] inputs;
  private final long @Nullable [] sizes;
  private final Successors successors;

  Ordering(TaskGraph graph, long @Nullable [] sizes) {
    if (sizes != null && sizes.length != graph.size()) {
      throw new IllegalArgumentException(
          "sizes has " + sizes.length + " elements for " + graph.size() + " rows");
    }
    this.graph = graph;
    this.size = graph.size();
    this.inputOffsets = graph.columns().inputOffsets();
    this.inputs = graph.columns().inputs();
    this.sizes = sizes;
    this.successors = graph.successors();
  }

  /** The candidate with the lowest peak, the first of equals, adjusted to priorities. */
  int[] best() {
    int[] best = Selection.identity(size);
    long bestPeak = peak(best);
    long bound = lowerBound();
    for (int candidate = 1; candidate < CANDIDATES && bestPeak > bound; candidate++) {
      int[] order = candidate(candidate);
      long peak = peak(order);
      if (peak < bestPeak) {
        best = order;
        bestPeak = peak;
      }
    }
    return prioritized(best);
  }

  /** One of {@link #CANDIDATES} orders; number 0 is the order the graph is in. */
  int[] candidate(int number) {
    return switch (number) {
      case 0 -> Selection.identity(size);
      case 1 -> depthFirst(false, null);
      case 2 -> depthFirst(true, null);
      case 3 -> depthFirst(false, heights());
      case 4 -> queued(true);
      case 5 -> queued(false);
      case 6 -> freeingFirst();
      default -> throw new IllegalArgumentException("there is no candidate " + number);
    };
  }

  /** See {@link Optimizations#peak}. */
  long peak(int[] order) {
    int[] left = uses();
    long alive = 0;
    long peak = 0;
    for (int row : order) {
      alive += weight(row);
      peak = Math.max(peak, alive);
      for (int i = inputOffsets[row]; i < inputOffsets[row + 1]; i++) {
        int input = inputs[i];
        if (input >= 0 && --left[input] == 0) {
          alive -= weight(input);
        }
      }
      if (left[row] == 0) {
        alive -= weight(row);
      }
    }
    return peak;
  }

  /** How often each result is taken; outputs once more, so that they never come to zero. */
  private int[] uses() {
    int[] uses = new int[size];
    for (int input : inputs) {
      if (input >= 0) {
        uses[input]++;
      }
    }
    for (int output : graph.columns().outputs()) {
      uses[output]++;
    }
    return uses;
  }

  private long weight(int row) {
    return sizes == null ? 1 : sizes[row];
  }

  /** No order can do with less: a task, its inputs, and at the end all outputs. */
  private long lowerBound() {
    int[] seenBy = new int[size];
    Arrays.fill(seenBy, -1);
    long bound = 0;
    for (int row = 0; row < size; row++) {
      long needed = weight(row);
      for (int i = inputOffsets[row]; i < inputOffsets[row + 1]; i++) {
        int input = inputs[i];
        if (input >= 0 && seenBy[input] != row) {
          seenBy[input] = row;
          needed += weight(input);
        }
      }
      bound = Math.max(bound, needed);
    }
    boolean[] counted = new boolean[size];
    long outputs = 0;
    for (int output : graph.columns().outputs()) {
      if (!counted[output]) {
        counted[output] = true;
        outputs += weight(output);
      }
    }
    return Math.max(bound, outputs);
  }

  /** The longest way from a source to each row, in tasks. */
  private int[] heights() {
    int[] heights = new int[size];
    for (int row = 0; row < size; row++) {
      for (int i = inputOffsets[row]; i < inputOffsets[row + 1]; i++) {
        heights[row] = Math.max(heights[row], heights[TaskGraph.rowOf(inputs[i])] + 1);
      }
    }
    return heights;
  }

  /**
   * From the sinks down: all a task needs, then the task.
   *
   * @param reversed last inputs first
   * @param heights if given, inputs with the longest way behind them first
   */
  private int[] depthFirst(boolean reversed, int @Nullable [] heights) {
    int[] children = heights == null ? inputs : byHeight(heights);
    int[] order = new int[size];
    int done = 0;
    int[] next = new int[size];
    boolean[] placed = new boolean[size];
    int[] path = new int[size];
    for (int at = 0; at < size; at++) {
      int root = reversed ? size - 1 - at : at;
      if (successors.count(root) > 0 || placed[root]) {
        continue;
      }
      int depth = 0;
      path[depth++] = root;
      while (depth > 0) {
        int row = path[depth - 1];
        int start = inputOffsets[row];
        int count = inputOffsets[row + 1] - start;
        int child = -1;
        while (next[row] < count) {
          int index = next[row]++;
          int input = TaskGraph.rowOf(children[start + (reversed ? count - 1 - index : index)]);
          if (!placed[input]) {
            child = input;
            break;
          }
        }
        if (child >= 0) {
          path[depth++] = child;
        } else {
          placed[row] = true;
          order[done++] = row;
          depth--;
        }
      }
    }
    return order;
  }

  private int[] byHeight(int[] heights) {
    int[] sorted = inputs.clone();
    for (int row = 0; row < size; row++) {
      int start = inputOffsets[row];
      int end = inputOffsets[row + 1];
      if (end - start > 1) {
        long[] keyed = new long[end - start];
        for (int i = start; i < end; i++) {
          int input = TaskGraph.rowOf(inputs[i]);
          keyed[i - start] = ((long) -heights[input] << 32) + input;
        }
        Arrays.sort(keyed);
        for (int i = start; i < end; i++) {
          sorted[i] = (int) keyed[i - start];
        }
      }
    }
    return sorted;
  }

  /** From the sources up: what became ready last runs next, or what became ready first. */
  private int[] queued(boolean lastFirst) {
    int[] remaining = remaining();
    int[] ready = new int[size];
    int head = 0;
    int tail = 0;
    for (int at = 0; at < size; at++) {
      int row = lastFirst ? size - 1 - at : at;
      if (remaining[row] == 0) {
        ready[tail++] = row;
      }
    }
    int[] order = new int[size];
    for (int done = 0; done < size; done++) {
      int row = lastFirst ? ready[--tail] : ready[head++];
      order[done] = row;
      int start = successors.offsets()[row];
      int count = successors.count(row);
      for (int i = 0; i < count; i++) {
        int successor = successors.rows()[start + (lastFirst ? count - 1 - i : i)];
        if (--remaining[successor] == 0) {
          ready[tail++] = successor;
        }
      }
    }
    return order;
  }

  /**
   * Among the ready tasks first the one that frees the most at once; else goes on with the consumer
   * that waits for the fewest other results, so that one is completed before the next is begun.
   */
  private int[] freeingFirst() {
    int[] remaining = remaining();
    int[] left = uses();
    int[] order = new int[size];
    int done = 0;
    int[] stack = new int[size];
    int top = 0;
    boolean[] placed = new boolean[size];
    for (int row = size - 1; row >= 0; row--) {
      if (remaining[row] == 0) {
        stack[top++] = row;
      }
    }
    while (top > 0) {
      int row = stack[--top];
      if (placed[row]) {
        continue;
      }
      placed[row] = true;
      order[done++] = row;
      for (int i = inputOffsets[row]; i < inputOffsets[row + 1]; i++) {
        if (inputs[i] >= 0) {
          left[inputs[i]]--;
        }
      }
      int from = top;
      for (int i = successors.offsets()[row]; i < successors.offsets()[row + 1]; i++) {
        int successor = successors.rows()[i];
        if (--remaining[successor] == 0) {
          stack[top++] = successor;
        }
      }
      sortByFreed(stack, from, top, left);
    }
    return order;
  }

  /** Sorts rows that became ready together; the one that frees the most comes last, on top. */
  private void sortByFreed(int[] stack, int from, int to, int[] left) {
    if (to - from < 2) {
      return;
    }
    long[] keyed = new long[to - from];
    for (int i = from; i < to; i++) {
      keyed[i - from] = ((long) freed(stack[i], left) << 32) + (size - stack[i]);
    }
    Arrays.sort(keyed);
    for (int i = from; i < to; i++) {
      stack[i] = size - (int) keyed[i - from];
    }
  }

  private int freed(int row, int[] left) {
    int freed = left[row] == 0 ? 1 : 0;
    for (int i = inputOffsets[row]; i < inputOffsets[row + 1]; i++) {
      if (inputs[i] >= 0 && left[inputs[i]] == 1) {
        freed++;
      }
    }
    return freed;
  }

  private int[] remaining() {
    int[] remaining = new int[size];
    for (int row = 0; row < size; row++) {
      remaining[row] = inputOffsets[row + 1] - inputOffsets[row];
    }
    return remaining;
  }

  /** The order, with tasks of larger priority and all they need moved ahead. */
  int[] prioritized(int[] order) {
    List<Annotations> table = graph.columns().annotations();
    if (table.stream().mapToInt(Annotations::priority).distinct().count() < 2) {
      return order;
    }
    int[] priorities = new int[size];
    for (int row = size - 1; row >= 0; row--) {
      priorities[row] = graph.annotations(row).priority();
      for (int i = successors.offsets()[row]; i < successors.offsets()[row + 1]; i++) {
        int consumer = priorities[successors.rows()[i]];
        if (consumer > 0) {
          priorities[row] = Math.max(priorities[row], consumer);
        }
      }
    }
    int[] position = new int[size];
    for (int i = 0; i < size; i++) {
      position[order[i]] = i;
    }
    int[] remaining = remaining();
    PriorityQueue<Integer> ready =
        new PriorityQueue<>(
            (one, other) ->
                priorities[one] != priorities[other]
                    ? Integer.compare(priorities[other], priorities[one])
                    : Integer.compare(position[one], position[other]));
    for (int row = 0; row < size; row++) {
      if (remaining[row] == 0) {
        ready.add(row);
      }
    }
    List<Integer> sorted = new ArrayList<>(size);
    while (!ready.isEmpty()) {
      int row = ready.remove();
      sorted.add(row);
      for (int i = successors.offsets()[row]; i < successors.offsets()[row + 1]; i++) {
        if (--remaining[successors.rows()[i]] == 0) {
          ready.add(successors.rows()[i]);
        }
      }
    }
    return sorted.stream().mapToInt(row -> row).toArray();
  }
}

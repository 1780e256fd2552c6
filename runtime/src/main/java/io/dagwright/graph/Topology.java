package io.dagwright.graph;

import java.util.Arrays;

/**
 * Topological sorting and cycles on plain arrays. Iterative, linear in tasks and edges.
 *
 * <p>Edges are given as in {@link TaskGraph.Columns}: inputs of {@code r} are {@code
 * inputs[inputOffsets[r] .. inputOffsets[r + 1])}, but may point to larger numbers.
 */
final class Topology {

  private Topology() {}

  /**
   * All nodes in an order in which inputs come first, or only those that are not on or behind a
   * cycle. Depth first: a result is needed soon after it was computed.
   */
  static int[] sort(int[] inputOffsets, int[] inputs) {
    int size = inputOffsets.length - 1;
    int[] order = new int[size];
    int sorted = 0;
    int[] next = Arrays.copyOf(inputOffsets, size); // Input to look at; ~next once it is placed.
    int[] path = new int[Math.min(size, 1024)];
    boolean[] onPath = new boolean[size];
    for (int root = 0; root < size; root++) {
      if (next[root] < 0) {
        continue;
      }
      int depth = 0;
      path[depth++] = root;
      onPath[root] = true;
      while (depth > 0) {
        int node = path[depth - 1];
        int end = inputOffsets[node + 1];
        int at = next[node];
        int input = -1;
        while (at < end) {
          int candidate = TaskGraph.rowOf(inputs[at++]);
          if (next[candidate] >= 0) {
            input = candidate;
            break;
          }
        }
        if (input < 0) {
          order[sorted++] = node;
          next[node] = ~at;
          onPath[node] = false;
          depth--;
          continue;
        }
        if (onPath[input]) {
          return Arrays.copyOf(order, sorted);
        }
        next[node] = at;
        onPath[input] = true;
        if (depth == path.length) {
          path = Arrays.copyOf(path, Math.min(size, 2 * depth));
        }
        path[depth++] = input;
      }
    }
    return order;
  }

  /**
   * The shortest cycle through the smallest node that lies on one; each node needs the next.
   *
   * @throws IllegalStateException if there is no cycle
   */
  static int[] cycle(int[] inputOffsets, int[] inputs) {
    int size = inputOffsets.length - 1;
    boolean[] cyclic = onCycles(inputOffsets, inputs);
    for (int node = 0; node < size; node++) {
      if (cyclic[node]) {
        return shortestThrough(node, inputOffsets, inputs);
      }
    }
    throw new IllegalStateException("the graph has no cycle");
  }

  /**
   * Breadth first from {@code start} along inputs until {@code start} comes up again. The first way
   * back found is a shortest one.
   */
  private static int[] shortestThrough(int start, int[] inputOffsets, int[] inputs) {
    int size = inputOffsets.length - 1;
    int[] neededBy = new int[size];
    Arrays.fill(neededBy, -1);
    int[] queue = new int[size];
    int head = 0;
    int tail = 0;
    queue[tail++] = start;
    while (head < tail) {
      int node = queue[head++];
      for (int i = inputOffsets[node]; i < inputOffsets[node + 1]; i++) {
        int input = TaskGraph.rowOf(inputs[i]);
        if (input == start) {
          return pathTo(node, start, neededBy);
        }
        if (neededBy[input] < 0) {
          neededBy[input] = node;
          queue[tail++] = input;
        }
      }
    }
    throw new IllegalStateException("node " + start + " is on no cycle");
  }

  private static int[] pathTo(int node, int start, int[] neededBy) {
    int length = 1;
    for (int at = node; at != start; at = neededBy[at]) {
      length++;
    }
    int[] path = new int[length];
    int at = node;
    for (int i = length - 1; i > 0; i--) {
      path[i] = at;
      at = neededBy[at];
    }
    path[0] = start;
    return path;
  }

  /** Which nodes lie on a cycle: Tarjan's strongly connected components, iterative. */
  private static boolean[] onCycles(int[] inputOffsets, int[] inputs) {
    int size = inputOffsets.length - 1;
    boolean[] cyclic = new boolean[size];
    int[] number = new int[size]; // 0: not seen; size + 1: its component is complete.
    int[] low = new int[size];
    int[] next = Arrays.copyOf(inputOffsets, size);
    int[] path = new int[size];
    int[] open = new int[size];
    int opened = 0;
    int count = 0;
    for (int root = 0; root < size; root++) {
      if (number[root] != 0) {
        continue;
      }
      int depth = 0;
      path[depth++] = root;
      while (depth > 0) {
        int node = path[depth - 1];
        if (number[node] == 0) {
          number[node] = ++count;
          low[node] = count;
          open[opened++] = node;
        }
        int child = -1;
        while (next[node] < inputOffsets[node + 1]) {
          int input = TaskGraph.rowOf(inputs[next[node]]);
          if (number[input] == 0) {
            child = input;
            break;
          }
          cyclic[node] |= input == node;
          if (number[input] <= size) {
            low[node] = Math.min(low[node], low[input]);
          }
          next[node]++;
        }
        if (child >= 0) {
          path[depth++] = child; // The edge is looked at again when the child is done.
          continue;
        }
        depth--;
        if (low[node] == number[node]) {
          boolean several = open[opened - 1] != node;
          int member;
          do {
            member = open[--opened];
            number[member] = size + 1;
            cyclic[member] |= several;
          } while (member != node);
        }
      }
    }
    return cyclic;
  }
}

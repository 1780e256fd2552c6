package io.dagwright.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Places the first rows of a graph in layers: a row stands one layer below the lowest of its
 * inputs, near the middle of its neighbours. Linear in rows and edges, times a few sweeps.
 */
final class Layout {

  private static final int SWEEPS = 4;

  /** Layers from top to bottom, each from left to right. */
  final List<List<Integer>> layers = new ArrayList<>();

  /** For each row its place in its layer, the middle of the layer being 0. */
  final double[] x;

  final int[] layerOf;

  private final TaskGraph graph;
  private final List<List<Integer>> successors = new ArrayList<>();

  Layout(TaskGraph graph, int rows) {
    this.graph = graph;
    this.x = new double[rows];
    this.layerOf = new int[rows];
    for (int row = 0; row < rows; row++) {
      successors.add(new ArrayList<>());
      for (int input : graph.predecessors(row)) {
        layerOf[row] = Math.max(layerOf[row], layerOf[input] + 1);
        successors.get(input).add(row);
      }
      if (layerOf[row] == layers.size()) {
        layers.add(new ArrayList<>());
      }
      layers.get(layerOf[row]).add(row);
    }
    layers.forEach(this::place);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int i = 0; i < layers.size(); i++) {
        boolean down = sweep % 2 == 0;
        sort(layers.get(down ? i : layers.size() - 1 - i), down);
      }
    }
  }

  private void sort(List<Integer> layer, boolean down) {
    double[] middles = new double[x.length];
    for (int row : layer) {
      int[] neighbours =
          down
              ? graph.predecessors(row)
              : successors.get(row).stream().mapToInt(successor -> successor).toArray();
      middles[row] = Arrays.stream(neighbours).mapToDouble(n -> x[n]).average().orElse(x[row]);
    }
    layer.sort(Comparator.comparingDouble(row -> middles[row]));
    place(layer);
  }

  private void place(List<Integer> layer) {
    for (int i = 0; i < layer.size(); i++) {
      x[layer.get(i)] = i - (layer.size() - 1) / 2.0;
    }
  }
}

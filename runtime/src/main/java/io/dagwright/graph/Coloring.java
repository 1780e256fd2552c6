package io.dagwright.graph;

import java.util.function.IntFunction;

/** Gives each row of a graph a colour for {@link Visualize}. */
@FunctionalInterface
public interface Coloring {

  /** The row's colour, as CSS and DOT both understand it: {@code #rrggbb}. */
  String color(int row);

  /** The same light grey for every row. */
  static Coloring plain() {
    return row -> "#e8e8e8";
  }

  /** From violet for the row that runs first, over green, to yellow for the last. */
  static Coloring byOrder(TaskGraph graph) {
    int[][] stops = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};
    double last = Math.max(1, graph.size() - 1);
    return row -> {
      double at = row / last * (stops.length - 1);
      int from = Math.min((int) at, stops.length - 2);
      StringBuilder color = new StringBuilder("#");
      for (int i = 0; i < 3; i++) {
        double value = stops[from][i] + (at - from) * (stops[from + 1][i] - stops[from][i]);
        color.append(String.format("%02x", Math.round(value)));
      }
      return color.toString();
    };
  }

  /**
   * One colour for each state a task can be in.
   *
   * @param states gives a row's state: released, waiting, ready, processing, memory or erred
   */
  static Coloring byState(IntFunction<String> states) {
    return row ->
        switch (states.apply(row)) {
          case "waiting" -> "#d9d9d9";
          case "ready" -> "#a6cee3";
          case "processing" -> "#fdbf6f";
          case "memory" -> "#b2df8a";
          case "erred" -> "#fb9a99";
          default -> "#ffffff";
        };
  }
}

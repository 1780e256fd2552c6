package io.dagwright.bench;

import io.dagwright.graph.GraphBuilder;
import io.dagwright.graph.Optimizations;
import io.dagwright.graph.TaskGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What is measured on graphs, as plain methods for JMH to call. */
final class GraphCases {

  private GraphCases() {}

  /** Tasks in layers, each taking one to five of the layer above; defined from the last up. */
  static GraphBuilder layers(int tasks, int width, long seed) {
    Random random = new Random(seed);
    GraphBuilder builder = TaskGraph.builder();
    for (int task = tasks - 1; task >= 0; task--) {
      List<String> inputs = new ArrayList<>();
      int above = task / width - 1;
      for (int i = above < 0 ? 0 : 1 + random.nextInt(5); i > 0; i--) {
        inputs.add("task-" + (above * width + random.nextInt(width)));
      }
      builder.task("task-" + task, inputs, results -> null);
    }
    return builder;
  }

  /** Resolves keys, checks for cycles and sorts. */
  static TaskGraph check(GraphBuilder builder) {
    return builder.build();
  }

  /** Makes and replays all candidate orders. */
  static TaskGraph order(TaskGraph graph) {
    return Optimizations.order(graph);
  }
}

package io.dagwright;

import io.dagwright.graph.GraphRun;
import io.dagwright.graph.Optimizations;
import io.dagwright.graph.Scheduler;
import io.dagwright.graph.TaskGraph;

/**
 * Runs graphs with a scheduler of this JVM.
 *
 * @param name what logs call it
 */
record SchedulerRunner(String name, Scheduler scheduler) implements GraphRunner {

  @Override
  public GraphRun start(TaskGraph graph, ComputeOptions options) {
    int[] outputs = graph.columns().outputs();
    String called =
        !options.name().isEmpty()
            ? options.name()
            : outputs.length == 0 ? "empty" : graph.key(outputs[0]).toString();
    return scheduler.start(
        Optimizations.optimize(graph, options.graph()), called, options.progress());
  }

  @Override
  public void close() {
    scheduler.close();
  }

  @Override
  public String toString() {
    return name;
  }
}

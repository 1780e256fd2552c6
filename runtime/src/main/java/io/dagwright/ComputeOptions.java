package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.graph.GraphOptions;
import io.dagwright.graph.ProgressListener;

/**
 * How a graph is to be computed.
 *
 * @param name what messages call the graph; if empty, it is called after its first output
 * @param graph which optimisations it goes through
 * @param progress told how far it is
 */
public record ComputeOptions(String name, GraphOptions graph, ProgressListener progress) {

  /** No name, all optimisations, no progress reports. */
  public static final ComputeOptions DEFAULT =
      new ComputeOptions("", GraphOptions.DEFAULT, ProgressListener.NONE);

  public ComputeOptions {
    requireNonNull(name, "name");
    requireNonNull(graph, "graph");
    requireNonNull(progress, "progress");
  }

  /** These options with another name. */
  public ComputeOptions withName(String other) {
    return new ComputeOptions(other, graph, progress);
  }

  /** These options with other optimisations. */
  public ComputeOptions withGraph(GraphOptions other) {
    return new ComputeOptions(name, other, progress);
  }

  /** These options with another progress listener. */
  public ComputeOptions withProgress(ProgressListener other) {
    return new ComputeOptions(name, graph, other);
  }
}

package io.dagwright.graph;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * The result of a task of another graph that was submitted earlier, used as an input here.
 *
 * @param graph the graph that owns the result
 * @param row the task's row in that graph
 */
public record ResultRef(GraphId graph, int row) implements Serializable {

  public ResultRef {
    requireNonNull(graph, "graph");
    if (row < 0) {
      throw new IllegalArgumentException("row must be 0 or more, not " + row);
    }
  }
}

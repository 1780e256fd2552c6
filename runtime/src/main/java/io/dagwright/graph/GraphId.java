package io.dagwright.graph;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/** The name of one submitted graph, chosen by its submitter and never used twice. */
public record GraphId(String value) implements Serializable {

  public GraphId {
    if (requireNonNull(value, "value").isBlank()) {
      throw new IllegalArgumentException("a graph id must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}

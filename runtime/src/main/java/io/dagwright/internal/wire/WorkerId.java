package io.dagwright.internal.wire;

import java.io.Serializable;

/**
 * One life of a worker. A worker that starts again keeps its name and gets a new incarnation, so
 * that what the old one still says can be told apart.
 */
public record WorkerId(String name, long incarnation) implements Serializable {

  public WorkerId {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a worker needs a name");
    }
  }

  @Override
  public String toString() {
    return name + "#" + Long.toUnsignedString(incarnation, 36);
  }
}

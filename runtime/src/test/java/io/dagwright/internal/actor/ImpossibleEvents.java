package io.dagwright.internal.actor;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import java.util.List;

/** What no scheduler would say to a graph's actor: stands for a bug in either. */
public final class ImpossibleEvents {

  private ImpossibleEvents() {}

  /** A message that makes a graph's actor throw. */
  public static Object message() {
    return new TaskStateActor.Events(List.of(new GraphEvent.HoldsReleased(Ints.of(-1))));
  }
}

package io.dagwright.internal.wire;

import java.util.ArrayList;
import java.util.List;

/** Watches the machines of one test class and names the steps of their table that none took. */
public final class TransitionCoverage<S extends Enum<S>> implements TransitionTable.Listener<S> {

  private final TransitionTable<S> table;
  private final List<String> missed = new ArrayList<>();

  public TransitionCoverage(TransitionTable<S> table) {
    this.table = table;
    table.transitions().forEach(step -> missed.add(name(step.from(), step.to())));
  }

  @Override
  public void onTransition(long task, S from, S to) {
    missed.remove(name(from, to));
  }

  /** Fails if a step of the table was never taken. */
  public void check() {
    if (!missed.isEmpty()) {
      throw new AssertionError(
          "no test takes " + missed + ", of " + table.transitions().size() + " steps");
    }
  }

  private String name(S from, S to) {
    return from + " -> " + to;
  }
}

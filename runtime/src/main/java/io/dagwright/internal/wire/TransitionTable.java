package io.dagwright.internal.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which states may follow which, and why: the law of a machine, its documentation and the list its
 * tests must cover, all from one place. Immutable once built.
 */
public final class TransitionTable<S extends Enum<S>> {

  /** One allowed step. */
  public record Transition<S extends Enum<S>>(S from, S to, String because) {}

  /** Told of every step of a machine; telemetry and tests listen. Decides nothing. */
  @FunctionalInterface
  public interface Listener<S extends Enum<S>> {
    void onTransition(long task, S from, S to);
  }

  private final S[] states;
  private final long[] allowed;
  private final List<Transition<S>> transitions = new ArrayList<>();

  public TransitionTable(Class<S> type) {
    states = type.getEnumConstants();
    allowed = new long[states.length];
  }

  public TransitionTable<S> allow(S from, S to, String because) {
    allowed[from.ordinal()] |= 1L << to.ordinal();
    transitions.add(new Transition<>(from, to, because));
    return this;
  }

  /** Throws if the machine is about to break its own law. */
  public void check(long task, int from, int to) {
    if ((allowed[from] & (1L << to)) == 0) {
      throw new IllegalStateException(
          "task " + Task.show(task) + " cannot go from " + states[from] + " to " + states[to]);
    }
  }

  public S state(int ordinal) {
    return states[ordinal];
  }

  public List<Transition<S>> transitions() {
    return List.copyOf(transitions);
  }

  /** The table as a Mermaid state diagram. */
  public String toMermaid() {
    StringBuilder text = new StringBuilder("stateDiagram-v2\n");
    Arrays.stream(states).forEach(s -> text.append("    ").append(name(s)).append('\n'));
    for (Transition<S> step : transitions) {
      text.append("    ").append(name(step.from)).append(" --> ").append(name(step.to));
      text.append(" : ").append(step.because).append('\n');
    }
    return text.toString();
  }

  private static String name(Enum<?> state) {
    return state.name().toLowerCase(java.util.Locale.ROOT);
  }
}

package io.dagwright.error;

import java.util.List;
import java.util.stream.Collectors;

/** Tasks of a graph need each other in a circle, so none of them could ever start. */
public final class CyclicGraphException extends InvalidGraphException {

  private static final long serialVersionUID = 1L;
  private static final int SHOWN_IN_FULL = 20;

  private final List<String> cycle;

  /**
   * Creates one for a cycle.
   *
   * @param cycle the keys on the cycle; each needs the result of the next, the last that of the
   *     first
   */
  public CyclicGraphException(List<String> cycle) {
    super(message(cycle));
    this.cycle = List.copyOf(cycle);
  }

  /** The keys on the cycle, each once: each needs the result of the next, the last of the first. */
  public List<String> cycle() {
    return cycle;
  }

  private static String message(List<String> cycle) {
    if (cycle.size() == 1) {
      return "Task ["
          + cycle.get(0)
          + "] needs its own result, so it can never start. Remove that input.";
    }
    String first = "[" + cycle.get(0) + "]";
    String path;
    if (cycle.size() <= SHOWN_IN_FULL) {
      path = joined(cycle);
    } else {
      int end = SHOWN_IN_FULL / 2;
      path =
          joined(cycle.subList(0, end))
              + " needs … "
              + (cycle.size() - SHOWN_IN_FULL)
              + " more … needs "
              + joined(cycle.subList(cycle.size() - end, cycle.size()));
    }
    return "The graph has a cycle of "
        + cycle.size()
        + " tasks, so none of them can ever start: "
        + path
        + " needs "
        + first
        + ". Remove one of these inputs.";
  }

  private static String joined(List<String> keys) {
    return keys.stream().map(key -> "[" + key + "]").collect(Collectors.joining(" needs "));
  }
}

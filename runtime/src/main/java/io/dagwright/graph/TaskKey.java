package io.dagwright.graph;

import static java.util.Objects.requireNonNull;

/**
 * The name of a task, for people: in messages, logs, and look-ups of tasks the user named.
 *
 * @param prefix what kind of task it is, such as {@code load}; tasks of one prefix share statistics
 * @param suffix tells tasks of one prefix apart; may be empty
 */
public record TaskKey(String prefix, String suffix) implements Comparable<TaskKey> {

  public TaskKey {
    requireNonNull(suffix, "suffix");
    if (prefix.isBlank()) {
      throw new IllegalArgumentException("a task key needs a prefix that is not blank");
    }
  }

  /** Reads {@code load-17} as prefix {@code load}, suffix {@code 17}; without a dash, no suffix. */
  public static TaskKey of(String name) {
    int dash = name.lastIndexOf('-');
    return dash > 0 && dash < name.length() - 1
        ? new TaskKey(name.substring(0, dash), name.substring(dash + 1))
        : new TaskKey(name, "");
  }

  @Override
  public int compareTo(TaskKey other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return suffix.isEmpty() ? prefix : prefix + "-" + suffix;
  }
}

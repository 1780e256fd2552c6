package io.dagwright.internal.taskstate;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.TaskFailure;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a graph of scattered values knows of how they were scattered and lost. Such a value cannot
 * be computed again: it is copied, comes from its client once more, or is lost.
 */
final class Scattered {

  private int copies;
  private boolean keptByClient;

  /** Where each lost value was last, and what became of that worker. */
  private final Map<Integer, String> lastPlaces = new TreeMap<>();

  void begin(GraphEvent.ScatterBegun event) {
    copies = event.copies();
    keptByClient = event.keptByClient();
  }

  /** The last worker that held a row's value is gone, or lost it. */
  void noteLost(int row, String worker, String exit) {
    lastPlaces.put(row, "[" + worker + "] (" + exit + ")");
  }

  /** Whether the client still has a row's value, and sends it again. */
  boolean comesAgain(int row) {
    return keptByClient && lastPlaces.containsKey(row);
  }

  TaskFailure lost(int row, String key) {
    String place = lastPlaces.get(row);
    String message =
        place == null
            ? "The scattered value ["
                + key
                + "] was released before something asked for it; keep it until what uses it has"
                + " run."
            : "The value ["
                + key
                + "] was scattered to "
                + (copies == 1 ? "one worker" : copies + " workers at most")
                + ", and was lost with the last that held it, "
                + place
                + ". It cannot be computed again. Scatter it to more workers"
                + " (ScatterOptions.withReplicas(2)), or let the client keep it"
                + " (ScatterOptions.withKeptByClient(true)).";
    return TaskFailure.of(TaskFailure.Kind.VALUE_LOST, key, message);
  }

  TaskFailure unreachable(String key, String why) {
    String message =
        "No worker could fetch the scattered value ["
            + key
            + "] from its client: "
            + why
            + " Workers must reach the data port of a client that scatters.";
    return TaskFailure.of(TaskFailure.Kind.VALUE_LOST, key, message);
  }

  /** Rows of which something is kept. */
  Set<Integer> rows() {
    return lastPlaces.keySet();
  }

  void forget(int row) {
    lastPlaces.remove(row);
  }
}

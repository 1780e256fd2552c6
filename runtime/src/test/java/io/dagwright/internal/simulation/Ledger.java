package io.dagwright.internal.simulation;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Task;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Remembers every run that was ever asked for and handed out, and what became of tasks. */
final class Ledger {

  private record Run(long task, int run) {
    @Override
    public String toString() {
      return Task.show(task) + " run " + run;
    }
  }

  private final Set<Run> declared = new HashSet<>();
  private final Map<Run, Integer> assigned = new HashMap<>();
  private final Map<Long, Integer> deaths = new HashMap<>();

  /** A graph asked for a run, or was told that it was sent ahead. */
  void declared(long task, int run) {
    declared.add(new Run(task, run));
  }

  void assigned(long task, int run, int worker) {
    Run key = new Run(task, run);
    Violation.unless(declared.contains(key), key + " was assigned, but its graph never asked");
    Integer before = assigned.put(key, worker);
    Violation.unless(before == null, key + " was assigned twice: to " + before + ", " + worker);
  }

  boolean isAssigned(long task, int run, int worker) {
    Integer to = assigned.get(new Run(task, run));
    return to != null && to == worker;
  }

  /** The most a graph may count. */
  void lost(int graph, GraphEvent.RunsLost event) {
    Ints suspects = event.suspects();
    for (int i = 0; i < suspects.size(); i++) {
      deaths.merge(Task.of(graph, suspects.get(i)), 1, Integer::sum);
    }
  }

  int deaths(long task) {
    return deaths.getOrDefault(task, 0);
  }
}

package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TransitionTable;
import java.util.Iterator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The slabs of the live graphs, in the order of the graphs' numbers. */
final class Slabs implements Iterable<Slab> {

  private final TreeMap<Integer, Slab> byGraph = new TreeMap<>();
  private TransitionTable.@Nullable Listener<SlotState> listener;

  /** The slab asked for last: tasks are handled in runs, and most runs are of one graph. */
  private @Nullable Slab last;

  void listen(TransitionTable.Listener<SlotState> toEveryStep) {
    listener = toEveryStep;
    byGraph.values().forEach(slab -> slab.listener = toEveryStep);
  }

  void add(int graph, GraphRows rows) {
    Slab slab = new Slab(graph, rows);
    slab.listener = listener;
    byGraph.put(graph, slab);
  }

  void remove(int graph) {
    byGraph.remove(graph);
    last = null;
  }

  /** The slab of a graph; null if the graph is not live. */
  @Nullable Slab get(int graph) {
    return byGraph.get(graph);
  }

  /** The slab of a task whose graph is known to be live. */
  Slab of(long task) {
    Slab slab = find(task);
    if (slab == null) {
      throw new IllegalStateException("no graph " + Task.graph(task));
    }
    return slab;
  }

  /** Null if the graph was removed, which happens to inputs that belong to another client. */
  @Nullable Slab find(long task) {
    int graph = Task.graph(task);
    Slab recent = last;
    if (recent != null && recent.graph == graph) {
      return recent;
    }
    Slab slab = byGraph.get(graph);
    if (slab != null) {
      last = slab;
    }
    return slab;
  }

  int size() {
    return byGraph.size();
  }

  SlotState state(long task) {
    Slab slab = byGraph.get(Task.graph(task));
    return slab == null ? UNKNOWN : slab.state(Task.row(task));
  }

  /** The worker a task is running on, or -1. */
  int processingOn(long task) {
    return state(task) == PROCESSING ? of(task).worker(Task.row(task)) : -1;
  }

  @Override
  public Iterator<Slab> iterator() {
    return byGraph.values().iterator();
  }
}

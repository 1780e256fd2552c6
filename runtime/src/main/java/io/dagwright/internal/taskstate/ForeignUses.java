package io.dagwright.internal.taskstate;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which tasks stand for results of other graphs, and what the graphs that are left must hear when
 * one is removed: its inputs are needed no longer, and its results will not come.
 *
 * <p>A graph that ends by itself has settled all that; one whose client is gone has not, nor has
 * one that ended while somebody asked for its result. Not thread-safe: one thread owns it.
 */
public final class ForeignUses {

  /** What one graph must hear. */
  public record Notice(int graph, GraphEvent event) {}

  private final Protocol protocol;

  /** By the task that stands for the result, the task that makes it. */
  private final TreeMap<Long, Long> owners = new TreeMap<>();

  /** By the graph that makes results, the tasks that stand for them. */
  private final Map<Integer, TreeSet<Long>> consumers = new TreeMap<>();

  public ForeignUses() {
    this(Protocol.CORRECT);
  }

  /** For simulations that plant bugs. */
  public ForeignUses(Protocol protocol) {
    this.protocol = protocol;
  }

  /** A task of one graph stands for the result of a task of another. */
  public void add(long consumer, long owner) {
    owners.put(consumer, owner);
    consumers.computeIfAbsent(Task.graph(owner), key -> new TreeSet<>()).add(consumer);
  }

  /** The task will never ask for the result again. */
  public void forget(long consumer) {
    Long owner = owners.remove(consumer);
    if (owner != null) {
      leave(consumer, owner);
    }
  }

  private void leave(long consumer, long owner) {
    TreeSet<Long> known = consumers.get(Task.graph(owner));
    if (known != null && known.remove(consumer) && known.isEmpty()) {
      consumers.remove(Task.graph(owner));
    }
  }

  /** The graph is no more; returns what others must hear, for the given reason. */
  public List<Notice> remove(int graph, String why) {
    List<Notice> notices = new ArrayList<>();
    Map<Long, Long> own = owners.subMap(Task.of(graph, 0), Task.of(graph + 1, 0));
    own.forEach(
        (consumer, owner) -> {
          leave(consumer, owner);
          notices.add(
              new Notice(
                  Task.graph(owner), new GraphEvent.ConsumerForgot(Task.row(owner), consumer)));
        });
    own.clear();
    TreeSet<Long> orphans = consumers.remove(graph);
    for (long consumer : orphans == null ? new TreeSet<Long>() : orphans) {
      owners.remove(consumer);
      TaskFailure gone =
          TaskFailure.of(TaskFailure.Kind.CANCELLED, "input " + Task.row(consumer), why);
      notices.add(
          new Notice(
              Task.graph(consumer), new GraphEvent.ExternalFailed(Task.row(consumer), gone)));
    }
    return protocol.partsGraphs() ? notices : List.of();
  }

  /** Whether no graph uses a result of another. */
  public boolean isEmpty() {
    return owners.isEmpty() && consumers.isEmpty();
  }
}

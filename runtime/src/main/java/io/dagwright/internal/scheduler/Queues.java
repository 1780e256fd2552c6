package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.QUEUED;

import io.dagwright.graph.Annotations;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskQueue;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tasks that wait for a worker: one queue of roots and one of other tasks that any worker may
 * run, and one queue per constraint of the others.
 *
 * <p>A task that moves on leaves its entry behind; {@link #hasHead} drops such entries when they
 * come to the front.
 */
final class Queues {

  private final Slabs slabs;
  private final TaskQueue roots = new TaskQueue();
  private final TaskQueue free = new TaskQueue();
  private final Map<Constraint, TaskQueue> constrained = new LinkedHashMap<>();

  /** Queued tasks that must run by themselves. */
  private final LongMap<Boolean> alone = new LongMap<>();

  /** Instead of a time: it has been said, which once is enough. */
  private static final long SAID = Long.MIN_VALUE;

  /** Since when tasks at the front of their queues could run nowhere. */
  private final LongMap<Long> stalledSince = new LongMap<>();

  Queues(Slabs slabs) {
    this.slabs = slabs;
  }

  /** Puts a task into the queue it belongs to. */
  void add(Slab slab, int row, boolean byItself) {
    long task = Task.of(slab.graph, row);
    if (byItself) {
      alone.put(task, true);
    }
    if (!byItself && slab.rows.annotation(row) == 0) {
      free(slab, row).add(0, task);
      return;
    }
    Annotations annotations = slab.rows.annotations(row);
    Constraint constraint = Constraint.of(annotations, byItself);
    TaskQueue queue =
        constraint.isFree()
            ? free(slab, row)
            : constrained.computeIfAbsent(constraint, key -> new TaskQueue());
    queue.add(annotations.priority(), task);
  }

  private TaskQueue free(Slab slab, int row) {
    return isRoot(slab, row) ? roots : free;
  }

  private static boolean isRoot(Slab slab, int row) {
    for (int k = slab.rows.inputCount(row) - 1; k >= 0; k--) {
      if (slab.rows.input(row, k) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** The tasks with inputs that any worker may run. */
  TaskQueue free() {
    return free;
  }

  /** The tasks without inputs that any worker may run. */
  TaskQueue roots() {
    return roots;
  }

  /** The others, by what they ask for. */
  Map<Constraint, TaskQueue> constrained() {
    return constrained;
  }

  void dropEmpty() {
    constrained.values().removeIf(TaskQueue::isEmpty);
  }

  /**
   * Whether any task waits in a queue. Drops entries whose task has moved on, be it to another
   * queue, so that afterwards the head does wait.
   */
  boolean hasHead(TaskQueue queue, Constraint constraint) {
    while (!queue.isEmpty()) {
      long task = queue.peek();
      boolean here =
          alone.isEmpty() ? !constraint.alone() : alone.containsKey(task) == constraint.alone();
      if (here && slabs.state(task) == QUEUED) {
        return true;
      }
      if (!stalledSince.isEmpty()) {
        stalledSince.remove(task);
      }
      queue.poll();
    }
    return false;
  }

  /** Entries, including those whose task has moved on meanwhile. */
  int size() {
    return roots.size()
        + free.size()
        + constrained.values().stream().mapToInt(TaskQueue::size).sum();
  }

  Constraint constraintOf(long task) {
    Annotations annotations = slabs.of(task).rows.annotations(Task.row(task));
    return Constraint.of(annotations, isAlone(task));
  }

  /** Whether a task waits for a worker to itself. */
  boolean isAlone(long task) {
    return alone.containsKey(task);
  }

  /** A task got a worker. */
  void leave(long task) {
    if (!stalledSince.isEmpty()) {
      stalledSince.remove(task);
    }
    forgetAlone(task);
  }

  int aloneCount() {
    return alone.size();
  }

  int stalledCount() {
    return stalledSince.size();
  }

  /** The run that was to be alone is over, or void. */
  void forgetAlone(long task) {
    if (!alone.isEmpty()) {
      alone.remove(task);
    }
  }

  /** Tasks that no worker could run for longer than a time; each is returned once. */
  Longs stalled(Workers workers, long nowNanos, long longerThanNanos) {
    Longs result = new Longs(0);
    noteStall(Constraint.NONE, roots, workers, nowNanos, longerThanNanos, result);
    noteStall(Constraint.NONE, free, workers, nowNanos, longerThanNanos, result);
    constrained.forEach(
        (constraint, queue) ->
            noteStall(constraint, queue, workers, nowNanos, longerThanNanos, result));
    return result;
  }

  private void noteStall(
      Constraint constraint,
      TaskQueue queue,
      Workers workers,
      long nowNanos,
      long longerThanNanos,
      Longs result) {
    if (!hasHead(queue, constraint)) {
      return;
    }
    long head = queue.peek();
    boolean hopeless =
        workers.stream()
            .noneMatch(
                w ->
                    !w.leaving
                        && constraint.allows(w, workers)
                        && w.offers(constraint.resources()));
    Long since = stalledSince.get(head);
    if (!hopeless) {
      if (since != null) {
        stalledSince.remove(head);
      }
    } else if (since == null) {
      stalledSince.put(head, nowNanos);
    } else if (since != SAID && nowNanos - since > longerThanNanos) {
      stalledSince.put(head, SAID);
      result.add(head);
    }
  }
}

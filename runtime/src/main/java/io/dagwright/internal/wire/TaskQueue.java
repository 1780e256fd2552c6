package io.dagwright.internal.wire;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** Tasks that wait for a worker: larger priority first, then in the order of task numbers. */
public final class TaskQueue {

  private final TreeMap<Integer, LongHeap> byPriority = new TreeMap<>(Comparator.reverseOrder());

  public void add(int priority, long task) {
    byPriority.computeIfAbsent(priority, key -> new LongHeap()).add(task);
  }

  public boolean isEmpty() {
    return byPriority.isEmpty();
  }

  /** The priority of the task to run next. The queue must not be empty. */
  public int priority() {
    return byPriority.firstKey();
  }

  /** The task to run next. The queue must not be empty. */
  public long peek() {
    return byPriority.firstEntry().getValue().peek();
  }

  public void poll() {
    Map.Entry<Integer, LongHeap> first = byPriority.firstEntry();
    first.getValue().poll();
    if (first.getValue().isEmpty()) {
      byPriority.remove(first.getKey());
    }
  }

  /** Whether a task is in the queue. Cost: a walk over it. */
  public boolean contains(long task) {
    return byPriority.values().stream().anyMatch(heap -> heap.contains(task));
  }

  /** Entries, including those whose task has moved on meanwhile. */
  public int size() {
    return byPriority.values().stream().mapToInt(LongHeap::size).sum();
  }
}

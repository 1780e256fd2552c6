package io.dagwright.internal.wire;

import java.util.Comparator;
import java.util.TreeMap;

/** Tasks that wait for a worker: larger priority first, then in the order of task numbers. */
public final class TaskQueue {

  private final TreeMap<Integer, LongHeap> byPriority = new TreeMap<>(Comparator.reverseOrder());

  /** Those of the largest priority; empty only if the queue is. */
  private LongHeap first = new LongHeap();

  private int priority;

  public void add(int ofPriority, long task) {
    if (ofPriority != priority || first.isEmpty()) {
      byPriority.computeIfAbsent(ofPriority, key -> new LongHeap()).add(task);
      findFirst();
    } else {
      first.add(task);
    }
  }

  private void findFirst() {
    priority = byPriority.firstKey();
    first = byPriority.firstEntry().getValue();
  }

  public boolean isEmpty() {
    return first.isEmpty();
  }

  /** The priority of the task to run next. The queue must not be empty. */
  public int priority() {
    return priority;
  }

  /** The task to run next. The queue must not be empty. */
  public long peek() {
    return first.peek();
  }

  public void poll() {
    first.poll();
    if (first.isEmpty()) {
      byPriority.remove(priority);
      if (!byPriority.isEmpty()) {
        findFirst();
      }
    }
  }

  /** Some entries of the largest priority, at most so many; their task may have moved on. */
  public Longs some(int most) {
    return first.some(most);
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

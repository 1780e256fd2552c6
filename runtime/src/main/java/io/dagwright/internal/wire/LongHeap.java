package io.dagwright.internal.wire;

import java.util.Arrays;

/**
 * A priority queue of longs, smallest first. What is added in ascending order, as tasks mostly are,
 * is kept in a row and costs no search; the rest goes into a heap. Not thread-safe.
 */
public final class LongHeap {

  private long[] row = new long[16];
  private int head;
  private int tail;
  private long[] heap = new long[16];
  private int heaped;

  /** Some of the items, at most so many, in no particular order. */
  public Longs some(int most) {
    Longs result = new Longs(0);
    for (int i = head; i < tail && result.size() < most; i++) {
      result.add(row[i]);
    }
    for (int i = 0; i < heaped && result.size() < most; i++) {
      result.add(heap[i]);
    }
    return result;
  }

  public void add(long item) {
    if (head == tail || item >= row[tail - 1]) {
      append(item);
    } else {
      push(item);
    }
  }

  private void append(long item) {
    if (head == tail) {
      head = 0;
      tail = 0;
    } else if (tail == row.length) {
      long[] target = head > row.length / 2 ? row : new long[row.length * 2];
      System.arraycopy(row, head, target, 0, tail - head);
      row = target;
      tail -= head;
      head = 0;
    }
    row[tail++] = item;
  }

  private void push(long item) {
    if (heaped == heap.length) {
      heap = Arrays.copyOf(heap, heaped * 2);
    }
    int at = heaped++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent] <= item) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = item;
  }

  /** The smallest item. The heap must not be empty. */
  public long peek() {
    return isNextInRow() ? row[head] : heap[0];
  }

  /** Takes the smallest item out. The heap must not be empty. */
  public long poll() {
    return isNextInRow() ? row[head++] : pop();
  }

  private boolean isNextInRow() {
    return heaped == 0 || (head < tail && row[head] <= heap[0]);
  }

  private long pop() {
    long least = heap[0];
    long last = heap[--heaped];
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= heaped) {
        break;
      }
      if (child + 1 < heaped && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return least;
  }

  public boolean contains(long item) {
    return Arrays.stream(row, head, tail).anyMatch(each -> each == item)
        || Arrays.stream(heap, 0, heaped).anyMatch(each -> each == item);
  }

  public int size() {
    return tail - head + heaped;
  }

  public boolean isEmpty() {
    return head == tail && heaped == 0;
  }
}

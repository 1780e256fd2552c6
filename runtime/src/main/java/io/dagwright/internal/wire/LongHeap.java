package io.dagwright.internal.wire;

import java.util.Arrays;

/** A priority queue of longs, smallest first. Not thread-safe. */
public final class LongHeap {

  private long[] items = new long[16];
  private int size;

  public void add(long item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, size * 2);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (items[parent] <= item) {
        break;
      }
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  /** The smallest item. The heap must not be empty. */
  public long peek() {
    return items[0];
  }

  /** Takes the smallest item out. The heap must not be empty. */
  public long poll() {
    long least = items[0];
    long last = items[--size];
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && items[child + 1] < items[child]) {
        child++;
      }
      if (items[child] >= last) {
        break;
      }
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return least;
  }

  public boolean contains(long item) {
    for (int i = 0; i < size; i++) {
      if (items[i] == item) {
        return true;
      }
    }
    return false;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }
}

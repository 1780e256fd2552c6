package io.dagwright.internal.wire;

import java.util.Arrays;

/**
 * A growable column of ints. Whoever fills it hands it over and does not touch it again, so that a
 * column inside a message is a value. Not thread-safe while it grows.
 */
public final class Ints {

  public static final Ints EMPTY = new Ints(0);

  private int[] items;
  private int size;

  public Ints() {
    this(8);
  }

  public Ints(int capacity) {
    items = new int[capacity];
  }

  public static Ints of(int... items) {
    Ints ints = new Ints(items.length);
    for (int item : items) {
      ints.add(item);
    }
    return ints;
  }

  /** The numbers from {@code from}, included, to {@code to}, excluded. */
  public static Ints range(int from, int to) {
    Ints ints = new Ints(to - from);
    for (int i = from; i < to; i++) {
      ints.add(i);
    }
    return ints;
  }

  public void add(int item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, Math.max(8, size * 2));
    }
    items[size++] = item;
  }

  public void addAll(Ints more) {
    if (size + more.size > items.length) {
      items = Arrays.copyOf(items, Math.max(size + more.size, size * 2));
    }
    System.arraycopy(more.items, 0, items, size, more.size);
    size += more.size;
  }

  public int get(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("index " + index + " of " + size);
    }
    return items[index];
  }

  public void set(int index, int item) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("index " + index + " of " + size);
    }
    items[index] = item;
  }

  public int removeLast() {
    return items[--size];
  }

  public void clear() {
    size = 0;
  }

  public void sort() {
    Arrays.sort(items, 0, size);
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  public boolean contains(int item) {
    for (int i = 0; i < size; i++) {
      if (items[i] == item) {
        return true;
      }
    }
    return false;
  }

  /** A new column of the items that differ from one, in order. */
  public Ints without(int item) {
    Ints left = new Ints(size);
    for (int i = 0; i < size; i++) {
      if (items[i] != item) {
        left.add(items[i]);
      }
    }
    return left;
  }

  public int[] toArray() {
    return Arrays.copyOf(items, size);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Ints ints && Arrays.equals(items, 0, size, ints.items, 0, ints.size);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = 0; i < size; i++) {
      hash = 31 * hash + items[i];
    }
    return hash;
  }

  @Override
  public String toString() {
    return Arrays.toString(toArray());
  }
}

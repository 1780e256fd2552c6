package io.dagwright.internal.wire;

import java.util.Arrays;

/**
 * A growable column of longs. Whoever fills it hands it over and does not touch it again, so that a
 * column inside a message is a value. Not thread-safe while it grows.
 */
public final class Longs {

  public static final Longs EMPTY = new Longs(0);

  private long[] items;
  private int size;

  public Longs() {
    this(8);
  }

  public Longs(int capacity) {
    items = new long[capacity];
  }

  public static Longs of(long... items) {
    Longs longs = new Longs(items.length);
    for (long item : items) {
      longs.add(item);
    }
    return longs;
  }

  public void add(long item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, Math.max(8, size * 2));
    }
    items[size++] = item;
  }

  public void addAll(Longs more) {
    if (size + more.size > items.length) {
      items = Arrays.copyOf(items, Math.max(size + more.size, size * 2));
    }
    System.arraycopy(more.items, 0, items, size, more.size);
    size += more.size;
  }

  public long get(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("index " + index + " of " + size);
    }
    return items[index];
  }

  public void set(int index, long item) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("index " + index + " of " + size);
    }
    items[index] = item;
  }

  public long removeLast() {
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

  public boolean contains(long item) {
    for (int i = 0; i < size; i++) {
      if (items[i] == item) {
        return true;
      }
    }
    return false;
  }

  /** A new column of the items that differ from one, in order. */
  public Longs without(long item) {
    Longs left = new Longs(size);
    for (int i = 0; i < size; i++) {
      if (items[i] != item) {
        left.add(items[i]);
      }
    }
    return left;
  }

  public long[] toArray() {
    return Arrays.copyOf(items, size);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Longs longs
        && Arrays.equals(items, 0, size, longs.items, 0, longs.size);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = 0; i < size; i++) {
      hash = 31 * hash + Long.hashCode(items[i]);
    }
    return hash;
  }

  @Override
  public String toString() {
    return Arrays.toString(toArray());
  }
}

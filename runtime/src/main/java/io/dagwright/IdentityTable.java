package io.dagwright;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Numbers of objects, told apart by identity; made for millions of them. Only looked up, never
 * iterated, so that hashes decide nothing. Not thread-safe.
 */
final class IdentityTable {

  static final int ABSENT = -1;

  private @Nullable Object[] keys = new @Nullable Object[64];
  private int[] numbers = new int[64];
  private int size;

  int get(Object key) {
    int slot = slot(keys, key);
    return keys[slot] == null ? ABSENT : numbers[slot];
  }

  void put(Object key, int number) {
    if (2 * size >= keys.length) {
      grow();
    }
    int slot = slot(keys, key);
    if (keys[slot] == null) {
      size++;
    }
    keys[slot] = key;
    numbers[slot] = number;
  }

  private void grow() {
    @Nullable Object[] oldKeys = keys;
    int[] oldNumbers = numbers;
    keys = Arrays.copyOf(new @Nullable Object[0], oldKeys.length * 4);
    numbers = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      Object key = oldKeys[i];
      if (key != null) {
        int slot = slot(keys, key);
        keys[slot] = key;
        numbers[slot] = oldNumbers[i];
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // Identity is the point.
  private static int slot(@Nullable Object[] keys, Object key) {
    int mask = keys.length - 1;
    int hash =
        key instanceof Lazy<?> lazy
            ? lazy.number
            : (System.identityHashCode(key) * 0x9E3779B9) >>> 7;
    int slot = hash & mask;
    while (keys[slot] != null && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

package io.dagwright.internal.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A hash map from long to objects, by open addressing: no boxing, no entry objects, and an
 * iteration order that depends on its history alone, so that a machine that uses it stays
 * deterministic. Not thread-safe.
 */
public final class LongMap<V> {

  private long[] keys = new long[16];
  private @Nullable Object[] values = new @Nullable Object[16];
  private int size;

  /** What {@link #forEach} calls. */
  @FunctionalInterface
  public interface Visitor<V> {
    void visit(long key, V value);
  }

  public @Nullable V get(long key) {
    int at = find(key);
    return cast(values[at]);
  }

  public boolean containsKey(long key) {
    return values[find(key)] != null;
  }

  /** Sets the value of a key and returns the one before, null if there was none. */
  public @Nullable V put(long key, V value) {
    int at = find(key);
    V before = cast(values[at]);
    keys[at] = key;
    values[at] = value;
    if (before == null && ++size * 2 > keys.length) {
      grow();
    }
    return before;
  }

  /** Removes a key and returns the value it had, null if it had none. */
  public @Nullable V remove(long key) {
    int at = find(key);
    V before = cast(values[at]);
    if (before == null) {
      return null;
    }
    size--;
    int mask = keys.length - 1;
    int gap = at;
    for (int next = (gap + 1) & mask; values[next] != null; next = (next + 1) & mask) {
      int home = home(keys[next], mask);
      if (((next - home) & mask) >= ((next - gap) & mask)) {
        keys[gap] = keys[next];
        values[gap] = values[next];
        gap = next;
      }
    }
    values[gap] = null;
    return before;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Visits every entry; the visitor must not change the map. */
  public void forEach(Visitor<? super V> visitor) {
    for (int i = 0; i < keys.length; i++) {
      V value = cast(values[i]);
      if (value != null) {
        visitor.visit(keys[i], value);
      }
    }
  }

  /** The keys in ascending order. */
  public Longs sortedKeys() {
    long[] sorted = new long[size];
    int count = 0;
    for (int i = 0; i < keys.length; i++) {
      if (values[i] != null) {
        sorted[count++] = keys[i];
      }
    }
    Arrays.sort(sorted);
    return Longs.of(sorted);
  }

  private int find(long key) {
    int mask = keys.length - 1;
    int at = home(key, mask);
    while (values[at] != null && keys[at] != key) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new @Nullable Object[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldValues[i] != null) {
        int at = find(oldKeys[i]);
        keys[at] = oldKeys[i];
        values[at] = oldValues[i];
      }
    }
  }

  /** Scatters groups of eight neighbours, which then share a cache line. */
  private static int home(long key, int mask) {
    long mixed = (key >>> 3) * 0x9E3779B97F4A7C15L;
    return ((int) (mixed >>> 32) << 3 | (int) (key & 7)) & mask;
  }

  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // Only values of type V are ever stored.
  private static <V> @Nullable V cast(@Nullable Object value) {
    return (V) value;
  }
}

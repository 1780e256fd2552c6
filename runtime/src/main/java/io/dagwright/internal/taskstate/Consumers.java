package io.dagwright.internal.taskstate;

import io.dagwright.internal.wire.Longs;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Tasks of other graphs, by the row of this graph whose result they need. Most rows have none. */
final class Consumers {

  private final Map<Integer, Longs> byRow = new TreeMap<>();

  boolean has(int row) {
    return !byRow.isEmpty() && byRow.containsKey(row);
  }

  /** The consumers of a row, in the order in which they came. Do not change it. */
  Longs of(int row) {
    return byRow.isEmpty() ? Longs.EMPTY : byRow.getOrDefault(row, Longs.EMPTY);
  }

  /** Rows that have consumers. */
  Set<Integer> rows() {
    return byRow.keySet();
  }

  void add(int row, long consumer) {
    Longs known = byRow.computeIfAbsent(row, key -> new Longs(1));
    if (!known.contains(consumer)) {
      known.add(consumer);
    }
  }

  /** Takes a consumer out; true if it was the row's last. */
  boolean remove(int row, long consumer) {
    Longs known = byRow.get(row);
    if (known == null) {
      return false;
    }
    Longs left = known.without(consumer);
    if (left.isEmpty()) {
      byRow.remove(row);
      return true;
    }
    byRow.put(row, left);
    return false;
  }
}

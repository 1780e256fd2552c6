package io.dagwright.internal.scheduler;

import java.util.LinkedHashMap;
import java.util.Map;

/** Numbers the prefixes of all graphs, so that a graph profits from what its forerunners showed. */
final class Prefixes {

  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  /** The number of a row's prefix, the same in all graphs; from 0 on, without gaps. */
  int number(Slab slab, int row) {
    int prefix = slab.rows.prefix(row);
    while (prefix >= slab.prefixes.size()) {
      String name = slab.rows.prefixName(slab.prefixes.size());
      slab.prefixes.add(numbers.computeIfAbsent(name, key -> numbers.size()));
    }
    return slab.prefixes.get(prefix);
  }
}

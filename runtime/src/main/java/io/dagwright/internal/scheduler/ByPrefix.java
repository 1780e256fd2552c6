package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;
import static io.dagwright.internal.scheduler.SlotState.PROCESSING;

import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Tasks added up by prefix, to find the one that takes most. */
final class ByPrefix {

  /** What the tasks of one prefix come to. */
  static final class Sum {
    final String prefix;
    int tasks;
    double bytes;
    double largestBytes;

    Sum(String prefix) {
      this.prefix = prefix;
    }
  }

  private final Map<String, Sum> sums = new LinkedHashMap<>();
  private int tasks;
  private double bytes;

  /** Results that a worker holds, on its heap or in files. Walks over all rows. */
  static ByPrefix held(Slabs slabs, Replicas replicas, int worker) {
    ByPrefix result = new ByPrefix();
    for (Slab slab : slabs) {
      for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
        if (slab.state(row) == MEMORY
            && !slab.rows.isDropped(row)
            && replicas.isHeldBy(slab, row, worker)) {
          result.add(slab.rows, row, slab.amount(row));
        }
      }
    }
    return result;
  }

  /** Runs that a worker has, with what each is expected to take. Walks over all rows. */
  static ByPrefix running(Slabs slabs, Footprints footprints, int worker) {
    ByPrefix result = new ByPrefix();
    for (Slab slab : slabs) {
      for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
        if (slab.state(row) == PROCESSING
            && !slab.rows.isDropped(row)
            && !slab.isAhead(row)
            && slab.worker(row) == worker) {
          result.add(slab.rows, row, (double) footprints.expectedBytes(slab, row));
        }
      }
    }
    return result;
  }

  /** These tasks, as far as their graphs are live, with what each is expected to take. */
  static ByPrefix of(Longs tasks, Slabs slabs, Footprints footprints) {
    ByPrefix result = new ByPrefix();
    for (int i = 0; i < tasks.size(); i++) {
      Slab slab = slabs.get(Task.graph(tasks.get(i)));
      int row = Task.row(tasks.get(i));
      if (slab != null && row < slab.rows.size() && !slab.rows.isDropped(row)) {
        result.add(slab.rows, row, (double) footprints.expectedBytes(slab, row));
      }
    }
    return result;
  }

  private void add(GraphRows rows, int row, double itsBytes) {
    Sum sum = sums.computeIfAbsent(rows.prefixName(rows.prefix(row)), Sum::new);
    sum.tasks++;
    sum.bytes += itsBytes;
    sum.largestBytes = Math.max(sum.largestBytes, itsBytes);
    tasks++;
    bytes += itsBytes;
  }

  int tasks() {
    return tasks;
  }

  long bytes() {
    return (long) bytes;
  }

  /** The prefix that takes most; of those that take the same, the one with most tasks. */
  Optional<Sum> most() {
    return sums.values().stream()
        .reduce(
            (one, other) ->
                other.bytes > one.bytes || (other.bytes == one.bytes && other.tasks > one.tasks)
                    ? other
                    : one);
  }
}

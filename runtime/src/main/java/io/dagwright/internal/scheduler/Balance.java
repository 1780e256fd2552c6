package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Moves results from workers that hold much to workers that hold little, as Dask's rebalance does:
 * who is above the average by more than half the gap gives, who is below it by more than that
 * takes, and nobody gives so much that it falls below the average. Nothing is dropped before the
 * copy is there.
 */
final class Balance {

  /** One result that is to move. */
  private record Move(long task, Worker from, Worker to) {}

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Copies copies;
  private final CopyRequests requests;
  private final double gap;

  /** How full each worker that stays is going to be, while moves are chosen. */
  private final Map<Integer, Double> fills = new TreeMap<>();

  private double mean;

  /**
   * @param gap as a share of what workers hold on average
   */
  Balance(
      Slabs slabs,
      Workers workers,
      Replicas replicas,
      Copies copies,
      CopyRequests requests,
      double gap) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
    this.copies = copies;
    this.requests = requests;
    this.gap = gap;
  }

  /**
   * Begins all moves there are to make. Cost: a walk over all rows, unless it is said what may
   * move.
   *
   * @param only results that may move; all may if it is empty
   */
  void begin(long request, Longs only, long now) {
    List<Worker> staying = workers.staying();
    int slots = staying.stream().mapToInt(worker -> worker.slots).sum();
    staying.forEach(worker -> fills.put(worker.ordinal, Room.fill(worker)));
    mean = staying.stream().mapToDouble(w -> Room.fill(w) * w.slots).sum() / Math.max(1, slots);
    List<Move> moves = new ArrayList<>();
    Longs tasks = only.isEmpty() ? inMemory() : only;
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < tasks.size(); i++) {
      Move move = seen.add(tasks.get(i)) ? moveOf(tasks.get(i), staying) : null;
      if (move != null) {
        moves.add(move);
      }
    }
    fills.clear();
    requests.open(request, moves.size());
    for (Move move : moves) {
      if (!copies.move(move.task, move.from, move.to, request, now)) {
        requests.close(request, false);
      }
    }
  }

  private Longs inMemory() {
    Longs tasks = new Longs();
    for (Slab slab : slabs) {
      for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
        if (slab.state(row) == MEMORY) {
          tasks.add(Task.of(slab.graph, row));
        }
      }
    }
    return tasks;
  }

  private @Nullable Move moveOf(long task, List<Worker> staying) {
    Ints holders = replicas.holders(task);
    if (holders.isEmpty() || copies.isBeingCopied(task)) {
      return null;
    }
    float bytes = slabs.of(task).amount(Task.row(task));
    Worker from = null;
    Worker to = null;
    for (Worker worker : staying) {
      if (holders.contains(worker.ordinal)) {
        from = from == null || fill(worker) > fill(from) ? worker : from;
      } else {
        to = to == null || fill(worker) < fill(to) ? worker : to;
      }
    }
    if (from == null
        || to == null
        || fill(from) <= mean * (1 + gap / 2)
        || fill(to) >= mean * (1 - gap / 2)
        || fill(from) - bytes / from.slots < mean
        || fill(to) + bytes / to.slots > mean * (1 + gap / 2)) {
      return null;
    }
    fills.merge(from.ordinal, -(double) bytes / from.slots, Double::sum);
    fills.merge(to.ordinal, (double) bytes / to.slots, Double::sum);
    return new Move(task, from, to);
  }

  private double fill(Worker worker) {
    return fills.getOrDefault(worker.ordinal, 0.0);
  }
}

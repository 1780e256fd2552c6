package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.QUEUED;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Looks now and then whether results have the right number of copies, as Dask's active memory
 * manager does. A result that is fetched a lot gets more; copies that nobody asked for and nobody
 * has fetched lately go, once no task that is known needs the result.
 */
final class Review {

  /** Results and consumers looked at in one review; the rest has its turn later. */
  private static final int MOST_RESULTS = 10_000;

  private static final int MOST_CONSUMERS = 64;

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Copies copies;
  private final ReplicaSettings settings;
  private final Protocol protocol;
  private long nextNanos = Long.MIN_VALUE;

  Review(
      Slabs slabs,
      Workers workers,
      Replicas replicas,
      Copies copies,
      ReplicaSettings settings,
      Protocol protocol) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
    this.copies = copies;
    this.settings = settings;
    this.protocol = protocol;
  }

  void tick(long now) {
    if (settings.reviewNanos() == 0 || now < nextNanos) {
      return;
    }
    nextNanos = now + settings.reviewNanos();
    LongMap<Integer> fetches = replicas.takeFetches();
    copyWhatIsHot(fetches);
    dropSurplus(fetches);
  }

  private void copyWhatIsHot(LongMap<Integer> fetches) {
    if (settings.hotFetches() == 0) {
      return;
    }
    long[] fetched = fetches.sortedKeys().toArray();
    for (long task : fetched) {
      Integer count = fetches.get(task);
      int holders = replicas.holders(task).size();
      int most = Math.min(settings.hotCopies(), workers.size());
      if (count != null && count >= settings.hotFetches() * holders && holders < most) {
        copies.ensure(task, Math.min(most, 2 * holders));
      }
    }
  }

  private void dropSurplus(LongMap<Integer> fetches) {
    Longs replicated = replicas.replicatedTasks();
    for (int i = 0; i < Math.min(MOST_RESULTS, replicated.size()); i++) {
      long task = replicated.get(i);
      Slab slab = slabs.of(task);
      int row = Task.row(task);
      if (!fetches.containsKey(task) && !copies.isBeingCopied(task) && !isNeeded(slab, row)) {
        dropSurplus(slab, row, copies.keeps(task));
      }
    }
  }

  private void dropSurplus(Slab slab, int row, int keeps) {
    long task = Task.of(slab.graph, row);
    Ints holders = replicas.holders(task);
    int first = holders.get(0); // Which clients know of.
    List<Worker> staying = new ArrayList<>();
    for (int i = 0; i < holders.size(); i++) {
      Worker worker = workers.get(holders.get(i));
      if (worker != null && !worker.leaving) {
        staying.add(worker); // What leaves takes its copy along anyway.
      }
    }
    int surplus = staying.size() - (protocol.sparesKeptCopies() ? keeps : 1);
    staying.removeIf(worker -> worker.ordinal == first);
    staying.sort(Comparator.comparingDouble(Room::fill).reversed());
    for (int i = 0; i < Math.min(surplus, staying.size()); i++) {
      replicas.dropCopy(slab, row, staying.get(i));
    }
  }

  /** Whether a task of the same graph has the result to fetch, or may have. */
  private boolean isNeeded(Slab slab, int row) {
    int looked = 0;
    long edge = slab.rows.firstEdge(row);
    for (; edge != GraphRows.NO_EDGE; edge = slab.rows.nextEdge(edge)) {
      SlotState state = slab.state(GraphRows.edgeRow(edge));
      if (state == UNKNOWN || state == QUEUED || state == PROCESSING || ++looked > MOST_CONSUMERS) {
        return true;
      }
    }
    return false;
  }
}

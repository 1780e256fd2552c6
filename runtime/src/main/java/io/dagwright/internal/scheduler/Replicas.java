package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;
import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.Task;
import java.util.TreeMap;

/**
 * Who holds which result. The first holder of each is in its graph's slab; the few results that
 * have more than one holder have the others here.
 *
 * <p>Every change of a holder changes that worker's count, bytes and digest with it.
 */
final class Replicas {

  private final Slabs slabs;
  private final Workers workers;
  private final Outbox outbox;
  private final Steps steps;

  /** Holders besides the first, by task; no entry if there are none. */
  private final LongMap<Ints> moreHolders = new LongMap<>();

  /** Rows of one graph that another holder now stands for, by that; told of at once. */
  private final TreeMap<Integer, Ints> moved = new TreeMap<>();

  /** How often workers were told to fetch each result since that was last asked. */
  private LongMap<Integer> fetches = new LongMap<>();

  private final long countedBytes;

  /**
   * @param countedBytes fetches of smaller results are not counted
   */
  Replicas(Slabs slabs, Workers workers, Outbox outbox, long countedBytes, Steps steps) {
    this.countedBytes = countedBytes;
    this.steps = steps;
    this.slabs = slabs;
    this.workers = workers;
    this.outbox = outbox;
  }

  /** Workers that hold a result, the one to be asked first in front. */
  Ints holders(long task) {
    Slab slab = slabs.get(Task.graph(task));
    int row = Task.row(task);
    if (slab == null || slab.state(row) != MEMORY) {
      return Ints.EMPTY;
    }
    Ints result = Ints.of(slab.worker(row));
    Ints more = moreHolders.get(task);
    if (more != null) {
      result.addAll(more);
    }
    return result;
  }

  /** Whether a worker holds the result of a row that is in memory. */
  boolean isHeldBy(Slab slab, int row, int worker) {
    if (slab.worker(row) == worker) {
      return true;
    }
    if (moreHolders.isEmpty()) {
      return false;
    }
    Ints more = moreHolders.get(Task.of(slab.graph, row));
    return more != null && more.contains(worker);
  }

  /**
   * Whom a worker should ask for an input: {@code ~worker} if that is making it, the asker itself
   * if it has or makes it, or if the input's graph has just been removed. Then the worker will miss
   * it, and the graph of the task be told why.
   */
  int holderFor(long input, int asker) {
    Slab slab = slabs.find(input);
    int row = Task.row(input);
    if (slab == null || (slab.state(row) != MEMORY && slab.state(row) != PROCESSING)) {
      return asker;
    }
    if (isHeldBy(slab, row, asker)) {
      return asker;
    }
    if (slab.state(row) == PROCESSING) {
      return ~slab.worker(row);
    }
    if (slab.amount(row) >= countedBytes) {
      Integer before = fetches.get(input);
      fetches.put(input, before == null ? 1 : before + 1);
    }
    return moreHolders.isEmpty() ? slab.worker(row) : oneOf(holders(input), asker);
  }

  /** Askers share holders evenly; those that are about to leave are spared. */
  private int oneOf(Ints holders, int asker) {
    for (int i = 0; i < holders.size(); i++) {
      int holder = holders.get((asker + i) % holders.size());
      Worker worker = workers.get(holder);
      if (worker != null && !worker.leaving) {
        return holder;
      }
    }
    return holders.get(0);
  }

  /** Fetches told of since the last call, by result; only of larger results. */
  LongMap<Integer> takeFetches() {
    LongMap<Integer> taken = fetches;
    fetches = new LongMap<>();
    return taken;
  }

  /** Results with more than one holder, in order. */
  Longs replicatedTasks() {
    return moreHolders.sortedKeys();
  }

  /** One copy less of a result that has others. */
  void dropCopy(Slab slab, int row, Worker holder) {
    remove(slab, row, holder.ordinal);
    holder.free(Task.of(slab.graph, row));
  }

  /** The worker that ran a row is the first to hold its result. */
  void addFirst(Slab slab, int row, Worker worker, long bytes) {
    slab.move(row, MEMORY);
    slab.amount(row, (float) bytes);
    worker.countReplica(Task.of(slab.graph, row), slab.amount(row));
  }

  /** One more worker holds a result that is in memory. */
  void addCopy(Slab slab, int row, Worker worker) {
    long task = Task.of(slab.graph, row);
    Ints more = moreHolders.get(task);
    Ints all = new Ints();
    if (more != null) {
      all.addAll(more);
    }
    all.add(worker.ordinal);
    moreHolders.put(task, all);
    worker.countReplica(task, slab.amount(row));
    steps.note(slab, row, worker.ordinal, Step.COPIED, slab.amount(row));
  }

  /** Takes a holder away; true if it was the last, and the result is gone. */
  boolean remove(Slab slab, int row, int holder) {
    long task = Task.of(slab.graph, row);
    Ints more = moreHolders.get(task);
    if (slab.worker(row) == holder) {
      uncount(holder, task, slab.amount(row));
      if (more == null) {
        steps.note(slab, row, holder, Step.RESULT_LOST, slab.amount(row));
        slab.endRun(row, UNKNOWN);
        return true;
      }
      steps.note(slab, row, holder, Step.COPY_DROPPED, slab.amount(row));
      int next = more.get(0);
      slab.worker(row, next);
      moved.computeIfAbsent(next, key -> new Ints()).add(row);
      keepMore(task, more.without(next));
    } else if (more != null && more.contains(holder)) {
      uncount(holder, task, slab.amount(row));
      keepMore(task, more.without(holder));
      steps.note(slab, row, holder, Step.COPY_DROPPED, slab.amount(row));
    }
    return false;
  }

  private void keepMore(long task, Ints more) {
    if (more.isEmpty()) {
      moreHolders.remove(task);
    } else {
      moreHolders.put(task, more);
    }
  }

  /** Whoever was told where results are, such as a client, has to hear where they are now. */
  void tellMoved(Slab slab) {
    moved.forEach(
        (holder, rows) -> {
          Longs sizes = new Longs(rows.size());
          for (int i = 0; i < rows.size(); i++) {
            sizes.add((long) slab.amount(rows.get(i)));
          }
          outbox.tell(slab.graph, new GraphEvent.ResultsMoved(holder, rows, sizes));
        });
    moved.clear();
  }

  /** Frees a result wherever it is held. */
  void release(Slab slab, int row, SlotState to) {
    long task = Task.of(slab.graph, row);
    free(task, slab.worker(row), slab.amount(row));
    if (!moreHolders.isEmpty()) {
      Ints more = moreHolders.remove(task);
      for (int i = 0; more != null && i < more.size(); i++) {
        free(task, more.get(i), slab.amount(row));
      }
    }
    steps.note(slab, row, Step.RELEASED);
    slab.endRun(row, to);
  }

  /** Results with more than one holder. */
  int replicated() {
    return moreHolders.size();
  }

  private void free(long task, int holder, float bytes) {
    Worker worker = workers.get(holder);
    if (worker != null) {
      worker.uncountReplica(task, bytes);
      worker.free(task);
    }
  }

  private void uncount(int holder, long task, double bytes) {
    Worker worker = workers.get(holder);
    if (worker != null) {
      worker.uncountReplica(task, bytes);
    }
  }
}

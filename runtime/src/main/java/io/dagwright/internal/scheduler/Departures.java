package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import java.util.List;

/**
 * Lets workers leave without a loss: one that wants to go gets no more work, ends what it has, and
 * what only it holds is copied to those that stay.
 */
final class Departures {

  /** Tries to copy a result away from a worker that leaves. */
  private static final int MOST_COPIES = 3;

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Outbox outbox;

  Departures(Slabs slabs, Workers workers, Replicas replicas, Outbox outbox) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
    this.outbox = outbox;
  }

  /** Lets a leaving worker go, unless it still runs or holds what others need. */
  void letGoIfEmpty(Worker worker) {
    if (worker.runs > 0) {
      return;
    }
    if (!workers.staying().isEmpty() && copyAway(worker) > 0) {
      return;
    }
    outbox.add(new SchedulerInstruction.LetWorkerGo(worker.ordinal));
  }

  /** Asks workers that stay to copy what only a leaving one holds; how much is left to copy. */
  private int copyAway(Worker leaving) {
    List<Worker> staying = workers.staying();
    int found = 0;
    for (Slab slab : slabs) {
      for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
        long task = Task.of(slab.graph, row);
        if (slab.state(row) == MEMORY
            && replicas.isHeldBy(slab, row, leaving.ordinal)
            && isOnNoneThatStays(task)
            && mayBeCopied(leaving, task)) {
          staying.get(found++ % staying.size()).copy(task, leaving.ordinal);
        }
      }
    }
    return found;
  }

  private boolean isOnNoneThatStays(long task) {
    Ints holders = replicas.holders(task);
    for (int i = 0; i < holders.size(); i++) {
      Worker holder = workers.get(holders.get(i));
      if (holder != null && !holder.leaving) {
        return false;
      }
    }
    return true;
  }

  /** What cannot be copied must not keep a worker for ever: it is computed again when needed. */
  private static boolean mayBeCopied(Worker leaving, long task) {
    Integer failed = leaving.copiesFailed.get(task);
    return failed == null || failed < MOST_COPIES;
  }

  /** A result could not be copied from its holder. */
  void noteFailedCopy(long task, int holder) {
    Worker leaving = workers.get(holder);
    if (leaving != null && leaving.leaving) {
      Integer before = leaving.copiesFailed.get(task);
      leaving.copiesFailed.put(task, before == null ? 1 : before + 1);
    }
  }
}

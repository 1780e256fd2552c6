package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;

/**
 * Lets workers leave without a loss: one that wants to go gets no more work, ends what it has, and
 * what only it holds is copied to those that stay. If that takes too long it may go all the same,
 * and what goes with it is said.
 */
final class Departures {

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Copies copies;
  private final Outbox outbox;
  private final long patienceNanos;

  /**
   * @param patienceNanos how long a worker waits for copies
   */
  Departures(
      Slabs slabs,
      Workers workers,
      Replicas replicas,
      Copies copies,
      Outbox outbox,
      long patienceNanos) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
    this.copies = copies;
    this.outbox = outbox;
    this.patienceNanos = patienceNanos;
  }

  void begin(Worker worker, long now) {
    if (!worker.leaving) {
      worker.leaving = true;
      worker.leavingSinceNanos = now;
    }
    letGoIfEmpty(worker, now);
  }

  /** Lets all workers go that leave and can. */
  void letGo(long now) {
    workers.stream().filter(worker -> worker.leaving).forEach(worker -> letGoIfEmpty(worker, now));
  }

  /** Lets a leaving worker go, unless it still runs or holds what others need. */
  void letGoIfEmpty(Worker worker, long now) {
    if (worker.runs > 0) {
      return;
    }
    boolean waits = !workers.staying().isEmpty() && now - worker.leavingSinceNanos <= patienceNanos;
    Longs left = new Longs(0);
    double bytes = 0;
    for (Slab slab : slabs) {
      for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
        long task = Task.of(slab.graph, row);
        if (slab.state(row) == MEMORY
            && replicas.isHeldBy(slab, row, worker.ordinal)
            && isOnNoneThatStays(task)) {
          left.add(task);
          bytes += slab.amount(row);
          if (waits) {
            copies.ensure(task, 1);
          }
        }
      }
    }
    if (waits && !left.isEmpty()) {
      return;
    }
    if (!left.isEmpty() && !worker.letGo) {
      outbox.add(new SchedulerInstruction.ReportLeftBehind(worker.ordinal, left, (long) bytes));
    }
    worker.letGo = true;
    outbox.add(new SchedulerInstruction.LetWorkerGo(worker.ordinal));
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
}

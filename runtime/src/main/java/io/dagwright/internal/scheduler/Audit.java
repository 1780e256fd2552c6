package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;
import static io.dagwright.internal.scheduler.SlotState.PROCESSING;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Task;
import java.util.Map;
import java.util.TreeMap;

/** Counts anew what the scheduler counts as it goes, and throws if the two differ. For tests. */
final class Audit {

  /** What one worker has, by the rows. */
  private static final class Count {
    int runs;
    long runSum;
    int replicas;
    long replicaSum;
  }

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Map<Integer, Count> counts = new TreeMap<>();

  Audit(Slabs slabs, Workers workers, Replicas replicas) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
  }

  /** What is kept of tasks, in words; empty if there is nothing. */
  String leftovers(Queues queues, Copies copies) {
    StringBuilder text = new StringBuilder();
    note(text, "queued", queues.size());
    note(text, "queued alone", queues.aloneCount());
    note(text, "stalled", queues.stalledCount());
    note(text, "graphs", slabs.size());
    note(text, "replicated", replicas.replicated());
    copies.leftovers().forEach((what, count) -> note(text, what, count));
    for (Worker worker : workers) {
      String of = " of " + worker.ordinal;
      note(text, "runs" + of, worker.runs + worker.blocked.size() + worker.ahead);
      note(text, "replicas" + of, worker.replicas);
      note(text, "reservation" + of, worker.reservedFor == Worker.NOBODY ? 0 : 1);
      note(text, "resources" + of, worker.free.equals(worker.resources) ? 0 : 1);
    }
    return text.toString();
  }

  private static void note(StringBuilder text, String what, int count) {
    if (count != 0) {
      text.append(what).append(' ').append(count).append("; ");
    }
  }

  /** Cost: a walk over all rows. */
  void verify() {
    workers.forEach(worker -> counts.put(worker.ordinal, new Count()));
    for (Slab slab : slabs) {
      for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
        count(slab, row);
      }
    }
    workers.forEach(this::compare);
  }

  private void count(Slab slab, int row) {
    long task = Task.of(slab.graph, row);
    if (slab.state(row) == PROCESSING) {
      Count of = countOf(slab.worker(row), task, "runs on a worker that is gone");
      of.runs++;
      of.runSum += Task.share(task, slab.run(row));
      Worker on = workers.get(slab.worker(row));
      if (on != null && on.blocked.containsKey(task)) {
        of.runSum += Task.share(task, ~slab.run(row));
      }
    } else if (slab.state(row) == MEMORY) {
      Ints holders = replicas.holders(task);
      for (int i = 0; i < holders.size(); i++) {
        Count of = countOf(holders.get(i), task, "held by a worker that is gone");
        of.replicas++;
        of.replicaSum += Task.share(task, 0);
      }
    }
  }

  private Count countOf(int worker, long task, String otherwise) {
    Count of = counts.get(worker);
    if (of == null) {
      throw new IllegalStateException("task " + Task.show(task) + " " + otherwise);
    }
    return of;
  }

  private void compare(Worker worker) {
    Count of = counts.get(worker.ordinal);
    if (of == null
        || of.runs != worker.runs
        || of.runSum != worker.runSum
        || of.replicas != worker.replicas
        || of.replicaSum != worker.replicaSum) {
      throw new IllegalStateException("worker " + worker + " is miscounted");
    }
    if (worker.runs == 0 && worker.occupancyNanos != 0) {
      throw new IllegalStateException("worker " + worker + " is idle yet occupied");
    }
    if (worker.aheadOfOthers < 0
        || worker.aheadOfOthers > worker.ahead
        || worker.ahead + worker.blocked.size() > worker.runs) {
      throw new IllegalStateException("worker " + worker + " miscounts what it runs");
    }
  }
}

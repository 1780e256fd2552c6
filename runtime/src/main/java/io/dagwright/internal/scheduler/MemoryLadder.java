package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.QUEUED;

import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TaskQueue;
import io.dagwright.internal.wire.Wording;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Breaks memory deadlocks: all workers that may run a task are paused, and none runs anything. By
 * then each has written its results to files and collected its garbage, to no avail.
 *
 * <p>First one task is made to run all the same, alone on its worker: the one that frees most. As
 * long as they stay paused, one follows the other. A task that comes back without an outcome a few
 * times is not what helps: then the one that needs most fails, which lets go of its inputs.
 */
final class MemoryLadder {

  /** Tasks that are compared to find the best one. */
  private static final int CANDIDATES = 256;

  /** So often a task may come back before another has to fail. */
  private static final int MOST_TRIES = 5;

  private static final long NEVER = Long.MIN_VALUE;

  private final Slabs slabs;
  private final Workers workers;
  private final Queues queues;
  private final Runs runs;
  private final Footprints footprints;
  private final Outbox outbox;
  private final long patienceNanos;

  private long sinceNanos = NEVER;

  /** Whether one task has been made to run since all workers paused. */
  private boolean isClimbing;

  private final Map<Long, Integer> tries = new HashMap<>();

  /** A task that could be made to run, and what it would free. */
  private record Choice(Slab slab, int row, Worker worker, long freedBytes) {}

  MemoryLadder(
      Slabs slabs,
      Workers workers,
      Queues queues,
      Runs runs,
      Footprints footprints,
      Outbox outbox,
      long patienceNanos) {
    this.slabs = slabs;
    this.workers = workers;
    this.queues = queues;
    this.runs = runs;
    this.footprints = footprints;
    this.outbox = outbox;
    this.patienceNanos = patienceNanos;
  }

  /** Something ended, or a worker is gone: what came back before says nothing any more. */
  void noteProgress() {
    if (!tries.isEmpty()) {
      tries.clear();
    }
  }

  /** Something has happened: if one task is made to run after the other, the next may be due. */
  void goOn(long nowNanos) {
    if (isClimbing) {
      tick(nowNanos);
    }
  }

  /** Some time has passed. */
  void tick(long nowNanos) {
    if (workers.stream().noneMatch(Worker::isPaused)) {
      sinceNanos = NEVER;
      isClimbing = false;
      tries.clear();
      return;
    }
    Choice choice = choose();
    if (choice == null) {
      sinceNanos = NEVER;
    } else if (sinceNanos == NEVER && !isClimbing) {
      sinceNanos = nowNanos;
    } else if (isClimbing || nowNanos - sinceNanos >= patienceNanos) {
      climb(choice);
    }
  }

  private void climb(Choice choice) {
    long task = Task.of(choice.slab.graph, choice.row);
    Integer before = tries.get(task);
    if (before != null && before >= MOST_TRIES) {
      failLargest(choice);
      return;
    }
    if (!isClimbing) {
      outbox.add(
          new SchedulerInstruction.ReportStall(
              task,
              "All workers that may run them are paused for want of memory, and tasks wait. Task ["
                  + choice.slab.rows.keyName(choice.row)
                  + "], which frees "
                  + Wording.bytes(Math.max(0, choice.freedBytes))
                  + ", now runs alone on ["
                  + choice.worker
                  + "] all the same, and so will others, one by one, until memory is free again."
                  + " Release results, give workers more heap, or look for what fills it besides"
                  + " results."));
    }
    isClimbing = true;
    tries.put(task, before == null ? 1 : before + 1);
    runs.assign(choice.slab, choice.row, choice.worker, SchedulerInstruction.WHATEVER_IT_TAKES);
  }

  private void failLargest(Choice choice) {
    Slab slab = choice.slab;
    int row = choice.row;
    long most = need(slab, row);
    for (TaskQueue queue : List.of(queues.free(), queues.roots())) {
      Longs some = queue.some(CANDIDATES);
      for (int i = 0; i < some.size(); i++) {
        Slab of = slabs.get(Task.graph(some.get(i)));
        int at = Task.row(some.get(i));
        if (of != null && of.state(at) == QUEUED && need(of, at) > most) {
          most = need(of, at);
          slab = of;
          row = at;
        }
      }
    }
    double held = 0;
    for (Worker worker : workers) {
      held += worker.replicaBytes;
    }
    runs.refuse(
        slab,
        row,
        TaskFailure.Kind.MEMORY_DEADLOCK,
        "all workers that may run it are paused for want of memory, and no task could be made to"
            + " run. It needs "
            + Wording.bytes(most)
            + ", the most of those that wait; results of "
            + Wording.bytes((long) held)
            + " are held. It was given up so that others can go on. Release results that are kept,"
            + " make partitions smaller, or give workers more heap.");
    tries.clear();
  }

  private long need(Slab slab, int row) {
    return Footprints.inputBytes(slabs, slab, row) + footprints.expectedBytes(slab, row);
  }

  /** What frees most of the tasks that could run if there were memory; null if there is none. */
  private @Nullable Choice choose() {
    Choice best = better(null, Constraint.NONE, queues.free());
    best = better(best, Constraint.NONE, queues.roots());
    for (Map.Entry<Constraint, TaskQueue> entry : queues.constrained().entrySet()) {
      best = better(best, entry.getKey(), entry.getValue());
    }
    return best;
  }

  private @Nullable Choice better(@Nullable Choice than, Constraint constraint, TaskQueue queue) {
    if (!queues.hasHead(queue, constraint)) {
      return than;
    }
    List<Worker> idle = idle(constraint);
    Choice best = than;
    Longs some = queue.some(CANDIDATES);
    for (int i = 0; i < some.size(); i++) {
      long task = some.get(i);
      Slab slab = slabs.get(Task.graph(task));
      int row = Task.row(task);
      if (slab == null || slab.state(row) != QUEUED || queues.isAlone(task) != constraint.alone()) {
        continue;
      }
      long inputs = Footprints.inputBytes(slabs, slab, row);
      long freed = inputs - footprints.expectedBytes(slab, row);
      Worker worker = best == null || freed > best.freedBytes ? leastBurdened(idle, inputs) : null;
      if (worker != null) {
        best = new Choice(slab, row, worker, freed);
      }
    }
    return best;
  }

  /** Of those whose heap has room for the inputs; null if none has. */
  private static @Nullable Worker leastBurdened(List<Worker> idle, long inputBytes) {
    Worker best = null;
    for (Worker worker : idle) {
      if (worker.memoryBytes >= inputBytes
          && (best == null || worker.replicaBytes < best.replicaBytes)) {
        best = worker;
      }
    }
    return best;
  }

  /**
   * The workers that could run a task with a constraint; none if one that may is not paused, or
   * runs something. Runs that wait for others do not count: those are what is to be made to run.
   */
  private List<Worker> idle(Constraint constraint) {
    List<Worker> idle = new ArrayList<>();
    for (Worker worker : workers) {
      if (worker.leaving
          || !constraint.allows(worker, workers)
          || !worker.offers(constraint.resources())) {
        continue;
      }
      if (!worker.isPaused() || worker.runs > worker.blocked.size()) {
        return List.of();
      }
      if (worker.hasFree(constraint.resources())) {
        idle.add(worker);
      }
    }
    return idle;
  }
}

package io.dagwright.internal.simulation;

import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.WorkerEvent;
import java.util.Set;
import java.util.TreeSet;

/**
 * The heap of one worker and the disk beside it: results, which can go to files as long as the disk
 * is not full, and whatever else fills it. Says how the heap is, and checks that what is begun
 * fits.
 */
final class VirtualHeap {

  private static final double TARGET = 0.4;
  private static final double SPILL = 0.7;
  static final double PAUSE = 0.8;
  static final double RESUME = 0.7;

  private final VirtualCluster cluster;
  private final long bytes;
  private double leaked;
  private long leakedUntil;
  private long diskFullUntil;

  /** Of the present process. */
  private final Set<Long> onDisk = new TreeSet<>();

  private final LongMap<Long> needs = new LongMap<>();
  private long roomBytes = Long.MAX_VALUE;

  VirtualHeap(VirtualCluster cluster) {
    this.cluster = cluster;
    this.bytes = cluster.scenario.memoryBytes;
  }

  /** Another process begins. */
  void reset() {
    onDisk.clear();
    roomBytes = Long.MAX_VALUE;
  }

  void leak(double share, long nanos) {
    if (leakedUntil != Long.MAX_VALUE) {
      cluster.log("LEAKS %s", share);
      leaked = share;
      leakedUntil = nanos == Long.MAX_VALUE ? nanos : cluster.time.now() + nanos;
    }
  }

  void fillDisk(long nanos) {
    diskFullUntil = cluster.time.now() + nanos;
  }

  /** How it is, after some results have gone to files. */
  WorkerEvent.MemoryMeasured measure(Set<Long> store, boolean isToBeEmptied) {
    if (bytes == Long.MAX_VALUE) {
      return new WorkerEvent.MemoryMeasured(bytes, 0, false);
    }
    onDisk.retainAll(store);
    double leak = cluster.time.now() < leakedUntil ? leaked * bytes : 0;
    double budget = Math.max(0.05 * bytes, Math.min(TARGET * bytes, SPILL * bytes - leak));
    boolean isCrowded = managed(store) > budget;
    for (long task : store) {
      if (cluster.time.now() >= diskFullUntil && (isToBeEmptied || managed(store) > budget)) {
        onDisk.add(task);
      }
    }
    long room = (long) Math.max(0, PAUSE * bytes - leak - budget);
    return new WorkerEvent.MemoryMeasured(room, (managed(store) + leak) / bytes, isCrowded);
  }

  private double managed(Set<Long> store) {
    return store.stream().filter(task -> !onDisk.contains(task)).mapToLong(cluster::sizeOf).sum();
  }

  /** The machine hears of this. */
  void note(WorkerEvent event) {
    if (event instanceof WorkerEvent.MemoryMeasured measured) {
      roomBytes = measured.roomBytes();
    } else if (event instanceof WorkerEvent.TasksAssigned assigned) {
      for (int i = 0; i < assigned.tasks().size(); i++) {
        long need = assigned.memory().isEmpty() ? 0 : assigned.memory().get(i);
        needs.put(assigned.tasks().get(i), need);
      }
    }
  }

  /** What the task's latest run was said to take besides its inputs. */
  long need(long task) {
    Long need = needs.get(task);
    return need == null ? 0 : need;
  }

  /** A run is begun beside others, which take so many bytes. */
  void check(long task, boolean isAlone, long bytesOfOthers, MemoryLevel level) {
    boolean isForced = need(task) == SchedulerInstruction.WHATEVER_IT_TAKES;
    if (isAlone) {
      Violation.unless(
          isForced || level != MemoryLevel.PAUSED, "a paused worker begins " + cluster.row(task));
      return;
    }
    Violation.unless(!isForced, cluster.row(task) + " was to be alone");
    Violation.unless(
        bytesOfOthers + takes(task, need(task)) <= roomBytes,
        cluster.row(task) + " begins beside others without memory for it");
  }

  /** Bytes that a run of the task takes, its inputs included. */
  long takes(long task, long need) {
    long bytes = Math.max(0, need);
    Plan.Row row = cluster.row(task);
    for (int raw : row.inputs) {
      bytes += raw < 0 ? 0 : cluster.sizeOf(row.plan.rows.get(raw).origin().task());
    }
    return bytes;
  }
}

package io.dagwright.internal.scheduler;

import static io.dagwright.internal.wire.Wording.bytes;
import static io.dagwright.internal.wire.Wording.count;

import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Says in a sentence or a few why a living worker is paused or slow; for people. Changes nothing.
 */
final class WhyWorker {

  /** Much is written to files or read, if it is this share of the heap within a few seconds. */
  private static final double MUCH = 0.1;

  /** Shorter runs are not called long, however short the others are. */
  private static final double LONG_NANOS = 5e9;

  /** A run is long if it has gone on for so many times what is expected. */
  private static final int LONG_TIMES = 3;

  /** A worker says something four times a second. */
  private static final double SILENCE_NANOS = 2e9;

  private final Slabs slabs;
  private final Replicas replicas;
  private final Durations durations;
  private final Footprints footprints;

  WhyWorker(Slabs slabs, Replicas replicas, Durations durations, Footprints footprints) {
    this.slabs = slabs;
    this.replicas = replicas;
    this.durations = durations;
    this.footprints = footprints;
  }

  String of(Worker worker, Vitals vitals, long nowNanos) {
    String name = "Worker [" + worker + "] ";
    WorkerBytes bytes = vitals.bytes();
    if (worker.memory == MemoryLevel.PAUSED) {
      return name + paused(worker, bytes);
    }
    List<String> found = new ArrayList<>();
    double silentNanos = nowNanos - worker.lastHeardNanos;
    if (silentNanos > SILENCE_NANOS) {
      found.add(
          "has said nothing for "
              + seconds(silentNanos)
              + ": it is stopped, collects garbage, or cannot be reached.");
    }
    if (worker.leaving) {
      found.add("leaves as soon as others have what only it holds; it gets no new work.");
    }
    if (worker.memory == MemoryLevel.SHORT) {
      found.add(shortOfMemory(worker, bytes));
    }
    slow(worker, vitals).ifPresent(found::add);
    return found.isEmpty() ? name + fine(worker, bytes) : name + String.join(" It ", found);
  }

  private String paused(Worker worker, WorkerBytes bytes) {
    String result =
        "is paused for want of memory: of a heap of "
            + bytes(bytes.limit())
            + ", results take "
            + bytes(bytes.managed())
            + " and what else is alive "
            + bytes(bytes.unmanaged())
            + ", and from "
            + bytes(bytes.pauseAt())
            + " on it begins nothing.";
    boolean isResults = bytes.managed() >= bytes.unmanaged();
    ByPrefix held = ByPrefix.held(slabs, replicas, worker.ordinal);
    ByPrefix running = ByPrefix.running(slabs, footprints, worker.ordinal);
    Optional<ByPrefix.Sum> culprit = (isResults || running.tasks() == 0 ? held : running).most();
    result += isResults ? " " + heldMost(held) : " " + runningMost(running);
    return result
        + "It would have passed with a heap of "
        + bytes(MemoryNeed.heap(bytes))
        + " (-Xmx)"
        + MemoryNeed.orSmaller(culprit, (double) bytes.pauseAt() / bytes.alive())
        + ".";
  }

  private String shortOfMemory(Worker worker, WorkerBytes bytes) {
    return "is short of memory: results take "
        + bytes(bytes.managed())
        + " of its heap of "
        + bytes(bytes.limit())
        + ", where they may take "
        + bytes(bytes.budget())
        + ", and "
        + bytes(bytes.spilled())
        + " are in files; tasks without inputs wait. "
        + heldMost(ByPrefix.held(slabs, replicas, worker.ordinal))
        + "All would stay in memory with a heap of "
        + bytes(MemoryNeed.heapForResults(bytes))
        + " (-Xmx).";
  }

  private static String heldMost(ByPrefix held) {
    return held.most()
        .map(
            most ->
                "Of the results it holds, in memory and in files, those of ["
                    + most.prefix
                    + "] take most: "
                    + bytes((long) most.bytes)
                    + " of "
                    + bytes(held.bytes())
                    + ". ")
        .orElse("");
  }

  private static String runningMost(ByPrefix running) {
    return running
        .most()
        .map(
            most ->
                "Most of it is no result: of "
                    + count(running.tasks(), "run")
                    + " there, "
                    + most.tasks
                    + " of ["
                    + most.prefix
                    + "] take most"
                    + (most.bytes == 0
                        ? ", as far as is known. "
                        : ", about " + bytes((long) most.bytes) + ". "))
        .orElse("Nothing runs, so that it is what tasks keep in static fields, or caches. ");
  }

  /** What keeps it from being quick, beginning with the surest. */
  private Optional<String> slow(Worker worker, Vitals vitals) {
    WorkerFigures figures = vitals.figures();
    long moved = vitals.spilledOfLate() + vitals.readOfLate();
    if (vitals.bytes().limit() > 0 && moved > MUCH * vitals.bytes().limit()) {
      return Optional.of(
          "is busy with files: within "
              + seconds((double) vitals.lateNanos())
              + " it wrote "
              + bytes(vitals.spilledOfLate())
              + " of results and read "
              + bytes(vitals.readOfLate())
              + ", which with a heap of "
              + bytes(MemoryNeed.heapForResults(vitals.bytes()))
              + " (-Xmx) would not be necessary.");
    }
    if (figures.waiting() > 0 && figures.handed() < worker.slots) {
      return Optional.of(
          "waits for inputs from other workers: "
              + count(figures.waiting(), "run")
              + " cannot begin, while "
              + figures.handed()
              + " of "
              + count(worker.slots, "slot")
              + " are busy.");
    }
    return longRun(figures);
  }

  private Optional<String> longRun(WorkerFigures figures) {
    long task = figures.longest();
    Slab slab = task == WorkerFigures.NOTHING ? null : slabs.get(Task.graph(task));
    int row = Task.row(task);
    if (slab == null || row >= slab.rows.size() || slab.rows.isDropped(row)) {
      return Optional.empty();
    }
    double expected = durations.knownNanos(slab, row);
    if (figures.longestNanos() < Math.max(LONG_NANOS, LONG_TIMES * expected)) {
      return Optional.empty();
    }
    return Optional.of(
        "has run task ["
            + slab.rows.keyName(row)
            + "] for "
            + seconds((double) figures.longestNanos())
            + (expected == 0
                ? "; no other of ["
                    + slab.rows.prefixName(slab.rows.prefix(row))
                    + "] has ended yet."
                : ", where others of ["
                    + slab.rows.prefixName(slab.rows.prefix(row))
                    + "] take about "
                    + seconds(expected)
                    + "."));
  }

  private static String fine(Worker worker, WorkerBytes bytes) {
    return "is fine: it has "
        + count(worker.runs, "run")
        + " for "
        + count(worker.slots, "slot")
        + ", and of a heap of "
        + bytes(bytes.limit())
        + ", results take "
        + bytes(bytes.managed())
        + " and what else is alive "
        + bytes(bytes.unmanaged())
        + ".";
  }

  private static String seconds(double nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }
}

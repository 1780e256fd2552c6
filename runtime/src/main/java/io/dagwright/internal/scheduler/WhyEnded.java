package io.dagwright.internal.scheduler;

import static io.dagwright.internal.wire.Wording.bytes;
import static io.dagwright.internal.wire.Wording.count;

import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.ProcessEnd;
import io.dagwright.internal.wire.WorkerBytes;
import java.util.Optional;

/** Says in a few sentences why a worker's process ended; for people. Changes nothing. */
final class WhyEnded {

  private final Slabs slabs;
  private final Footprints footprints;

  WhyEnded(Slabs slabs, Footprints footprints) {
    this.slabs = slabs;
    this.footprints = footprints;
  }

  /**
   * What it ran, what it took, and what would have been enough; empty if nothing is known.
   *
   * @param tasks what its slots were running
   * @param vitals what it said of itself while it lived
   */
  String of(Longs tasks, Vitals vitals, ProcessEnd end) {
    ByPrefix running = ByPrefix.of(tasks, slabs, footprints);
    return (ran(running) + took(vitals.peak(), end) + needed(running, vitals.peak(), end)).strip();
  }

  private static String ran(ByPrefix running) {
    return running
        .most()
        .map(
            most ->
                most.tasks == running.tasks()
                    ? "It ran " + count(most.tasks, "task") + " of [" + most.prefix + "]. "
                    : "It ran "
                        + count(running.tasks(), "task")
                        + ", of which "
                        + most.tasks
                        + " of ["
                        + most.prefix
                        + "] take most. ")
        .orElse("");
  }

  private static String took(WorkerBytes peak, ProcessEnd end) {
    String heap =
        peak.limit() == 0
            ? ""
            : "Of its heap of "
                + bytes(peak.limit())
                + " at most "
                + bytes(peak.alive())
                + " were seen alive, "
                + bytes(peak.managed())
                + " of these results. ";
    String process =
        end.peakBytes() == 0
            ? ""
            : "The process took at most "
                + bytes(end.peakBytes())
                + " of "
                + bytes(end.limitBytes())
                + ". ";
    return heap + process;
  }

  private static String needed(ByPrefix running, WorkerBytes peak, ProcessEnd end) {
    Optional<ByPrefix.Sum> culprit = running.most();
    if (end.cause() == ProcessEnd.Cause.LIMIT && end.endedAtBytes() > 0) {
      double share = (double) end.endedAtBytes() / end.peakBytes();
      return "It would have passed with a limit of more than "
          + bytes((long) Math.ceil(end.limitBytes() / share))
          + " (--memory)"
          + MemoryNeed.orSmaller(culprit, share)
          + ", or fewer slots.";
    }
    if (end.cause() == ProcessEnd.Cause.HEAP && peak.limit() > 0) {
      long alive = Math.max(peak.limit(), peak.alive() + running.bytes());
      return "It would have passed with a heap of more than "
          + bytes(MemoryNeed.heap(peak, alive))
          + " (-Xmx)"
          + MemoryNeed.orSmaller(culprit, (double) peak.pauseAt() / alive)
          + ", or fewer slots.";
    }
    return "";
  }
}

package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/** What a worker says to the scheduler, over their link. */
public sealed interface ToScheduler {

  /** Columns as in {@link WorkerInstruction.ReportFinished}. */
  record Finished(
      Longs tasks, Ints runs, Longs sizes, Longs nanos, byte @Nullable [] @Nullable [] inline)
      implements ToScheduler {}

  record Erred(long task, int run, TaskFailure failure) implements ToScheduler {}

  record Missing(long task, int run, Longs missing, Ints holders) implements ToScheduler {}

  record Replicas(Longs tasks) implements ToScheduler {}

  record NoReplicas(Longs tasks, Ints holders) implements ToScheduler {}

  record Blocked(long task, int run, boolean blocked) implements ToScheduler {}

  record Inventory(Longs tasks, Ints runs, Longs held) implements ToScheduler {}

  record Memory(MemoryLevel level) implements ToScheduler {}

  record Returned(Longs tasks, Ints runs) implements ToScheduler {}

  /** Alive, and this is the digest of what I have. Bytes and figures are for people. */
  record Beat(
      Digest runs, Digest replicas, MemoryLevel memory, WorkerBytes bytes, WorkerFigures figures)
      implements ToScheduler {}

  /**
   * What happened to results here; for people.
   *
   * @param steps numbers of {@link Step}s
   * @param bytes of each result
   * @param dropped steps that found no room to be noted until now
   */
  record Noted(Longs tasks, Ints steps, Longs bytes, long dropped) implements ToScheduler {}

  /** I should like to leave. */
  record Leaving() implements ToScheduler {}
}

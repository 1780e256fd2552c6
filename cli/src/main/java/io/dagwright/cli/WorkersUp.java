package io.dagwright.cli;

import io.dagwright.Client;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for workers, so that all of them get their share from the beginning. */
final class WorkersUp {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

  private WorkersUp() {}

  static void await(Client client, int count) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    CountDownLatch never = new CountDownLatch(1);
    while (client.status().workers().size() < count) {
      if (System.nanoTime() > deadline) {
        throw new CommandFailure(
            ExitCode.INTERNAL,
            "The worker JVMs did not join within "
                + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS)
                + " s; -v shows what they say.");
      }
      try {
        if (never.await(50, TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure(ExitCode.FAILED, "Interrupted.", e);
      }
    }
  }
}

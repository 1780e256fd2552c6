package io.dagwright.cli;

import io.dagwright.Client;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for workers, so that all of them get their share from the beginning. */
final class WorkersUp {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

  /** What is said when no worker is left. */
  static final String ALL_GIVEN_UP =
      "All workers ended again and again and are not started any more; the log says how.";

  private WorkersUp() {}

  /**
   * Waits for that many.
   *
   * @param failed fails if they will not come
   */
  static void await(Client client, int count, CompletionStage<Void> failed) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    CompletableFuture<Void> failure = failed.toCompletableFuture();
    while (client.status().workers().size() < count) {
      if (System.nanoTime() > deadline) {
        throw new CommandFailure(
            ExitCode.INTERNAL,
            "The worker JVMs did not join within "
                + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS)
                + " s; -v shows what they say.");
      }
      try {
        failure.get(50, TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        throw new CommandFailure(
            ExitCode.FAILED, String.valueOf((cause == null ? e : cause).getMessage()), e);
      } catch (TimeoutException e) {
        // They may still come.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure(ExitCode.FAILED, "Interrupted.", e);
      }
    }
  }
}

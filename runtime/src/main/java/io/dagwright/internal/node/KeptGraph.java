package io.dagwright.internal.node;

import io.dagwright.graph.GraphId;
import io.dagwright.internal.actor.ClusterRun;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A graph whose results stay on the workers, as the front door sees it. Thread-safe. */
public final class KeptGraph {

  private final ClusterRun run;

  KeptGraph(ClusterRun run) {
    this.run = run;
  }

  /** The graph's name for other graphs. */
  public GraphId id() {
    return run.id();
  }

  /** Waits for one output to be in memory somewhere. */
  public void awaitReady(int row) {
    run.awaitReady(row);
  }

  /** Completes when one output is in memory somewhere. */
  public CompletionStage<@Nullable Void> ready(int row) {
    return run.ready(row).minimalCompletionStage();
  }

  /** Whether one output is in memory somewhere, or failed. */
  public boolean isDone(int row) {
    return run.ready(row).isDone();
  }

  public boolean isCancelled(int row) {
    return run.isCancelled(row);
  }

  /** Fetches one output, waiting for it first. */
  public @Nullable Object gather(int row) {
    return run.gather(row);
  }

  /** Fetches one output without waiting. */
  public CompletableFuture<@Nullable Object> gatherAsync(int row) {
    return run.gatherAsync(row);
  }

  /** Lets go of an output. */
  public void release(int row) {
    run.release(row);
  }

  /** Stops one output, and what only it needs. */
  public void cancel(int row, String reason) {
    run.cancel(row, reason);
  }
}

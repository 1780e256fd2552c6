package io.dagwright;

import io.dagwright.error.SchedulerLostException;
import io.dagwright.internal.node.NodeSystem;
import io.dagwright.protocol.ClusterStatus;
import io.dagwright.spi.ParallelBackend;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls on a cluster. A call that waits for a loop of its own gives its slot to others.
 *
 * <p>Without a client it is the cluster whose task the calling thread runs, or else the client of
 * the innermost {@link Schedulers#use}.
 */
final class ClusterBackend implements ParallelBackend {

  /** How long to wait for a first worker before taking the cluster for empty. As joblib does. */
  private static final long FIRST_WORKER_NANOS = 10_000_000_000L;

  private static final int ASK_AGAIN_MILLIS = 20;

  private final @Nullable GraphRunner chosen;

  ClusterBackend(@Nullable Client client) {
    this.chosen = client;
  }

  @Override
  public String name() {
    return Backends.CLUSTER;
  }

  @Override
  public int slots() {
    if (!(runner() instanceof Client client)) {
      return Runtime.getRuntime().availableProcessors(); // Inside a task, which knows no better.
    }
    long deadline = System.nanoTime() + FIRST_WORKER_NANOS;
    while (true) {
      int slots = client.status().workers().stream().mapToInt(ClusterStatus.Worker::slots).sum();
      if (slots > 0 || System.nanoTime() - deadline > 0) {
        return Math.max(1, slots);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(ASK_AGAIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SchedulerLostException("waiting for the cluster's first worker was interrupted");
      }
    }
  }

  @Override
  public int defaultJobs() {
    return -1;
  }

  @Override
  public boolean nests() {
    return true;
  }

  @Override
  public Pool open(int jobs) {
    return new RunnerPool(runner(), UnaryOperator.identity(), () -> {});
  }

  private GraphRunner runner() {
    if (chosen != null) {
      return chosen;
    }
    if (NodeSystem.schedulerOfTask().isPresent()) {
      return new SchedulerRunner("cluster", NodeSystem.schedulerOfTask().get());
    }
    if (Ambient.scoped() instanceof Client client) {
      return client;
    }
    throw new IllegalStateException(
        "The parallel backend [cluster] was chosen, but no cluster is known here. Say which with"
            + " ParallelConfig.withClient(client), or open a scope with Schedulers.use(client).");
  }
}

package io.dagwright;

import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.NodeSystem;
import io.dagwright.internal.node.Supervision;
import io.dagwright.internal.supervisor.WorkerProcesses;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A cluster embedded in this JVM: its scheduler is here, its workers are threads here, or processes
 * this JVM starts, watches and starts again. Thread-safe; closing it ends all of it.
 *
 * <p>What forked workers print goes to the log, under {@code io.dagwright.worker} and their name.
 * If this JVM was started with {@code -XX:SharedArchiveFile}, so are they.
 */
public final class LocalCluster implements AutoCloseable {

  private final NodeSystem node;
  private final @Nullable WorkerProcesses processes;

  private LocalCluster(NodeSystem node, @Nullable WorkerProcesses processes) {
    this.node = node;
    this.processes = processes;
  }

  /** Starts a cluster whose workers are threads of this JVM. */
  public static LocalCluster threads(int workers, int slotsEach) {
    return start(LocalClusterOptions.DEFAULT.withWorkers(workers, slotsEach));
  }

  /** Starts a cluster whose workers are JVMs of their own, with this JVM's class path. */
  public static LocalCluster processes(int workers, int slotsEach) {
    return start(LocalClusterOptions.DEFAULT.withWorkers(workers, slotsEach).withForked(true));
  }

  /**
   * Starts a cluster.
   *
   * <p>One whose workers are threads is closed to other processes, unless a port is set.
   */
  public static LocalCluster start(LocalClusterOptions options) {
    return options.forked() ? forked(options) : inThisJvm(options);
  }

  private static LocalCluster inThisJvm(LocalClusterOptions options) {
    boolean open = options.settings().containsKey("dagwright.port");
    NodeSystem node =
        NodeSystem.start(
            options.profile(),
            open ? NodeSystem.Reach.CLUSTER : NodeSystem.Reach.LOCAL,
            open ? Set.of("scheduler", "worker") : Set.of(),
            options.settings());
    try {
      if (open) {
        node.join(List.of());
      }
      node.startScheduler();
      for (String name : options.allNames()) {
        node.startWorker(name, options.slots(), options.resources());
      }
      return new LocalCluster(node, null);
    } catch (RuntimeException e) {
      node.terminate();
      throw e;
    }
  }

  private static LocalCluster forked(LocalClusterOptions options) {
    NodeSystem node =
        NodeSystem.start(
            options.profile(), NodeSystem.Reach.CLUSTER, Set.of("scheduler"), options.settings());
    try {
      node.join(List.of());
      node.startScheduler();
      WorkerProcesses processes =
          Supervision.ofScheduler(
              node,
              new WorkerProcesses.Spec(
                  options.profile(),
                  options.allNames(),
                  options.slots(),
                  options.resources(),
                  options.settings(),
                  options.jvmFlags(),
                  List.of()));
      return new LocalCluster(node, processes);
    } catch (RuntimeException e) {
      node.terminate();
      throw e;
    }
  }

  /** A client of this cluster. */
  public Client client() {
    return new Client(ClusterClient.on(node));
  }

  /** {@code host:port} for clients of other processes; {@code local} if there is none. */
  public String address() {
    return node.address();
  }

  /** Process ids of the forked workers that are up, by name. */
  public Map<String, Long> processIds() {
    return processes == null ? Map.of() : processes.pids();
  }

  /**
   * Changes how many forked workers there are. The youngest leave, after they have handed over
   * their results, so that nothing is computed again; or more are started, which join as soon as
   * they are up. Returns when those that were to leave have ended, at most a minute and a half
   * later; an interrupt cuts the waiting short, and sets the thread's flag.
   *
   * @param workers 0 or more; with 0 nobody is there to take results, which are computed again
   * @throws IllegalStateException if the workers are threads of this JVM
   */
  public void scaleTo(int workers) {
    try {
      scaleToAsync(workers).toCompletableFuture().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // Processes that end are no failures.
    }
  }

  /** As {@link #scaleTo}, without waiting: completed when those that were to leave have ended. */
  public CompletionStage<Void> scaleToAsync(int workers) {
    if (workers < 0) {
      throw new IllegalArgumentException("workers must be 0 or more, not " + workers);
    }
    if (processes == null) {
      throw new IllegalStateException(
          "The workers of this cluster are threads of this JVM, and their number is fixed. Start it"
              + " with LocalCluster.processes(...) to change it.");
    }
    return processes.scaleTo(workers).minimalCompletionStage();
  }

  /** Starts one more worker process like the others. */
  void addProcess(String name) {
    if (processes != null) {
      processes.add(name);
    }
  }

  /**
   * Fails, saying why, when a forked worker ends by itself before it has joined while no other has:
   * what they were started with is wrong. Never completes otherwise. Dependents run on a thread of
   * Dagwright's; do not block it.
   */
  public CompletionStage<Void> whenStartFailed() {
    return failedStart().minimalCompletionStage();
  }

  /**
   * Completed when no forked worker is left because the processes of all ended again and again.
   * Dependents run on a thread of Dagwright's; do not block it.
   */
  public CompletionStage<Void> whenAllGivenUp() {
    return processes == null
        ? new CompletableFuture<Void>().minimalCompletionStage()
        : processes.allGivenUp().minimalCompletionStage();
  }

  /** Fails when forked workers cannot be started as they were to be; never completes otherwise. */
  CompletableFuture<Void> failedStart() {
    return processes == null ? new CompletableFuture<>() : processes.failedStart();
  }

  /** Whether its scheduler is gone, for whatever reason. */
  boolean isEnded() {
    return node.isEnded();
  }

  @Override
  public String toString() {
    return "LocalCluster[" + address() + (processes == null ? "" : ", " + processIds()) + "]";
  }

  @Override
  public void close() {
    if (processes != null) {
      node.announceEnd();
      processes.close();
    }
    node.terminate();
  }
}

package io.dagwright;

import io.dagwright.config.Settings;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.internal.node.Supervision;
import io.dagwright.internal.supervisor.WorkerProcesses;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Worker JVMs of a cluster elsewhere that this JVM starts, watches, and starts again when they end.
 * Thread-safe.
 *
 * <p>It tells the scheduler at once how a worker's process ended and what that was running, so that
 * its tasks run elsewhere within a second and only they are suspected. When this JVM ends, however
 * it does, so do the workers. It has no actor system and needs little memory: {@code dagwright
 * worker --processes} runs it in a JVM of 32 MB heap.
 */
public final class WorkerSupervisor implements AutoCloseable {

  private final WorkerProcesses processes;

  private WorkerSupervisor(WorkerProcesses processes) {
    this.processes = processes;
  }

  /**
   * Starts worker processes. Returns as soon as they are started; they join by themselves.
   *
   * @param options as of a node: {@code workers} is how many processes. A name is numbered; if it
   *     is empty, they are called after this process. If a port is set, each gets the next one
   * @param jvmFlags given to each JVM, such as {@code -Xmx2g}; without a size of the heap, {@code
   *     dagwright.worker.memory.limit} decides
   * @param classPath for tasks' classes, in addition to that of this JVM
   * @throws InvalidConfigurationException if a setting cannot be used, or no scheduler is named
   * @throws IllegalArgumentException if there is to be no worker, or a scheduler here
   */
  public static WorkerSupervisor start(
      NodeOptions options, List<String> jvmFlags, List<Path> classPath) {
    if (options.scheduler() || options.workers() == 0) {
      throw new IllegalArgumentException("a supervisor has workers, and nothing else: " + options);
    }
    Settings settings = Settings.load(options.profile(), Settings.overrides(options.settings()));
    List<String> seeds = options.seeds().isEmpty() ? settings.seeds() : options.seeds();
    if (seeds.isEmpty()) {
      throw Node.noSeeds();
    }
    String name =
        options.name().isEmpty()
            ? "worker@" + settings.host() + "/" + ProcessHandle.current().pid()
            : options.name();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < options.workers(); i++) {
      names.add(options.workers() == 1 ? name : name + "-" + i);
    }
    return new WorkerSupervisor(
        Supervision.ofOthers(
            settings,
            new WorkerProcesses.Spec(
                options.profile(),
                names,
                slots(options, settings),
                options.resources(),
                options.settings(),
                jvmFlags,
                classPath),
            seeds));
  }

  private static int slots(NodeOptions options, Settings settings) {
    int said =
        options.slots() > 0 ? options.slots() : settings.atLeast(0, "dagwright.worker.slots");
    int processors = Runtime.getRuntime().availableProcessors();
    return said > 0 ? said : Math.max(1, processors / options.workers());
  }

  /** What each process may take at most, heap and all, in bytes; beyond it, it is ended. */
  public long memoryLimitBytes() {
    return processes.memoryLimitBytes();
  }

  /** Process ids of the workers that are up, by name. */
  public Map<String, Long> processIds() {
    return processes.pids();
  }

  /**
   * Lets all workers leave: results that only they hold move to others first, so that nothing is
   * computed again. Returns when their processes have ended, at most a minute and a half later; an
   * interrupt cuts that short, and sets the thread's flag.
   */
  public void leave() {
    try {
      processes.leave();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  /** Ends all workers at once; what is lost is computed again elsewhere. */
  @Override
  public void close() {
    processes.close();
  }

  /**
   * Completed when no worker is left because the processes of all ended again and again. Dependents
   * run on a thread of Dagwright's; do not block it.
   */
  public CompletionStage<Void> whenAllGivenUp() {
    return processes.allGivenUp().minimalCompletionStage();
  }
}

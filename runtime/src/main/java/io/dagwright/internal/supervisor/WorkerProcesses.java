package io.dagwright.internal.supervisor;

import io.dagwright.error.WorkerStartException;
import io.dagwright.internal.share.ProcessDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Worker JVMs that this JVM starts, watches, and starts again with growing pauses. They end when
 * this JVM does, however it ends. Needs no actor system. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What is scheduled reports for itself.
public final class WorkerProcesses implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcesses.class);

  private static final long MEMORY_CHECK_MILLIS = 200;

  /**
   * What the processes are like.
   *
   * @param profile of settings; if empty, what the settings say
   * @param names of the first processes
   * @param slots tasks each runs at a time; 0 if it decides by itself
   * @param resources what each offers
   * @param settings overrides of each process's configuration, by path
   * @param jvmFlags given to each JVM
   * @param classPath in addition to that of this JVM
   */
  public record Spec(
      String profile,
      List<String> names,
      int slots,
      Map<String, Double> resources,
      Map<String, String> settings,
      List<String> jvmFlags,
      List<Path> classPath) {}

  /**
   * How they become workers.
   *
   * @param main the class that runs in each
   * @param seeds of the cluster they join, each {@code host:port}
   * @param ports settings that are counted up from process to process, unless 0
   */
  public record Entry(String main, List<String> seeds, Map<String, Integer> ports) {}

  final Entry entry;
  final Spec spec;
  final SupervisorSettings settings;
  final ExitReports reports;

  /** Has the slot files. */
  final Path directory;

  private final ProcessDirectory own =
      ProcessDirectory.ofThisProcess(
          Path.of(System.getProperty("java.io.tmpdir")),
          "dagwright-workers-",
          UUID.randomUUID().toString());

  final WorkerJvm jvm = WorkerJvm.likeThisJvm();

  /** Starts what ended, and looks at the memory of what runs. */
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dagwright-processes");
            thread.setDaemon(true);
            return thread;
          });

  private final CompletableFuture<Void> failedStart = new CompletableFuture<>();
  private final CompletableFuture<Void> allGivenUp = new CompletableFuture<>();

  // Guarded by this; children are never called while it is held.
  private final List<Child> children = new ArrayList<>();
  private final Set<Child> leaving = new HashSet<>();
  private int started;
  private boolean closed;

  private WorkerProcesses(
      Spec spec, Entry entry, SupervisorSettings settings, ExitReports reports) {
    this.spec = spec;
    this.entry = entry;
    this.settings = settings;
    this.reports = reports;
    try {
      directory = own.made();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static WorkerProcesses start(
      Spec spec, Entry entry, SupervisorSettings settings, ExitReports reports) {
    WorkerProcesses processes = new WorkerProcesses(spec, entry, settings, reports);
    processes.add(spec.names());
    if (ProcessMemory.isKnown()) {
      processes.timer.scheduleWithFixedDelay(
          processes::checkMemory, MEMORY_CHECK_MILLIS, MEMORY_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      LOG.info(
          "This system does not say what processes take, so that dagwright.worker.memory.terminate"
              + " has no effect");
    }
    return processes;
  }

  /** Starts one more process like the others; without effect once closed. */
  public void add(String name) {
    add(List.of(name));
  }

  private void add(List<String> names) {
    List<Child> added = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      names.forEach(name -> added.add(new Child(this, name, started++)));
      children.addAll(added);
    }
    added.forEach(Child::start);
  }

  /**
   * Lets the youngest leave, or starts more, until there are so many. Those that leave hand over
   * their results first.
   *
   * @return completed when those that were to leave have ended; those that start join later
   */
  public CompletableFuture<Void> scaleTo(int count) {
    List<Child> going = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    synchronized (this) {
      while (children.size() > count) {
        going.add(children.remove(children.size() - 1));
      }
      leaving.addAll(going);
      Set<String> taken = new HashSet<>();
      children.forEach(child -> taken.add(child.name));
      leaving.forEach(child -> taken.add(child.name));
      for (int i = 0; children.size() + missing.size() < count; i++) {
        String name = i < spec.names().size() ? spec.names().get(i) : "worker-" + i;
        if (taken.add(name)) {
          missing.add(name);
        }
      }
    }
    add(missing);
    return CompletableFuture.allOf(
        going.stream()
            .map(child -> child.leave().whenComplete((done, failure) -> forget(child)))
            .toArray(CompletableFuture<?>[]::new));
  }

  private synchronized void forget(Child child) {
    leaving.remove(child);
  }

  /** Lets all leave, and returns when they have ended; an interrupt cuts that short. */
  public void leave() throws InterruptedException {
    try {
      scaleTo(0).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // Ends are not failures.
    }
  }

  /**
   * Fails with {@link WorkerStartException} when a process ends by itself before it is a worker,
   * while there is no other that got as far: what it was started with is wrong. It never completes
   * otherwise.
   */
  public CompletableFuture<Void> failedStart() {
    return failedStart;
  }

  /** Completed when none is left because all were given up, each for its crash loop. */
  public CompletableFuture<Void> allGivenUp() {
    return allGivenUp;
  }

  /** The process ids of the workers that are up, by their names. */
  public Map<String, Long> pids() {
    Map<String, Long> pids = new LinkedHashMap<>();
    for (Child child : children()) {
      child.pid().ifPresent(pid -> pids.put(child.name, pid));
    }
    return pids;
  }

  private synchronized List<Child> children() {
    return List.copyOf(children);
  }

  private void checkMemory() {
    children().forEach(Child::checkMemory);
  }

  /** What a process that starts now may take. */
  public long memoryLimitBytes() {
    int processes;
    synchronized (this) {
      processes = children.size();
    }
    return settings
        .memory()
        .limitBytes(ProcessMemory.ofMachine(), Runtime.getRuntime().maxMemory(), processes);
  }

  void startLater(Child child, long pauseNanos) {
    later(child::start, pauseNanos, TimeUnit.NANOSECONDS);
  }

  void killLater(Process process, long seconds) {
    later(process::destroyForcibly, seconds, TimeUnit.SECONDS);
  }

  private void later(Runnable action, long delay, TimeUnit unit) {
    try {
      timer.schedule(action, delay, unit);
    } catch (RejectedExecutionException e) {
      LOG.debug("This is closed, and so are the processes", e);
    }
  }

  /** A process ended by itself before it was a worker. */
  void startFailed(WorkerStartException failure) {
    if (children().stream().noneMatch(Child::wasUp)) {
      failedStart.completeExceptionally(failure);
    }
  }

  /** A worker is not started again. */
  void giveUp(Child child) {
    boolean last;
    synchronized (this) {
      last = children.remove(child) && children.isEmpty() && !closed;
    }
    if (last) {
      allGivenUp.complete(null);
    }
  }

  /** Ends all at once; what they hold is lost. */
  @Override
  public void close() {
    List<Child> all;
    synchronized (this) {
      closed = true;
      all = new ArrayList<>(children);
      all.addAll(leaving);
    }
    all.forEach(Child::end);
    timer.shutdownNow();
    long deadline = System.nanoTime() + farewell().toNanos();
    all.forEach(child -> child.awaitEnd(deadline));
    reports.close();
    own.close();
  }

  /** How long a process that is told to end at once may take. */
  private Duration farewell() {
    return settings.closeWithin().plusMillis(500);
  }
}

package io.dagwright.internal.local;

import io.dagwright.graph.GraphRun;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.Scheduler;
import io.dagwright.graph.TaskGraph;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

/**
 * Runs graphs on a fixed number of threads that take work from each other.
 *
 * <p>A task that waits for another graph on the same pool works for that graph meanwhile; if there
 * is nothing to do for it, the pool starts a thread in place of the one that waits, up to {@value
 * #MAX_BLOCKED} more. Threads are daemons, start with the first graph, and end when idle for a
 * minute.
 */
public final class ThreadPoolScheduler implements Scheduler {

  private static final int MAX_BLOCKED = 256;
  private static final long IDLE_SECONDS = 60;

  private final ForkJoinPool pool;
  private final Set<PoolThread> threads = ConcurrentHashMap.newKeySet();
  private final Set<PoolRun> runs = ConcurrentHashMap.newKeySet();

  /**
   * Creates a pool.
   *
   * @param threadCount how many tasks run at once, 1 or more
   */
  public ThreadPoolScheduler(int threadCount) {
    if (threadCount < 1) {
      throw new IllegalArgumentException("a pool needs 1 thread or more, not " + threadCount);
    }
    this.pool =
        new ForkJoinPool(
            threadCount,
            owner -> new PoolThread(owner, this),
            null,
            false,
            0,
            threadCount + MAX_BLOCKED,
            threadCount,
            saturated -> true, // Beyond that, threads wait without being replaced.
            IDLE_SECONDS,
            TimeUnit.SECONDS);
  }

  /** The scheduler whose task the calling thread runs. */
  public static Optional<ThreadPoolScheduler> current() {
    return Thread.currentThread() instanceof PoolThread thread
        ? Optional.of(thread.scheduler())
        : Optional.empty();
  }

  /** How many tasks run at once. */
  public int threadCount() {
    return pool.getParallelism();
  }

  @Override
  public GraphRun start(TaskGraph graph, String name, ProgressListener progress) {
    if (pool.isShutdown()) {
      throw new IllegalStateException(
          "Graph [" + name + "] was not started: its thread pool is closed. Use one that is open.");
    }
    PoolRun run = new PoolRun(graph, name, this, progress);
    Sources sources = run.sources();
    if (sources.left() > 0) {
      runs.add(run);
      pool.execute(new RowTask(run, sources));
    }
    return run;
  }

  @Override
  public void close() {
    runs.forEach(run -> run.cancel("its thread pool was closed"));
    pool.shutdown();
  }

  /** The pool's live threads. */
  Set<PoolThread> threads() {
    return threads;
  }

  void ended(PoolRun run) {
    runs.remove(run);
  }
}

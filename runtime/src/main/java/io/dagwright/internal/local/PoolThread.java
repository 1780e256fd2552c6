package io.dagwright.internal.local;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import org.jspecify.annotations.Nullable;

/** A thread of a {@link ThreadPoolScheduler}; knows which graph it works for. */
final class PoolThread extends ForkJoinWorkerThread {

  private final ThreadPoolScheduler scheduler;
  private final TaskContext idle = new TaskContext(ClassLoader.getSystemClassLoader(), null);

  /** The graph whose task runs now. Written by this thread alone. */
  private volatile @Nullable PoolRun running;

  /** Graphs with a task on this thread that waits for another graph. Guarded by this. */
  private final Deque<PoolRun> waiting = new ArrayDeque<>();

  PoolThread(ForkJoinPool pool, ThreadPoolScheduler scheduler) {
    super(pool);
    this.scheduler = scheduler;
    setDaemon(true);
  }

  ThreadPoolScheduler scheduler() {
    return scheduler;
  }

  @Override
  protected void onStart() {
    super.onStart();
    scheduler.threads().add(this);
  }

  @Override
  protected void onTermination(@Nullable Throwable exception) {
    scheduler.threads().remove(this);
    super.onTermination(exception);
  }

  /** Does some work for a graph, in the context of whoever started the graph. */
  void work(PoolRun run, Runnable work) {
    PoolRun outer = running;
    if (outer == null) {
      running = run;
      run.context().enter();
      work.run();
      running = null;
      idle.restore();
      forgetInterruption(run);
      return;
    }
    TaskContext before = TaskContext.current();
    synchronized (this) {
      waiting.push(outer);
    }
    running = run;
    run.context().restore();
    work.run();
    running = outer;
    synchronized (this) {
      waiting.pop();
    }
    before.restore();
    forgetInterruption(run);
    if (outer.isStopped()) {
      interrupt();
    }
  }

  /** Interrupts the thread if it has a task of this graph. */
  synchronized void interruptFor(PoolRun run) {
    if (run.equals(running) || waiting.contains(run)) {
      interrupt();
    }
  }

  /**
   * Clears the flag that stopping this graph may have set. The lock makes sure that who sets it is
   * done: either that thread saw that this one does not work for the graph any more, or it holds
   * the lock.
   */
  private void forgetInterruption(PoolRun run) {
    if (run.isStopped()) {
      synchronized (this) {
        Thread.interrupted();
      }
    }
  }
}

package io.dagwright.internal.local;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Interrupts threads that stay in a task for too long. Its one thread lives until it is closed. */
final class Deadlines implements AutoCloseable {

  private final ScheduledThreadPoolExecutor timer;

  Deadlines() {
    timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "dagwright-deadlines");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * Starts the clock for the calling thread.
   *
   * @param onPassed done when the time is over, before the thread is interrupted
   */
  Deadline start(Duration limit, Runnable onPassed) {
    Deadline deadline = new Deadline(Thread.currentThread(), onPassed);
    deadline.schedule(timer, limit);
    return deadline;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** The end of one run of one task. */
  static final class Deadline {

    private final Thread thread;
    private final Runnable onPassed;
    private @Nullable ScheduledFuture<?> alarm;
    private boolean passed;
    private boolean ended;

    private Deadline(Thread thread, Runnable onPassed) {
      this.thread = thread;
      this.onPassed = onPassed;
    }

    private synchronized void schedule(ScheduledThreadPoolExecutor timer, Duration limit) {
      if (!timer.isShutdown()) {
        alarm = timer.schedule(this::pass, limit.toNanos(), TimeUnit.NANOSECONDS);
      }
    }

    private void pass() {
      synchronized (this) {
        if (ended) {
          return;
        }
        passed = true;
        thread.interrupt();
      }
      onPassed.run();
    }

    /**
     * Stops the clock; called by the thread it was started for. Takes back the interruption if the
     * time was over.
     *
     * @return whether the time was over
     */
    synchronized boolean end() {
      ended = true;
      if (alarm != null) {
        alarm.cancel(false);
      }
      return passed && (Thread.interrupted() || passed);
    }
  }
}

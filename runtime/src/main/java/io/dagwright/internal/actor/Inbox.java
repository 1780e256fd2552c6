package io.dagwright.internal.actor;

import io.dagwright.internal.wire.WorkerEvent;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where other threads leave events for a worker's actor. Thread-safe, but for {@link #poll}.
 *
 * <p>Waking the actor costs more than a short task. Therefore one wake-up stands for all events
 * that gather before the actor has looked, and what can wait is left without one for a moment, as
 * more is expected to come. A guard sees to it that it does not wait for long if nothing does.
 */
final class Inbox {

  /** Starts a guard: runs what it is given once, after some milliseconds. */
  interface Timer {
    void after(Runnable action);
  }

  private static final long NEVER = 0;

  private final Runnable wake;
  private final long patienceNanos;
  private final Timer timer;
  private final Queue<WorkerEvent> events = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicLong quietSince = new AtomicLong(NEVER);
  private final AtomicBoolean guarded = new AtomicBoolean();

  /**
   * @param wake has the actor call {@link #poll} until it is empty
   * @param patienceNanos how long events may gather that can wait; 0 for not at all
   */
  Inbox(Runnable wake, long patienceNanos, Timer timer) {
    this.wake = wake;
    this.patienceNanos = patienceNanos;
    this.timer = timer;
  }

  /** Leaves an event; bounded by the runs handed over and the fetches under way. */
  void post(WorkerEvent event) {
    events.add(event);
    wake();
  }

  /** Leaves an event that can wait a moment, since others are about to follow. */
  void postQuietly(WorkerEvent event) {
    events.add(event);
    long now = Math.max(1, System.nanoTime());
    long since = quietSince.get();
    if (patienceNanos == 0 || (since != NEVER && now - since > patienceNanos)) {
      wake();
    } else if (since == NEVER) {
      quietSince.compareAndSet(NEVER, now);
      guard();
    }
  }

  private void wake() {
    if (awake.compareAndSet(false, true)) {
      wake.run();
    }
  }

  private void guard() {
    if (guarded.compareAndSet(false, true)) {
      timer.after(
          () -> {
            guarded.set(false);
            if (quietSince.get() != NEVER) {
              wake();
            }
          });
    }
  }

  /** The actor is about to look. */
  void open() {
    awake.set(false);
    quietSince.set(NEVER);
  }

  @Nullable WorkerEvent poll() {
    return events.poll();
  }
}

package io.dagwright.internal.executor;

import io.dagwright.graph.Scheduler;
import io.dagwright.internal.executor.SlotListener.End;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots of one worker: threads that run what they are handed, in order.
 *
 * <p>At most {@code slots} runs proceed at a time; a run that waits inside {@link #block} gives its
 * slot back and another thread takes it, up to {@code blockedMax} such runs. A run that finds no
 * room on the heap is tried once more when no other proceeds. Every run handed over is answered
 * once to the listener. Thread-safe. After {@link #close} runs are interrupted, queued ones are
 * cancelled, and threads end as soon as user code lets them.
 */
public final class SlotPool implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SlotPool.class);

  private static final long IDLE_SECONDS = 5;

  private static final ThreadLocal<@Nullable Slot> CURRENT = new ThreadLocal<>();

  /** One thread's present occupation. */
  private final class Slot {
    final Thread thread;
    @Nullable SlotRun current;

    /** Where the slot file says what it runs. */
    int line = -1;

    @Nullable End ending;

    /** When it took what it is running. */
    long beganNanos;

    /** Whether, when it ended its last run, there was enough for all slots to go on with. */
    boolean more;

    Slot(String name) {
      thread = new Thread(() -> loop(this), name);
      thread.setDaemon(true);
    }

    void end(End how) {
      ending = how;
      thread.interrupt();
    }

    boolean runs(long task, int run) {
      SlotRun now = current;
      return now != null && now.task() == task && now.run() == run;
    }

    SlotPool pool() {
      return SlotPool.this;
    }
  }

  private final String name;
  private final int slots;
  private final int blockedMax;
  private final SlotListener listener;
  private final SlotFile slotFile;
  private final Supplier<Scheduler> graphs;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Deque<SlotRun> queue = new ArrayDeque<>();
  private final List<Slot> open = new ArrayList<>();
  private final ScheduledThreadPoolExecutor deadlines;
  private final Condition quiet = lock.newCondition();
  private int proceeding;

  /** Runs that are, or are to be, tried alone: nothing is begun meanwhile. */
  private int alone;

  private int blocked;
  private int idle;
  private int waking;
  private int started;
  private boolean closed;

  public SlotPool(
      String name,
      int slots,
      int blockedMax,
      SlotListener listener,
      SlotFile slotFile,
      Supplier<Scheduler> graphs) {
    this.graphs = graphs;
    this.name = name;
    this.slots = slots;
    this.blockedMax = blockedMax;
    this.listener = listener;
    this.slotFile = slotFile;
    deadlines =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name + "-deadlines");
              thread.setDaemon(true);
              return thread;
            });
    deadlines.setRemoveOnCancelPolicy(true);
    deadlines.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    deadlines.allowCoreThreadTimeOut(true);
  }

  /** A run that is going on. */
  public record Going(long task, long nanos) {}

  /** The run that has gone on for longest; empty if there is none. */
  public Optional<Going> longest() {
    long now = System.nanoTime();
    Going longest = null;
    lock.lock();
    try {
      for (Slot slot : open) {
        SlotRun run = slot.current;
        long nanos = now - slot.beganNanos;
        if (run != null && (longest == null || nanos > longest.nanos)) {
          longest = new Going(run.task(), nanos);
        }
      }
    } finally {
      lock.unlock();
    }
    return Optional.ofNullable(longest);
  }

  /** Hands over runs, to be begun in this order. */
  public void execute(List<SlotRun> runs) {
    lock.lock();
    try {
      queue.addAll(runs);
      int wanted = Math.min(runs.size(), slots - proceeding);
      for (int i = 0; i < wanted; i++) {
        wakeOne();
      }
    } finally {
      lock.unlock();
    }
  }

  private void wakeOne() {
    if (idle > waking) {
      waking++;
      work.signal();
    } else if (open.size() < slots + blocked) {
      Slot slot = new Slot(name + "-slot-" + started++);
      open.add(slot);
      slot.thread.start();
    }
  }

  /** Stops a run: it is not begun any more, or its thread is interrupted. */
  public void interrupt(long task, int run) {
    SlotRun dropped = null;
    lock.lock();
    try {
      Optional<Slot> busy = open.stream().filter(slot -> slot.runs(task, run)).findFirst();
      if (busy.isPresent()) {
        busy.get().end(End.CANCELLED);
      } else {
        for (SlotRun each : queue) {
          if (each.task() == task && each.run() == run) {
            dropped = each;
          }
        }
        if (dropped != null) {
          queue.remove(dropped);
        }
      }
    } finally {
      lock.unlock();
    }
    if (dropped != null) {
      listener.onThrew(dropped, new InterruptedException("cancelled"), End.CANCELLED);
    }
  }

  private void loop(Slot slot) {
    CURRENT.set(slot);
    for (SlotRun run = next(slot); run != null; run = next(slot)) {
      perform(slot, run);
    }
  }

  private @Nullable SlotRun next(Slot slot) {
    lock.lock();
    try {
      while (!closed) {
        if (proceeding < slots && alone == 0 && !queue.isEmpty()) {
          SlotRun run = queue.removeFirst();
          proceeding++;
          slot.current = run;
          slot.ending = null;
          slot.beganNanos = System.nanoTime();
          return run;
        }
        idle++;
        boolean signalled;
        try {
          signalled = work.await(IDLE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          signalled = true; // A late interrupt of a run that has ended: nothing is running now.
        } finally {
          idle--;
          waking = Math.max(0, waking - 1);
        }
        if (!signalled && queue.isEmpty() && open.size() > slots) {
          break;
        }
      }
      open.remove(slot);
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void perform(Slot slot, SlotRun run) {
    ScheduledFuture<?> deadline = deadline(slot, run);
    slot.line = slotFile.begin(run.task(), run.run());
    Object result = null;
    Throwable thrown = null;
    try {
      result = call(slot, run);
    } catch (Throwable t) { // Whatever user code throws is a value; errors included.
      thrown = t;
    }
    long nanos = System.nanoTime() - slot.beganNanos;
    slotFile.end(slot.line);
    if (deadline != null) {
      deadline.cancel(false);
    }
    End ending = finish(slot);
    try {
      if (ending != null) {
        Throwable cause = thrown == null ? new InterruptedException("cancelled") : thrown;
        listener.onThrew(run, cause, ending);
      } else if (thrown != null) {
        listener.onThrew(run, thrown, isOutOfHeap(thrown) ? End.OUT_OF_MEMORY : End.THREW);
      } else {
        listener.onSucceeded(run, result, nanos, slot.more);
      }
    } catch (Throwable t) { // A result that cannot be kept, an exception that cannot be read.
      LOG.error("How a run ended could not be told", t);
      listener.onThrew(
          run,
          new IllegalStateException("How it ended could not be told: " + t.getClass()),
          End.THREW);
    }
  }

  private @Nullable ScheduledFuture<?> deadline(Slot slot, SlotRun run) {
    if (run.timeoutNanos() == 0) {
      return null;
    }
    try {
      return deadlines.schedule(() -> expire(slot, run), run.timeoutNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return null; // This is closed, and the run is interrupted already.
    }
  }

  private @Nullable Object call(Slot slot, SlotRun run) throws Throwable {
    try {
      return run.body().call();
    } catch (OutOfMemoryError e) {
      if (!isOutOfHeap(e) || !isWanted(slot)) {
        throw e;
      }
    }
    // What it had allocated is garbage by now; the memory it lacked others may have held.
    waitUntilAlone();
    try {
      listener.onOutOfMemory(run);
      return run.body().call();
    } finally {
      admitOthers();
    }
  }

  private static boolean isOutOfHeap(Throwable thrown) {
    String message = thrown instanceof OutOfMemoryError ? thrown.getMessage() : null;
    return message != null
        && (message.contains("heap space") || message.contains("GC overhead limit"));
  }

  private boolean isWanted(Slot slot) {
    lock.lock();
    try {
      return slot.ending == null && !closed;
    } finally {
      lock.unlock();
    }
  }

  private void waitUntilAlone() throws InterruptedException {
    lock.lock();
    try {
      alone++;
      proceeding--;
      quiet.signal(); // To whoever waits for the same, perhaps for this run only.
      try {
        while (proceeding > 0) {
          quiet.await();
        }
      } catch (InterruptedException e) {
        alone--;
        work.signalAll();
        throw e;
      } finally {
        proceeding++;
      }
    } finally {
      lock.unlock();
    }
  }

  private void admitOthers() {
    lock.lock();
    try {
      alone--;
      for (int i = Math.min(queue.size(), slots); i > 0 && alone == 0; i--) {
        wakeOne();
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable End finish(Slot slot) {
    lock.lock();
    try {
      slot.current = null;
      slot.more = queue.size() > slots;
      leave();
      Thread.interrupted(); // Meant for the run that has just ended.
      return slot.ending;
    } finally {
      lock.unlock();
    }
  }

  /** A run does not proceed any more. */
  private void leave() {
    proceeding--;
    if (alone > 0 && proceeding == 0) {
      quiet.signal();
    }
  }

  private void expire(Slot slot, SlotRun run) {
    lock.lock();
    try {
      if (run.equals(slot.current) && slot.ending == null) {
        slot.end(End.TIMED_OUT);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the calling thread is running a task of some pool. */
  public static boolean isInTask() {
    return CURRENT.get() != null;
  }

  /** What the pool whose task the calling thread runs was given for it; null outside of tasks. */
  public static @Nullable Supplier<Scheduler> schedulerOfTask() {
    Slot slot = CURRENT.get();
    return slot == null ? null : slot.pool().graphs;
  }

  /** What tasks of the same session made once for this worker; null outside of tasks. */
  public static @Nullable WorkerLocals localsOfTask() {
    Slot slot = CURRENT.get();
    SlotRun run = slot == null ? null : slot.current;
    return run == null ? null : run.locals();
  }

  /**
   * Waits for something other tasks must do, without holding a slot. On a thread that runs no task
   * it simply waits.
   *
   * @throws IllegalStateException if too many runs of this worker wait already
   */
  public static <T> T block(Callable<T> wait) throws Exception {
    Slot slot = CURRENT.get();
    SlotRun run = slot == null ? null : slot.current;
    if (slot == null || run == null) {
      return wait.call();
    }
    SlotPool pool = slot.pool();
    pool.giveSlotBack(run);
    pool.slotFile.end(slot.line); // A run that waits cannot be what kills the process.
    try {
      return wait.call();
    } finally {
      slot.line = pool.slotFile.begin(run.task(), run.run());
      pool.takeSlotAgain(run);
    }
  }

  private void giveSlotBack(SlotRun run) {
    lock.lock();
    try {
      if (blocked >= blockedMax) {
        throw new IllegalStateException(
            blocked
                + " tasks of this worker wait for other tasks already; that is as many as"
                + " dagwright.worker.blocked-max allows. Let tasks return what they started, or"
                + " raise it: each costs a thread.");
      }
      blocked++;
      leave();
      if (!queue.isEmpty()) {
        wakeOne();
      }
    } finally {
      lock.unlock();
    }
    listener.onBlocked(run);
  }

  private void takeSlotAgain(SlotRun run) {
    lock.lock();
    try {
      blocked--;
      proceeding++; // For a moment there may be one more than slots; nobody else is stopped.
    } finally {
      lock.unlock();
    }
    listener.onUnblocked(run);
  }

  @Override
  public void close() {
    List<SlotRun> dropped;
    lock.lock();
    try {
      closed = true;
      dropped = new ArrayList<>(queue);
      queue.clear();
      open.stream().filter(slot -> slot.current != null).forEach(slot -> slot.end(End.CANCELLED));
      work.signalAll();
    } finally {
      lock.unlock();
    }
    deadlines.shutdownNow();
    dropped.forEach(
        run -> listener.onThrew(run, new InterruptedException("cancelled"), End.CANCELLED));
  }
}

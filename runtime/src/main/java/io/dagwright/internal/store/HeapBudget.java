package io.dagwright.internal.store;

import static java.util.Comparator.comparingDouble;

import io.dagwright.error.TaskOutOfMemoryException;
import io.dagwright.internal.wire.Wording;
import io.dagwright.internal.wire.WorkerEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The heap that the results of this JVM's workers may take; what is beyond it goes to files.
 *
 * <p>One thread writes, started when there is first something to write. Those that bring results
 * faster than it writes wait in {@link #awaitRoom}. If it cannot write, results stay where they are
 * and nobody waits; it tries again after a while. Thread-safe.
 */
public final class HeapBudget implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HeapBudget.class);

  /** Small results share files. */
  private static final long FILE_BYTES = 4 << 20;

  /** So much below the budget it stops, not to begin again at once. */
  private static final double LOW = 0.9;

  /** So much above the budget those that bring results begin to wait. */
  private static final double HIGH = 1.25;

  /** As many are chosen at a time; what the choice itself takes must not matter. */
  private static final int CANDIDATES = 8192;

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  /** Having found nothing to write, it looks again after so long, or with so much more held. */
  private static final long AFTER_NOTHING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final double MORE = 1.02;

  private static final long WAIT_MILLIS = 100;

  /** So little below the threshold is no reason to pause. */
  private static final double DOUBT = 0.001;

  /** A heap that is nearly full and was not collected for so long is collected. */
  private static final long UNCOLLECTED_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final MemorySettings settings;
  private final SpillDirectory directory;
  private final long afterFailureNanos;
  private final Set<ResultStore> stores = ConcurrentHashMap.newKeySet();
  private final AtomicLong reserved = new AtomicLong();
  private final AtomicLong spilledTotal = new AtomicLong();
  private final LongAdder spilledResults = new LongAdder();
  private final LongAdder readResults = new LongAdder();
  private final LongAdder readBytes = new LongAdder();
  private final UnmanagedBytes unmanaged = new UnmanagedBytes();
  private volatile long budgetBytes;
  private volatile long unmanagedBytes;
  private volatile long collectedNanos = System.nanoTime();

  /** When a collection was asked for; guarded by the lock. */
  private long askedNanos = System.nanoTime() - UNCOLLECTED_NANOS;

  /** Whether the last collection left only what is alive. */
  private volatile boolean isExact;

  /** Why results could not be written the last time that was tried, as a sentence; or empty. */
  private volatile String filesFailure = "";

  /** Whether those that bring results should wait; so that they need not add it up each time. */
  private volatile boolean isCrowded;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Thread writer;

  /** Removes the files if the process ends before this is closed. */
  private final Thread atExit = new Thread(this::end, "dagwright-spill-end");

  private boolean isHooked;
  private boolean asked;

  /** Everything that can go to files shall go, however much room there is. */
  private boolean emptying;

  /** And then there shall be a collection. */
  private boolean collecting;

  private boolean stuck;
  private boolean closed;

  // For the writer only.

  /** Whether the last write failed. */
  private boolean failing;

  /** Whether that was logged since the last write that did not fail. */
  private boolean isFailureKnown;

  /** When writing failed last, or there was nothing to write; and what was held then. */
  private long uselessNanos;

  private long uselessBytes;
  private boolean useless;

  /** What the writer is to do next. */
  private enum Request {
    REDUCE,
    EMPTY,
    END
  }

  /** A result that might go, and how much sooner than others. */
  private record Candidate(ResultStore store, long task, double rank) {}

  public HeapBudget(MemorySettings settings) {
    this(settings, AFTER_FAILURE);
  }

  /**
   * @param afterFailure when writing is tried again that failed
   */
  HeapBudget(MemorySettings settings, Duration afterFailure) {
    this.settings = settings;
    this.afterFailureNanos = afterFailure.toNanos();
    directory = new SpillDirectory(settings.directory());
    budgetBytes = settings.budgetBytes(0);
  }

  /**
   * A garbage collection has ended.
   *
   * @param isMajor whether it left only what is alive
   * @param leftBytes what it left on the heap
   */
  public void onCollection(boolean isMajor, long leftBytes) {
    collectedNanos = System.nanoTime();
    isExact = isMajor;
    synchronized (unmanaged) {
      unmanaged.add(isMajor, leftBytes, managedBytes());
      unmanagedBytes = unmanaged.get();
      budgetBytes = settings.budgetBytes(unmanagedBytes);
    }
    check();
  }

  /** From now on counts and empties this store. */
  public void open(ResultStore store) {
    stores.add(store);
  }

  /** Forgets a store that is closed. */
  public void close(ResultStore store) {
    stores.remove(store);
  }

  /** Heap that results take, those included that are just being read from files. */
  long managedBytes() {
    long bytes = reserved.get();
    for (ResultStore store : stores) {
      bytes += store.managedBytes();
    }
    return bytes;
  }

  /** What results may take at the moment. */
  public long budgetBytes() {
    return budgetBytes;
  }

  /** The most the heap may grow to; {@code Long.MAX_VALUE} if nobody counts. */
  public long limitBytes() {
    return settings.heapBytes();
  }

  /** What is alive on the heap besides results, as far as collections have shown. */
  public long unmanagedBytes() {
    return unmanagedBytes;
  }

  /** Free where results are written; -1 as long as there are no files. */
  public long freeDiskBytes() {
    return spilledTotal.get() == 0 ? -1 : directory.freeBytes();
  }

  /** What takes the heap; for people. */
  public String describe() {
    return "results take "
        + Wording.bytes(managedBytes())
        + " and what else is alive "
        + Wording.bytes(unmanagedBytes)
        + " of a heap of "
        + Wording.bytes(settings.heapBytes())
        + (filesFailure.isEmpty() ? "" : ". " + filesFailure);
  }

  /** How the heap is for each of this JVM's workers. */
  public WorkerEvent.MemoryMeasured measure() {
    if (settings.heapBytes() == Long.MAX_VALUE) {
      return new WorkerEvent.MemoryMeasured(Long.MAX_VALUE, 0, false);
    }
    long managed = managedBytes();
    return new WorkerEvent.MemoryMeasured(
        settings.roomBytes(unmanagedBytes) / Math.max(1, stores.size()),
        usedShare(managed),
        managed > budgetBytes);
  }

  /**
   * Share of the heap that is alive. What minor collections leave, or nobody has collected at all,
   * may be garbage: before it is said to be so much that workers pause, there is a major one.
   */
  private double usedShare(long managed) {
    Runtime runtime = Runtime.getRuntime();
    double alive = (double) (managed + unmanagedBytes) / settings.heapBytes();
    double taken = (double) (runtime.totalMemory() - runtime.freeMemory()) / settings.heapBytes();
    boolean isIdle = System.nanoTime() - collectedNanos > UNCOLLECTED_NANOS;
    boolean isDoubtful =
        !isExact && (alive >= settings.pause() || (isIdle && taken >= settings.pause()));
    if (isDoubtful) {
      lock.lock();
      try {
        if (mayCollect()) {
          collecting = true;
          ask();
        }
      } finally {
        lock.unlock();
      }
    }
    return isExact ? alive : Math.min(alive, settings.pause() - DOUBT);
  }

  /**
   * A worker is paused and nothing runs, so that no collection will show that there is room again:
   * sees to it that everything that can go to files does, and that there is one. Does not wait.
   */
  public void relieve() {
    lock.lock();
    try {
      emptying = true;
      collecting |= mayCollect();
      ask();
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is long enough since a collection was asked for; from now on it is not. */
  private boolean mayCollect() {
    long now = System.nanoTime();
    boolean isDue = now - askedNanos > UNCOLLECTED_NANOS;
    if (isDue) {
      askedNanos = now;
    }
    return isDue;
  }

  /** Bytes of results written to files since the start. */
  public long spilledTotalBytes() {
    return spilledTotal.get();
  }

  /** Results written to files since the start. */
  public long spilledTotalResults() {
    return spilledResults.sum();
  }

  /** Results read from files since the start, whoever wanted them. */
  public long readTotalResults() {
    return readResults.sum();
  }

  /** Bytes of these, as in {@link #spilledTotalBytes}. */
  public long readTotalBytes() {
    return readBytes.sum();
  }

  /** A result was read from its file. */
  void countRead(long bytes) {
    readResults.increment();
    readBytes.add(bytes);
  }

  /** When so much is alive on the heap, workers pause; {@code Long.MAX_VALUE} if nobody counts. */
  public long pauseBytes() {
    return settings.heapBytes() == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : (long) (settings.heapBytes() * settings.pause());
  }

  /** Sees to it that what is too much is written; does not wait. */
  void check() {
    long managed = managedBytes();
    isCrowded = managed > budgetBytes * HIGH;
    if (managed > budgetBytes) {
      ask();
    }
  }

  private void ask() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      asked = true;
      stuck = false;
      if (writer == null) {
        Thread thread = new Thread(this::write, "dagwright-spill");
        thread.setDaemon(true);
        try {
          if (!isHooked) {
            Runtime.getRuntime().addShutdownHook(atExit);
            isHooked = true;
          }
        } catch (IllegalStateException e) {
          closed = true; // The process is ending; it shall not leave files.
          return;
        }
        thread.start();
        writer = thread;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits while far more is held than should be and something is being done about it. */
  public void awaitRoom() {
    if (!isCrowded) {
      return;
    }
    ask();
    lock.lock();
    try {
      while (!closed && !stuck && managedBytes() > budgetBytes * HIGH) {
        changed.await(WAIT_MILLIS, TimeUnit.MILLISECONDS);
      }
      isCrowded = managedBytes() > budgetBytes * HIGH;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Writes everything that can be written, since heap is needed for something else; waits. */
  public void empty() {
    if (settings.heapBytes() == Long.MAX_VALUE) {
      return;
    }
    lock.lock();
    try {
      emptying = true;
      ask();
      while (emptying && !closed) {
        changed.await(WAIT_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** A task found no room. */
  public TaskOutOfMemoryException outOfMemory(String worker, OutOfMemoryError cause) {
    return new TaskOutOfMemoryException(
        worker, Runtime.getRuntime().maxMemory(), managedBytes(), filesFailure, cause);
  }

  /** Counts bytes that are on the heap for a moment only, once there is room for them. */
  void reserve(long bytes) {
    reserved.addAndGet(bytes);
    check();
    awaitRoom();
  }

  void release(long bytes) {
    reserved.addAndGet(-bytes);
  }

  // ---- the writer's thread ---------------------------------------------------------------------

  private void write() {
    for (Request request = awaitRequest(); request != Request.END; request = awaitRequest()) {
      boolean isEnough = false;
      try {
        isEnough = reduce(request == Request.EMPTY);
      } catch (RuntimeException | Error e) { // Whoever waits must hear of it.
        LOG.warn("Writing results to files failed", e);
      }
      boolean isToCollect;
      lock.lock();
      try {
        stuck = !isEnough;
        emptying &= request != Request.EMPTY;
        isToCollect = collecting;
        collecting = false;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      if (isToCollect) {
        System.gc(); // No task runs that would bring one about.
      }
    }
    directory.close();
  }

  private Request awaitRequest() {
    lock.lock();
    try {
      while (!asked && !closed) {
        changed.awaitUninterruptibly();
      }
      asked = false;
      return closed ? Request.END : emptying ? Request.EMPTY : Request.REDUCE;
    } finally {
      lock.unlock();
    }
  }

  /** Brings the managed bytes below the budget; false if that cannot be done now. */
  private boolean reduce(boolean toNothing) {
    if (useless && isTooEarly(toNothing)) {
      return false;
    }
    useless = false;
    failing = false;
    while (managedBytes() > (toNothing ? 0 : budgetBytes)) {
      long wanted = managedBytes() - (toNothing ? 0 : (long) (budgetBytes * LOW));
      if (failing || spill(wanted) == 0) {
        useless = true;
        uselessNanos = System.nanoTime();
        uselessBytes = managedBytes();
        return false;
      }
    }
    return true;
  }

  private boolean isTooEarly(boolean toNothing) {
    long passed = System.nanoTime() - uselessNanos;
    return failing
        ? passed < afterFailureNanos
        : !toNothing && passed < AFTER_NOTHING_NANOS && managedBytes() < uselessBytes * MORE;
  }

  private long spill(long wanted) {
    long freed = 0;
    Group group = new Group();
    for (Candidate candidate : candidates()) {
      if (freed + group.frees >= wanted) {
        break;
      }
      freed += candidate.store.dropCopies(candidate.task);
      ResultStore.Spillable spillable = candidate.store.prepare(candidate.task);
      if (spillable != null) {
        group.add(candidate.store, spillable);
      }
      if (group.bytes >= FILE_BYTES) {
        freed += group.write();
        signal();
        group = new Group();
      }
      if (failing) {
        return freed;
      }
    }
    return freed + group.write();
  }

  /** Those that rank highest, highest first. */
  private List<Candidate> candidates() {
    PriorityQueue<Candidate> best = new PriorityQueue<>(comparingDouble(Candidate::rank));
    for (ResultStore store : stores) {
      store.forEachIdle(
          (task, rank) -> {
            if (best.size() == CANDIDATES && rank > best.element().rank) {
              best.remove();
            }
            if (best.size() < CANDIDATES) {
              best.add(new Candidate(store, task, rank));
            }
          });
    }
    List<Candidate> sorted = new ArrayList<>(best);
    sorted.sort(comparingDouble(Candidate::rank).reversed());
    return sorted;
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Results that go into one file. */
  private final class Group {
    private final List<ResultStore> from = new ArrayList<>();
    private final List<ResultStore.Spillable> spillables = new ArrayList<>();
    private long bytes;
    private long frees;

    void add(ResultStore store, ResultStore.Spillable spillable) {
      from.add(store);
      spillables.add(spillable);
      bytes += spillable.encoded().sizeBytes();
      frees += spillable.heapBytes();
    }

    long write() {
      if (spillables.isEmpty()) {
        return 0;
      }
      List<SpillRecord> records;
      try {
        records = directory.write(spillables.stream().map(ResultStore.Spillable::encoded).toList());
        isFailureKnown = false;
        filesFailure = "";
      } catch (IOException e) {
        filesFailure =
            "["
                + bytes
                + "] bytes of results cannot be written into ["
                + directory.path()
                + "], where ["
                + directory.freeBytes()
                + "] bytes are free: "
                + e
                + ".";
        if (!isFailureKnown) {
          LOG.warn("{} They stay in memory; writing is tried again in 10 s.", filesFailure);
        }
        isFailureKnown = true;
        failing = true;
        return 0;
      }
      spilledTotal.addAndGet(bytes);
      spilledResults.add(records.size());
      long freed = 0;
      for (int i = 0; i < records.size(); i++) {
        freed += from.get(i).settle(spillables.get(i), records.get(i));
      }
      LOG.debug("Wrote [{}] results of [{}] bytes into a file", records.size(), bytes);
      return freed;
    }
  }

  /** Ends the writer; all files go. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      LOG.debug("The process ends already, and does the same", e);
    }
    end();
  }

  private void end() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    Thread ending = writer;
    if (ending != null && ending != Thread.currentThread()) {
      try {
        ending.join(TimeUnit.SECONDS.toMillis(10));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

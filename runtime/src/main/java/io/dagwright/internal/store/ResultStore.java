package io.dagwright.internal.store;

import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.telemetry.StepBuffer;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The results this worker holds: each as a live object, as encoded bytes, in a file, or several of
 * these. Thread-safe.
 *
 * <p>A live object belongs to the class loader it was stored or decoded with; asked for with
 * another loader it goes through its bytes, since its classes would be different ones. {@link
 * #managedBytes} counts what the caller declared for live objects, and what is encoded at its
 * length, unless it is part of the live object; what is in a file only counts nothing.
 *
 * <p>Results live in maps of neighbouring tasks, split into stripes by hash; encoding, decoding and
 * reading happen outside the locks. A small result costs about 50 bytes besides itself.
 */
public final class ResultStore {

  private static final Logger LOG = LoggerFactory.getLogger(ResultStore.class);
  private static final int STRIPES = 16;

  /** Smaller results would free little more than it takes to know where they are. */
  private static final int SPILL_BYTES_MIN = 256;

  /** Results are looked at together for what they take, unless they are larger. */
  private static final int LARGE_BYTES = 16 << 10;

  private static final int CHECK_EVERY = 64;

  /** As many as are written and read within a beat; more are counted. */
  private static final int STEPS_MAX = 1024;

  private final ValueCodec codec;
  private final HeapBudget budget;
  private final LongConsumer onLost;
  private final StepBuffer steps = new StepBuffer(STEPS_MAX);
  private final Stripe[] stripes = new Stripe[STRIPES];
  private final LongAdder managedBytes = new LongAdder();
  private final LongAdder spilledBytes = new LongAdder();
  private final LongAdder count = new LongAdder();

  /** Puts since the budget was looked at; an error of some does not matter. */
  private int unchecked;

  /** What one result is at one moment. */
  private record Held(
      @Nullable Object value,
      boolean isLive,
      @Nullable Payload encoded,
      @Nullable SpillRecord file,
      @Nullable ClassLoader loader,
      Choice choice) {}

  /** A result about to be written: what it was when it was encoded. */
  record Spillable(long task, @Nullable Object value, Payload encoded, long heapBytes) {}

  /** Who is told of results that might be written, and how much sooner than others. */
  @FunctionalInterface
  interface IdleVisitor {
    void visit(long task, double rank);
  }

  /** A store without bounds. */
  public ResultStore(ValueCodec codec) {
    this(codec, new HeapBudget(MemorySettings.unlimited()), task -> {});
  }

  /**
   * @param budget when results go to files; knows of this store from now on until it is closed
   * @param onLost told of a result whose file turned out to be broken; it is not held any more
   */
  public ResultStore(ValueCodec codec, HeapBudget budget, LongConsumer onLost) {
    this.codec = codec;
    this.budget = budget;
    this.onLost = onLost;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
    budget.open(this);
  }

  /**
   * Holds a live result, instead of what was held for this task.
   *
   * @param sizeBytes what it counts for
   * @param nanos what making it took
   * @param loader the loader its classes come from; null if every loader shares them
   * @param choice how to encode it
   */
  public void put(
      long task,
      @Nullable Object value,
      long sizeBytes,
      long nanos,
      @Nullable ClassLoader loader,
      Choice choice) {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("sizeBytes must be 0 or more, not " + sizeBytes);
    }
    Stripe stripe = stripe(task);
    Object live = value == null ? Stripe.NULL : value;
    count(stripe.put(task, live, null, sizeBytes, nanos, loader, choice));
    tellWaiting(stripe, task);
    checkBudget(sizeBytes);
  }

  private void checkBudget(long sizeBytes) {
    if (sizeBytes >= LARGE_BYTES || ++unchecked >= CHECK_EVERY) {
      unchecked = 0;
      budget.check();
    }
  }

  /** Holds a live result whose classes every loader shares. */
  public void put(long task, @Nullable Object value, long sizeBytes) {
    put(task, value, sizeBytes, 0, null, Choice.DEFAULT);
  }

  /**
   * Holds an encoded result, instead of what was held for this task; it is not written to again.
   */
  public void putEncoded(long task, Payload encoded) {
    Stripe stripe = stripe(task);
    count(stripe.put(task, null, encoded, 0, 0, null, ValueCodec.choiceOf(encoded)));
    tellWaiting(stripe, task);
    checkBudget(encoded.sizeBytes());
  }

  private static void tellWaiting(Stripe stripe, long task) {
    if (stripe.isAwaited) {
      stripe.takeWaiting(task).forEach(outcome -> tell(outcome, true));
    }
  }

  /** Whoever puts a result is not to fail because of somebody who waited for it. */
  private static void tell(Consumer<Boolean> outcome, boolean came) {
    try {
      outcome.accept(came);
    } catch (RuntimeException | Error e) {
      LOG.warn("Somebody who waited for a result could not be told of it", e);
    }
  }

  /**
   * Gives another store of this JVM a result as it is held here: the same object, the same bytes.
   *
   * @return what it counts for there; -1 if it is not held
   */
  public long share(long task, ResultStore with) {
    Held held = stripe(task).get(task);
    if (held == null) {
      return -1;
    }
    if (held.isLive) {
      long size = ValueCodec.estimateSize(held.value);
      with.put(task, held.value, size, 0, held.loader, held.choice);
      return size;
    }
    Payload encoded;
    try {
      encoded = encoded(task);
    } catch (NoSuchElementException e) {
      return -1;
    }
    with.putEncoded(task, encoded);
    return encoded.sizeBytes();
  }

  public boolean contains(long task) {
    return stripe(task).contains(task);
  }

  /**
   * Whether the result is held. If it is not, {@code outcome} is called once: with true when it has
   * come, on the thread that brings it, or with false by {@link #giveUpWaiting} or {@link #close}.
   */
  public boolean await(long task, Consumer<Boolean> outcome) {
    return stripe(task).await(task, outcome);
  }

  /** Tells those that nothing came for since the last call. */
  public void giveUpWaiting() {
    for (Stripe stripe : stripes) {
      stripe.giveUpWaiting().forEach(outcome -> tell(outcome, false));
    }
  }

  /** Nobody is to wait for anything any more; what is held stays, but for what is in files. */
  public void close() {
    for (Stripe stripe : stripes) {
      stripe.close();
    }
    giveUpWaiting(); // Those that have waited long, then all others.
    giveUpWaiting();
    budget.close(this);
    for (Stripe stripe : stripes) {
      stripe.filed().forEach(this::remove);
    }
  }

  /**
   * The live result; decoded and kept if only bytes are held, or a file.
   *
   * @throws NoSuchElementException if nothing is held for the task, or its file is broken
   */
  public @Nullable Object value(long task, ClassLoader loader) {
    Held held = held(task);
    if (held.isLive && (held.loader == null || held.loader == loader)) {
      return held.value;
    }
    SpillRecord file = held.encoded == null && !held.isLive ? held.file : null;
    if (file == null) {
      return decode(task, encoded(task), null, held.isLive, loader);
    }
    long reserved = file.layout().sizeBytes() + file.layout().headBytes();
    budget.reserve(reserved);
    try {
      return decode(task, read(task, file), file, false, loader);
    } finally {
      budget.release(reserved);
    }
  }

  private @Nullable Object decode(
      long task,
      Payload encoded,
      @Nullable SpillRecord file,
      boolean isLiveElsewhere,
      ClassLoader loader) {
    Object value = codec.read(encoded, loader);
    if (isLiveElsewhere) {
      return value; // The one that is kept belongs to another loader.
    }
    long size = ValueCodec.estimateSize(value);
    Object kept =
        stripe(task)
            .keepLive(
                task,
                encoded,
                file,
                value == null ? Stripe.NULL : value,
                size,
                loader,
                managedBytes);
    checkBudget(size);
    return kept;
  }

  private Payload read(long task, SpillRecord file) {
    try {
      Payload payload = file.file().read(file);
      budget.countRead(payload.sizeBytes());
      steps.add(task, Step.READ_BACK, payload.sizeBytes());
      return payload;
    } catch (IOException e) {
      Change change = stripe(task).removeIfIn(task, file);
      if (change.results != 0) { // Not removed by others meanwhile, and its file with it.
        count(change);
        LOG.warn("A result cannot be read from its file and is lost here: {}", e.toString());
        onLost.accept(task);
        throw nothing(task);
      }
      return encoded(task); // Or nothing is held any more.
    }
  }

  /**
   * The encoded result; encoded and kept if only the object is held, read and not kept if it is in
   * a file. Its arrays may be those of the object.
   *
   * @throws NoSuchElementException if nothing is held for the task, or its file is broken
   * @throws io.dagwright.error.NotSerializableTaskException if it cannot be encoded
   */
  public Payload encoded(long task) {
    Held held = held(task);
    if (held.encoded != null) {
      return held.encoded;
    }
    if (held.file != null) {
      return read(task, held.file);
    }
    Payload encoded = codec.encode(held.value, held.choice);
    Payload kept = stripe(task).keepEncoded(task, held.value, encoded, managedBytes);
    checkBudget(encoded.head().length);
    return kept;
  }

  private Held held(long task) {
    Held held = stripe(task).use(task);
    if (held == null) {
      throw nothing(task);
    }
    return held;
  }

  private static NoSuchElementException nothing(long task) {
    return new NoSuchElementException("no result is held for task [" + task + "]");
  }

  /** Forgets these results; those that are not held do not matter. */
  public void remove(long... tasks) {
    for (long task : tasks) {
      Change change = stripe(task).remove(task);
      count(change);
    }
  }

  // ---- for the budget ---------------------------------------------------------------------------

  /**
   * Visits results that take heap. Those rank high that were not used for long, and were quick to
   * make for their bytes.
   */
  void forEachIdle(IdleVisitor visitor) {
    int now = Stripe.nowMillis();
    for (Stripe stripe : stripes) {
      stripe.forEachIdle(now, visitor);
    }
  }

  /**
   * Drops what is also held otherwise: bytes of a live object, the object and bytes of what is in a
   * file.
   *
   * @return how many bytes that frees
   */
  long dropCopies(long task) {
    long freed = stripe(task).dropCopies(task);
    managedBytes.add(-freed);
    return freed;
  }

  /** Encodes a result that is to be written; null if there is nothing to write. */
  @Nullable Spillable prepare(long task) {
    Held held = stripe(task).get(task);
    if (held == null || held.file != null) {
      return null;
    }
    Payload encoded = held.encoded;
    if (encoded != null) {
      return held.isLive
          ? new Spillable(task, held.value, encoded, ValueCodec.estimateSize(held.value))
          : new Spillable(task, encoded, encoded, encoded.sizeBytes());
    }
    try {
      encoded = codec.encode(held.value, held.choice);
    } catch (RuntimeException | StackOverflowError e) { // Whoever fetches it is told.
      stripe(task).keepOnHeap(task);
      LOG.debug("A result stays in memory, since it cannot be encoded", e);
      return null;
    }
    return new Spillable(task, held.value, encoded, ValueCodec.estimateSize(held.value));
  }

  /**
   * A result has been written.
   *
   * @return how many bytes of heap that frees
   */
  long settle(Spillable written, SpillRecord record) {
    long freed = stripe(written.task).settle(written, record);
    if (freed < 0) { // Removed or replaced while it was being written.
      record.release();
      return 0;
    }
    managedBytes.add(-freed);
    spilledBytes.add(record.layout().sizeBytes());
    steps.add(written.task, Step.SPILLED, record.layout().sizeBytes());
    return freed;
  }

  private void count(Change change) {
    managedBytes.add(change.bytes);
    count.add(change.results);
    SpillRecord file = change.file;
    if (file != null) {
      spilledBytes.add(-file.layout().sizeBytes());
      file.release();
    }
  }

  /** What was written to files and read since the last call. */
  public StepBuffer.Batch takeSteps() {
    return steps.take();
  }

  /** Encoded bytes of results that are in files. */
  public long spilledBytes() {
    return spilledBytes.sum();
  }

  /** Number of results held. */
  public long count() {
    return count.sum();
  }

  /** Bytes of all results held; exact when no operation is under way. */
  public long managedBytes() {
    return managedBytes.sum();
  }

  private Stripe stripe(long task) {
    return stripes[(int) (((task >>> 5) * 0x9E3779B97F4A7C15L) >>> 60)];
  }

  /** What changed in sum, and the file that is needed no longer. */
  private record Change(long bytes, int results, @Nullable SpillRecord file) {
    static final Change NONE = new Change(0, 0, null);
  }

  /** A result, guarded by its stripe; one of value, encoding and file is always there. */
  private static final class Entry {
    @Nullable Object value;
    @Nullable Payload encoded;
    @Nullable SpillRecord file;
    @Nullable ClassLoader loader;
    Choice choice = Choice.DEFAULT;
    long size;
    float nanos;
    int usedMillis;
    boolean staysOnHeap;

    long bytes() {
      if (encoded == null) {
        return size;
      }
      // The arrays beside the head are those of the object, if that is here.
      return value == null ? encoded.sizeBytes() : size + encoded.head().length;
    }
  }

  private static final class Stripe {

    static final Object NULL = new Object();

    private final LongMap<Entry> entries = new LongMap<>();

    /** Who waits for what is not here yet; and since before the last time some were given up. */
    private LongMap<List<Consumer<Boolean>>> waiting = new LongMap<>();

    private LongMap<List<Consumer<Boolean>>> waitingLong = new LongMap<>();

    /** Whether anybody waits. Who puts a result sees everybody who did not find it. */
    private volatile boolean isAwaited;

    private boolean closed;

    synchronized void close() {
      closed = true;
    }

    boolean await(long task, Consumer<Boolean> outcome) {
      synchronized (this) {
        if (entries.containsKey(task)) {
          return true;
        }
        if (!closed) {
          addWaiting(task, outcome);
          return false;
        }
      }
      outcome.accept(false);
      return false;
    }

    private void addWaiting(long task, Consumer<Boolean> outcome) {
      isAwaited = true;
      List<Consumer<Boolean>> others = waiting.get(task);
      if (others == null) {
        others = new ArrayList<>(1);
        waiting.put(task, others);
      }
      others.add(outcome);
    }

    synchronized List<Consumer<Boolean>> takeWaiting(long task) {
      List<Consumer<Boolean>> taken = new ArrayList<>();
      for (LongMap<List<Consumer<Boolean>>> of : List.of(waiting, waitingLong)) {
        List<Consumer<Boolean>> some = of.remove(task);
        taken.addAll(some == null ? List.of() : some);
      }
      isAwaited = !waiting.isEmpty() || !waitingLong.isEmpty();
      return taken;
    }

    synchronized List<Consumer<Boolean>> giveUpWaiting() {
      List<Consumer<Boolean>> givenUp = new ArrayList<>();
      waitingLong.forEach((task, outcomes) -> givenUp.addAll(outcomes));
      waitingLong = waiting;
      waiting = new LongMap<>();
      isAwaited = !waitingLong.isEmpty();
      return givenUp;
    }

    synchronized boolean contains(long task) {
      return entries.containsKey(task);
    }

    synchronized @Nullable Held get(long task) {
      Entry entry = entries.get(task);
      return entry == null
          ? null
          : new Held(
              entry.value == NULL ? null : entry.value,
              entry.value != null,
              entry.encoded,
              entry.file,
              entry.loader,
              entry.choice);
    }

    synchronized @Nullable Held use(long task) {
      Entry entry = entries.get(task);
      if (entry != null) {
        entry.usedMillis = nowMillis();
      }
      return get(task);
    }

    /** Counts from somewhere, and turns over every 50 days. */
    static int nowMillis() {
      return (int) (System.nanoTime() / 1_000_000);
    }

    synchronized List<Long> filed() {
      List<Long> tasks = new ArrayList<>();
      entries.forEach(
          (task, entry) -> {
            if (entry.file != null) {
              tasks.add(task);
            }
          });
      return tasks;
    }

    synchronized void forEachIdle(int now, IdleVisitor visitor) {
      entries.forEach(
          (task, entry) -> {
            long bytes = entry.bytes();
            if (bytes >= SPILL_BYTES_MIN && !entry.staysOnHeap) {
              double idle = Math.max(0, now - entry.usedMillis) + 1.0;
              visitor.visit(task, idle / (1 + entry.nanos / bytes));
            }
          });
    }

    synchronized long dropCopies(long task) {
      Entry entry = entries.get(task);
      if (entry == null) {
        return 0;
      }
      long before = entry.bytes();
      if (entry.file != null) {
        entry.value = null;
        entry.size = 0;
        entry.loader = null;
        entry.encoded = null;
      } else if (entry.value != null) {
        entry.encoded = null;
      }
      return before - entry.bytes();
    }

    synchronized void keepOnHeap(long task) {
      Entry entry = entries.get(task);
      if (entry != null) {
        entry.staysOnHeap = true;
      }
    }

    /** Returns the bytes that are freed; -1 if it is not what was written any more. */
    synchronized long settle(Spillable written, SpillRecord record) {
      Entry entry = entries.get(written.task);
      Object is = written.value == null ? NULL : written.value;
      if (closed
          || entry == null
          || entry.file != null
          || (entry.value != is && entry.encoded != is)) {
        return -1;
      }
      entry.file = record;
      return dropCopies(written.task);
    }

    synchronized Change removeIfIn(long task, SpillRecord file) {
      Entry entry = entries.get(task);
      return entry != null && entry.file == file ? remove(task) : Change.NONE;
    }

    synchronized Change put(
        long task,
        @Nullable Object value,
        @Nullable Payload encoded,
        long size,
        long nanos,
        @Nullable ClassLoader loader,
        Choice choice) {
      Entry entry = entries.get(task);
      boolean isNew = entry == null;
      if (entry == null) {
        entry = new Entry();
        entries.put(task, entry);
      }
      long before = entry.bytes();
      SpillRecord file = entry.file;
      entry.value = value;
      entry.encoded = encoded;
      entry.file = null;
      entry.size = size;
      entry.nanos = nanos;
      entry.usedMillis = nowMillis();
      entry.loader = loader;
      entry.choice = choice;
      entry.staysOnHeap = false;
      return new Change(entry.bytes() - before, isNew ? 1 : 0, file);
    }

    /** Keeps a decoded value unless somebody was faster; returns the one that is kept. */
    synchronized @Nullable Object keepLive(
        long task,
        Payload encoded,
        @Nullable SpillRecord file,
        Object value,
        long size,
        ClassLoader loader,
        LongAdder managedBytes) {
      Entry entry = entries.get(task);
      if (entry != null && (file == null ? entry.encoded == encoded : entry.file == file)) {
        if (entry.value == null) {
          long before = entry.bytes();
          entry.value = value;
          entry.size = size;
          entry.loader = loader;
          managedBytes.add(entry.bytes() - before);
        } else if (entry.loader == loader) {
          return entry.value == NULL ? null : entry.value;
        }
      }
      return value == NULL ? null : value;
    }

    /** Keeps encoded bytes unless somebody was faster; returns the ones that are kept. */
    synchronized Payload keepEncoded(
        long task, @Nullable Object value, Payload encoded, LongAdder managedBytes) {
      Entry entry = entries.get(task);
      if (entry != null && entry.value == (value == null ? NULL : value)) {
        Payload kept = entry.encoded;
        if (kept != null) {
          return kept;
        }
        entry.encoded = encoded;
        managedBytes.add(encoded.head().length);
      }
      return encoded;
    }

    synchronized Change remove(long task) {
      Entry entry = entries.remove(task);
      return entry == null ? Change.NONE : new Change(-entry.bytes(), -1, entry.file);
    }
  }
}

package io.dagwright.internal.store;

import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.wire.LongMap;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The results this worker holds: each as a live object, as encoded bytes, or both. Thread-safe.
 *
 * <p>A live object belongs to the class loader it was stored or decoded with; asked for with
 * another loader it goes through its bytes, since its classes would be different ones. {@link
 * #managedBytes} counts what the caller declared for live objects, and every encoded array at its
 * length.
 *
 * <p>Results live in maps of neighbouring tasks, split into stripes by hash; encoding and decoding
 * happen outside the locks. A small result costs about 40 bytes besides itself.
 */
public final class ResultStore {

  private static final int STRIPES = 16;

  private final ValueCodec codec;
  private final Stripe[] stripes = new Stripe[STRIPES];
  private final LongAdder managedBytes = new LongAdder();
  private final LongAdder count = new LongAdder();

  /** What one result is at one moment. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Held(
      @Nullable Object value,
      boolean isLive,
      byte @Nullable [] encoded,
      @Nullable ClassLoader loader,
      Choice choice) {}

  public ResultStore(ValueCodec codec) {
    this.codec = codec;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /**
   * Holds a live result, instead of what was held for this task.
   *
   * @param sizeBytes what it counts for
   * @param loader the loader its classes come from; null if every loader shares them
   * @param choice how to encode it
   */
  public void put(
      long task,
      @Nullable Object value,
      long sizeBytes,
      @Nullable ClassLoader loader,
      Choice choice) {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("sizeBytes must be 0 or more, not " + sizeBytes);
    }
    Stripe stripe = stripe(task);
    Object live = value == null ? Stripe.NULL : value;
    count(stripe.put(task, live, null, sizeBytes, loader, choice));
    tellWaiting(stripe, task);
  }

  /** Holds a live result whose classes every loader shares. */
  public void put(long task, @Nullable Object value, long sizeBytes) {
    put(task, value, sizeBytes, null, Choice.DEFAULT);
  }

  /**
   * Holds an encoded result, instead of what was held for this task; it is not written to again.
   */
  public void putBytes(long task, byte[] encoded) {
    Stripe stripe = stripe(task);
    count(stripe.put(task, null, encoded, 0, null, ValueCodec.choiceOf(encoded)));
    tellWaiting(stripe, task);
  }

  private static void tellWaiting(Stripe stripe, long task) {
    if (stripe.isAwaited) {
      stripe.takeWaiting(task).forEach(outcome -> outcome.accept(true));
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
      with.put(task, held.value, size, held.loader, held.choice);
      return size;
    }
    byte[] encoded = Objects.requireNonNull(held.encoded);
    with.putBytes(task, encoded);
    return encoded.length;
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
      stripe.giveUpWaiting().forEach(outcome -> outcome.accept(false));
    }
  }

  /** Nobody is to wait for anything any more; what is held stays. */
  public void close() {
    for (Stripe stripe : stripes) {
      stripe.close();
    }
    giveUpWaiting(); // Those that have waited long, then all others.
    giveUpWaiting();
  }

  /**
   * The live result; decoded and kept if only bytes are held.
   *
   * @throws NoSuchElementException if nothing is held for the task
   */
  public @Nullable Object value(long task, ClassLoader loader) {
    Held held = held(task);
    if (held.isLive && (held.loader == null || held.loader == loader)) {
      return held.value;
    }
    byte[] encoded = bytes(task);
    Object value = codec.read(encoded, loader);
    if (held.isLive) {
      return value; // The one that is kept belongs to another loader.
    }
    Stripe stripe = stripe(task);
    return stripe.keepLive(
        task,
        encoded,
        value == null ? Stripe.NULL : value,
        ValueCodec.estimateSize(value),
        loader,
        managedBytes);
  }

  /**
   * The encoded result; encoded and kept if only the object is held. Do not write to the array.
   *
   * @throws NoSuchElementException if nothing is held for the task
   * @throws io.dagwright.error.NotSerializableTaskException if it cannot be encoded
   */
  public byte[] bytes(long task) {
    Held held = held(task);
    if (held.encoded != null) {
      return held.encoded;
    }
    ByteSink sink = new ByteSink();
    codec.write(held.value, sink, held.choice, type -> {});
    return stripe(task).keepEncoded(task, held.value, sink.toByteArray(), managedBytes);
  }

  private Held held(long task) {
    Held held = stripe(task).get(task);
    if (held == null) {
      throw new NoSuchElementException("no result is held for task [" + task + "]");
    }
    return held;
  }

  /** Forgets these results; those that are not held do not matter. */
  public void remove(long... tasks) {
    for (long task : tasks) {
      Change change = stripe(task).remove(task);
      count(change);
    }
  }

  /** Drops the bytes of results that are also held live, until this many are freed or none left. */
  public long dropEncoded(long bytesWanted) {
    long freed = 0;
    for (Stripe stripe : stripes) {
      if (freed < bytesWanted) {
        long here = stripe.dropEncoded(bytesWanted - freed);
        managedBytes.add(-here);
        freed += here;
      }
    }
    return freed;
  }

  private void count(Change change) {
    managedBytes.add(change.bytes);
    count.add(change.results);
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

  private record Change(long bytes, int results) {
    static final Change NONE = new Change(0, 0);
  }

  /** A result, guarded by its stripe; one of value and encoding is always there. */
  private static final class Entry {
    @Nullable Object value;
    byte @Nullable [] encoded;
    @Nullable ClassLoader loader;
    Choice choice = Choice.DEFAULT;
    long size;

    long bytes() {
      return size + (encoded == null ? 0 : encoded.length);
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
              entry.loader,
              entry.choice);
    }

    synchronized Change put(
        long task,
        @Nullable Object value,
        byte @Nullable [] encoded,
        long size,
        @Nullable ClassLoader loader,
        Choice choice) {
      Entry entry = entries.get(task);
      boolean isNew = entry == null;
      if (entry == null) {
        entry = new Entry();
        entries.put(task, entry);
      }
      long before = entry.bytes();
      entry.value = value;
      entry.encoded = encoded;
      entry.size = size;
      entry.loader = loader;
      entry.choice = choice;
      return new Change(entry.bytes() - before, isNew ? 1 : 0);
    }

    /** Keeps a decoded value unless somebody was faster; returns the one that is kept. */
    synchronized @Nullable Object keepLive(
        long task,
        byte[] encoded,
        Object value,
        long size,
        ClassLoader loader,
        LongAdder managedBytes) {
      Entry entry = entries.get(task);
      if (entry != null && entry.encoded == encoded) {
        if (entry.value == null) {
          entry.value = value;
          entry.size = size;
          entry.loader = loader;
          managedBytes.add(size);
        } else if (entry.loader == loader) {
          return entry.value == NULL ? null : entry.value;
        }
      }
      return value == NULL ? null : value;
    }

    /** Keeps encoded bytes unless somebody was faster; returns the ones that are kept. */
    synchronized byte[] keepEncoded(
        long task, @Nullable Object value, byte[] encoded, LongAdder managedBytes) {
      Entry entry = entries.get(task);
      if (entry != null && entry.value == (value == null ? NULL : value)) {
        byte[] kept = entry.encoded;
        if (kept != null) {
          return kept;
        }
        entry.encoded = encoded;
        managedBytes.add(encoded.length);
      }
      return encoded;
    }

    synchronized Change remove(long task) {
      Entry entry = entries.remove(task);
      return entry == null ? Change.NONE : new Change(-entry.bytes(), -1);
    }

    synchronized long dropEncoded(long wanted) {
      long[] freed = {0};
      entries.forEach(
          (task, entry) -> {
            byte[] encoded = entry.encoded;
            if (freed[0] < wanted && entry.value != null && encoded != null) {
              freed[0] += encoded.length;
              entry.encoded = null;
            }
          });
      return freed[0];
    }
  }
}

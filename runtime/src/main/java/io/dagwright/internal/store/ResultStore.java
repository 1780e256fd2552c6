package io.dagwright.internal.store;

import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.ValueCodec;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The results this worker holds: each as a live object, as encoded bytes, or both. Thread-safe.
 *
 * <p>A live object belongs to the class loader it was stored or decoded with; asked for with
 * another loader it goes through its bytes, since its classes would be different ones. {@link
 * #managedBytes} counts what the caller declared for live objects, and every encoded array at its
 * length.
 *
 * <p>Results live in open-addressing tables of primitive keys, split into stripes by hash; encoding
 * and decoding happen outside the locks. A small result costs about 50 bytes besides itself.
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
      @Nullable ClassLoader loader) {}

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
   */
  public void put(long task, @Nullable Object value, long sizeBytes, @Nullable ClassLoader loader) {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("sizeBytes must be 0 or more, not " + sizeBytes);
    }
    count(stripe(task).put(task, value == null ? Stripe.NULL : value, null, sizeBytes, loader));
  }

  /** Holds a live result whose classes every loader shares. */
  public void put(long task, @Nullable Object value, long sizeBytes) {
    put(task, value, sizeBytes, null);
  }

  /**
   * Holds an encoded result, instead of what was held for this task; it is not written to again.
   */
  public void putBytes(long task, byte[] encoded) {
    count(stripe(task).put(task, null, encoded, 0, null));
  }

  public boolean contains(long task) {
    return stripe(task).get(task) != null;
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
    codec.write(held.value, sink);
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
    return stripes[(int) (mix(task) >>> 60)];
  }

  private static long mix(long task) {
    long hash = task * 0x9E3779B97F4A7C15L;
    return hash ^ (hash >>> 32);
  }

  private record Change(long bytes, int results) {
    static final Change NONE = new Change(0, 0);
  }

  /** One open-addressing table with linear probing; deletion shifts back, so there are no tombs. */
  private static final class Stripe {

    static final Object NULL = new Object();

    private long[] tasks = new long[16];
    private @Nullable Object[] values = new Object[16];
    private byte[] @Nullable [] encodings = new byte[16][];
    private long[] sizes = new long[16];
    private @Nullable ClassLoader[] loaders = new ClassLoader[16];
    private int used;

    private int find(long task) {
      int mask = tasks.length - 1;
      int at = (int) mix(task) & mask;
      while (values[at] != null || encodings[at] != null) {
        if (tasks[at] == task) {
          return at;
        }
        at = (at + 1) & mask;
      }
      return ~at;
    }

    private long bytesAt(int at) {
      byte[] encoded = encodings[at];
      return sizes[at] + (encoded == null ? 0 : encoded.length);
    }

    synchronized @Nullable Held get(long task) {
      int at = find(task);
      if (at < 0) {
        return null;
      }
      Object value = values[at];
      return new Held(value == NULL ? null : value, value != null, encodings[at], loaders[at]);
    }

    synchronized Change put(
        long task,
        @Nullable Object value,
        byte @Nullable [] encoded,
        long size,
        @Nullable ClassLoader loader) {
      int at = find(task);
      boolean isNew = at < 0;
      long before = isNew ? 0 : bytesAt(at);
      if (isNew && used * 3 >= tasks.length * 2) {
        resize(tasks.length * 2);
        at = find(task);
      }
      at = isNew ? ~at : at;
      used += isNew ? 1 : 0;
      tasks[at] = task;
      values[at] = value;
      encodings[at] = encoded;
      sizes[at] = size;
      loaders[at] = loader;
      return new Change(bytesAt(at) - before, isNew ? 1 : 0);
    }

    /** Keeps a decoded value unless somebody was faster; returns the one that is kept. */
    synchronized @Nullable Object keepLive(
        long task,
        byte[] encoded,
        Object value,
        long size,
        ClassLoader loader,
        LongAdder managedBytes) {
      int at = find(task);
      if (at >= 0 && encodings[at] == encoded) {
        if (values[at] == null) {
          values[at] = value;
          sizes[at] = size;
          loaders[at] = loader;
          managedBytes.add(size);
        } else if (loaders[at] == loader) {
          return values[at] == NULL ? null : values[at];
        }
      }
      return value == NULL ? null : value;
    }

    /** Keeps encoded bytes unless somebody was faster; returns the ones that are kept. */
    synchronized byte[] keepEncoded(
        long task, @Nullable Object value, byte[] encoded, LongAdder managedBytes) {
      int at = find(task);
      if (at >= 0 && values[at] == (value == null ? NULL : value)) {
        byte[] kept = encodings[at];
        if (kept != null) {
          return kept;
        }
        encodings[at] = encoded;
        managedBytes.add(encoded.length);
      }
      return encoded;
    }

    synchronized Change remove(long task) {
      int at = find(task);
      if (at < 0) {
        return Change.NONE;
      }
      long bytes = bytesAt(at);
      int mask = tasks.length - 1;
      int hole = at;
      for (int next = (hole + 1) & mask;
          values[next] != null || encodings[next] != null;
          next = (next + 1) & mask) {
        int home = (int) mix(tasks[next]) & mask;
        if (((next - home) & mask) >= ((next - hole) & mask)) {
          move(next, hole);
          hole = next;
        }
      }
      clear(hole);
      used--;
      if (tasks.length > 1024 && used * 8 < tasks.length) {
        resize(tasks.length / 2);
      }
      return new Change(-bytes, -1);
    }

    synchronized long dropEncoded(long wanted) {
      long freed = 0;
      for (int at = 0; at < tasks.length && freed < wanted; at++) {
        byte[] encoded = encodings[at];
        if (values[at] != null && encoded != null) {
          freed += encoded.length;
          encodings[at] = null;
        }
      }
      return freed;
    }

    private void move(int from, int to) {
      tasks[to] = tasks[from];
      values[to] = values[from];
      encodings[to] = encodings[from];
      sizes[to] = sizes[from];
      loaders[to] = loaders[from];
    }

    private void clear(int at) {
      values[at] = null;
      encodings[at] = null;
      sizes[at] = 0;
      loaders[at] = null;
    }

    private void resize(int capacity) {
      long[] oldTasks = tasks;
      @Nullable Object[] oldValues = values;
      byte[] @Nullable [] oldEncodings = encodings;
      long[] oldSizes = sizes;
      @Nullable ClassLoader[] oldLoaders = loaders;
      tasks = new long[capacity];
      values = new Object[capacity];
      encodings = new byte[capacity][];
      sizes = new long[capacity];
      loaders = new ClassLoader[capacity];
      for (int i = 0; i < oldTasks.length; i++) {
        if (oldValues[i] != null || oldEncodings[i] != null) {
          int at = ~find(oldTasks[i]);
          tasks[at] = oldTasks[i];
          values[at] = oldValues[i];
          encodings[at] = oldEncodings[i];
          sizes[at] = oldSizes[i];
          loaders[at] = oldLoaders[i];
        }
      }
    }
  }
}

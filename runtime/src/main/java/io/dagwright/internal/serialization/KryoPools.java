package io.dagwright.internal.serialization;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Ready Kryo instances, a few per class loader. A Kryo remembers classes, so none serves two
 * loaders.
 *
 * <p>Thread-safe. A loader is not kept alive: pools of loaders that implement {@link Holder} live
 * in the loader itself; those of the loader that has this runtime, and of its parents, live here;
 * others last until the next collection.
 */
public final class KryoPools {

  private static final int IDLE_MAX = 4;

  /** A class loader with room for what codecs remember about it, so that both die together. */
  public interface Holder {
    /** Returns what was created first, ever. */
    Object remembered(Supplier<Object> create);
  }

  private final ClassLoader own = KryoPools.class.getClassLoader();
  private final Map<ClassLoader, Pool> parents = new WeakHashMap<>();
  private final Map<ClassLoader, WeakReference<Pool>> others = new WeakHashMap<>();

  static final class Pool {

    private final Deque<Entry> idle = new ArrayDeque<>();

    /** What plugged in serializers keep for the loader, by whose and what it is. */
    final Map<String, Object> remembered = new ConcurrentHashMap<>();

    synchronized Entry take(ClassLoader loader) {
      Entry entry = idle.poll();
      return entry == null ? new Entry(this, loader) : entry;
    }

    synchronized void giveBack(Entry entry) {
      if (idle.size() < IDLE_MAX) {
        idle.push(entry);
      }
    }
  }

  /** One Kryo and the buffer it writes to; used by one thread until closed. */
  static final class Entry implements AutoCloseable {

    final CodecKryo kryo;
    final BoundedInput.Counterpart output = new BoundedInput.Counterpart();
    private final Pool pool;

    Entry(Pool pool, ClassLoader loader) {
      this.pool = pool;
      this.kryo = new CodecKryo(loader);
    }

    @Override
    public void close() {
      kryo.forget();
      output.shrink();
      pool.giveBack(this);
    }
  }

  Entry take(ClassLoader loader) {
    return pool(loader).take(loader);
  }

  /** What a plugged in serializer keeps for a loader, and no longer than that. */
  Object remembered(ClassLoader loader, String what, Supplier<?> make) {
    Map<String, Object> of = pool(loader).remembered;
    Object known = of.get(what);
    if (known == null) {
      Object made = make.get(); // Not inside the map: it may ask for something else.
      known = of.putIfAbsent(what, made);
      known = known == null ? made : known;
    }
    return known;
  }

  private Pool pool(ClassLoader loader) {
    if (loader instanceof Holder holder) {
      return (Pool) holder.remembered(Pool::new);
    }
    synchronized (this) {
      if (isOwnOrParent(loader)) {
        return parents.computeIfAbsent(loader, key -> new Pool());
      }
      WeakReference<Pool> reference = others.get(loader);
      Pool pool = reference == null ? null : reference.get();
      if (pool == null) {
        pool = new Pool();
        others.put(loader, new WeakReference<>(pool));
      }
      return pool;
    }
  }

  private boolean isOwnOrParent(ClassLoader loader) {
    for (ClassLoader at = own; at != null; at = at.getParent()) {
      if (at == loader) {
        return true;
      }
    }
    return false;
  }

  /** The loader to encode with when nobody says: the value's own, else the thread's, else ours. */
  ClassLoader loaderFor(Object value) {
    ClassLoader loader = value.getClass().getClassLoader();
    if (loader != null && loader != own) {
      return loader;
    }
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? own : context;
  }
}

package io.dagwright.internal.executor;

import io.dagwright.error.WorkerLocalException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the tasks of one session made once for the worker they run on. Thread-safe: the first thread
 * that asks makes it, others wait; if that fails, the next one tries again. Closing closes what can
 * be closed, the newest first, and waits for it.
 */
public final class WorkerLocals implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerLocals.class);

  /** Code of one name that was defined anew does not get what its predecessor made. */
  private record Key(String name, @Nullable ClassLoader code) {}

  private static final class Entry {
    final String name;
    final ReentrantLock making = new ReentrantLock();
    volatile @Nullable Object value;

    Entry(String name) {
      this.name = name;
    }
  }

  private final Map<Key, Entry> entries = new HashMap<>();
  private final Deque<Entry> made = new ArrayDeque<>();
  private boolean closed;

  /**
   * The value of a name.
   *
   * @param code the loader of the maker's code
   * @throws WorkerLocalException if it cannot be made, or this is closed
   */
  public Object get(String name, @Nullable ClassLoader code, Callable<?> maker) {
    Entry entry = entry(name, code);
    Object value = entry.value;
    if (value != null) {
      return value;
    }
    if (entry.making.isHeldByCurrentThread()) {
      throw new WorkerLocalException(name, "its maker asks for itself.", null);
    }
    try {
      entry.making.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WorkerLocalException(name, "interrupted while another task makes it.", e);
    }
    try {
      value = entry.value;
      return value != null ? value : make(entry, maker);
    } finally {
      entry.making.unlock();
    }
  }

  private synchronized Entry entry(String name, @Nullable ClassLoader code) {
    if (closed) {
      throw over(name);
    }
    return entries.computeIfAbsent(new Key(name, code), key -> new Entry(name));
  }

  private Object make(Entry entry, Callable<?> maker) {
    Object value;
    try {
      value = maker.call();
    } catch (Exception | LinkageError e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new WorkerLocalException(
          entry.name, "it cannot be made: " + e + ". The next task that asks tries again.", e);
    }
    if (value == null) {
      throw new WorkerLocalException(entry.name, "its maker returned null.", null);
    }
    synchronized (this) {
      if (!closed) {
        entry.value = value;
        made.push(entry);
        return value;
      }
    }
    close(entry.name, value);
    throw over(entry.name);
  }

  private static WorkerLocalException over(String name) {
    return new WorkerLocalException(
        name, "it is closed: the session of its task has ended, or the worker retires.", null);
  }

  /** Whether there is nothing that would have to be closed. */
  public synchronized boolean isEmpty() {
    return made.isEmpty();
  }

  @Override
  public void close() {
    Deque<Entry> toClose;
    synchronized (this) {
      closed = true;
      toClose = new ArrayDeque<>(made);
      made.clear();
      entries.clear();
    }
    toClose.forEach(entry -> close(entry.name, entry.value));
  }

  private static void close(String name, @Nullable Object value) {
    if (value instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception | LinkageError e) {
        LOG.warn("WorkerLocal [{}] did not close", name, e);
      }
    }
  }
}

package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.internal.executor.SlotPool;
import io.dagwright.internal.executor.WorkerLocals;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Something that tasks need and that cannot be sent, such as a pool of connections: each worker
 * makes its own, once, when a task first asks for it.
 *
 * <pre>{@code
 * WorkerLocal<DataSource> db = WorkerLocal.of("db", Hikari::create);
 * Lazy<Integer> rows = Lazy.delayed("orders", table -> count(db.get(), table));
 * }</pre>
 *
 * <p>It travels as its name and its maker. On a worker it belongs to the client session whose task
 * asks: all tasks of a session that ask for one name share one value, two sessions never do. The
 * value is closed, if it is {@link AutoCloseable}, when the session ends or the worker retires.
 *
 * <p>Outside of workers' tasks, so in local runs, on the caller's thread, and on threads that a
 * task started itself, the value belongs to this object, and {@link #close} closes it.
 *
 * <p>Thread-safe; so must the value be, unless workers have one slot.
 *
 * @param <T> what is made
 */
public final class WorkerLocal<T> implements Serializable, AutoCloseable {

  private static final long serialVersionUID = 1L;

  private final String name;
  private final Fn0<? extends T> maker;

  /** Travels along, so that a test's stand-in is never silently replaced by the real thing. */
  private volatile @Nullable T standIn;

  /** Null also in what was read from bytes, which runs no constructor. */
  private transient @Nullable WorkerLocals outside;

  /** Until it is closed, the value that was given is the value. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  private WorkerLocal(String name, Fn0<? extends T> maker) {
    this.name = requireNonNull(name, "name");
    this.maker = requireNonNull(maker, "maker");
  }

  /**
   * Describes something to be made on each worker.
   *
   * @param name by which the tasks of a session share it; those of one name must be made alike
   * @param maker called once per worker, again only if it throws or returns null; it is sent along
   */
  public static <T> WorkerLocal<T> of(String name, Fn0<? extends T> maker) {
    return new WorkerLocal<>(name, maker);
  }

  public String name() {
    return name;
  }

  /**
   * The value here; made by the first thread that asks, while others wait.
   *
   * @throws io.dagwright.error.WorkerLocalException if the maker fails, with what it threw as
   *     cause; the next call tries again. Also if the session of the task has ended meanwhile
   */
  @SuppressWarnings("unchecked") // Makers of one name make one type; the caller's cast would fail.
  public T get() {
    T given = standIn;
    if (given != null) {
      return given;
    }
    WorkerLocals ofTask = SlotPool.localsOfTask();
    WorkerLocals locals = ofTask == null ? outside() : ofTask;
    return (T) locals.get(name, maker.getClass().getClassLoader(), maker::call);
  }

  /**
   * For tests: from now on this object has that value, on every thread and wherever it is sent,
   * until the scope is closed. The value is not closed.
   */
  public Scope using(T value) {
    T before = standIn;
    standIn = requireNonNull(value, "value");
    return () -> standIn = before;
  }

  private synchronized WorkerLocals outside() {
    if (outside == null) {
      outside = new WorkerLocals();
    }
    return outside;
  }

  /** Closes what was made outside of workers' tasks; it is made again if somebody asks again. */
  @Override
  public void close() {
    WorkerLocals made;
    synchronized (this) {
      made = outside;
      outside = null;
    }
    if (made != null) {
      made.close();
    }
  }

  @Override
  public String toString() {
    return "WorkerLocal[" + name + "]";
  }
}

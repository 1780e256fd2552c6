package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.internal.local.SynchronousScheduler;
import io.dagwright.internal.local.ThreadPoolScheduler;

/**
 * Runners of this JVM, and the choice of the one {@link Lazy#compute()} uses.
 *
 * <p>That choice is, in this order: the innermost {@link #use} of the calling thread; the pool
 * whose task the calling thread runs; the one given to {@link #setDefault}; a pool of as many
 * threads as there are processors, made when it is first needed. It is logged once.
 */
public final class Schedulers {

  private Schedulers() {}

  /** Runs everything in the calling thread, task by task: for debugging and tests. */
  public static GraphRunner synchronous() {
    return new SchedulerRunner("synchronous", new SynchronousScheduler());
  }

  /**
   * Runs tasks on a pool of its own. Close it to end the threads, which are daemons.
   *
   * @param count how many tasks run at once, 1 or more
   */
  public static GraphRunner threads(int count) {
    return new SchedulerRunner("threads(" + count + ")", new ThreadPoolScheduler(count));
  }

  /** The time during which a runner is the calling thread's choice; ends when closed. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Makes a runner the calling thread's choice until the scope is closed, by the same thread and in
   * reverse order. Does not close the runner.
   */
  public static Scope use(GraphRunner runner) {
    return Ambient.push(requireNonNull(runner, "runner"));
  }

  /** Makes a runner the choice of all threads that have none. Does not close the one before. */
  public static void setDefault(GraphRunner runner) {
    Ambient.setDefault(requireNonNull(runner, "runner"));
  }

  /**
   * Forbids {@link Lazy#compute()} outside {@link #use} in this JVM, or allows it again. Services
   * that always want to say where work runs forbid it at start.
   */
  public static void requireExplicit(boolean required) {
    Ambient.requireExplicit(required);
  }

  /**
   * The runner {@link Lazy#compute()} would use now.
   *
   * @throws IllegalStateException if there is none and {@link #requireExplicit} forbids a default
   */
  public static GraphRunner ambient() {
    return Ambient.current();
  }
}

package io.dagwright;

import io.dagwright.graph.Scheduler;
import io.dagwright.internal.local.ThreadPoolScheduler;
import io.dagwright.internal.node.NodeSystem;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runner that is used when none is named. The state of the whole JVM that makes this possible
 * is here and nowhere else.
 */
final class Ambient {

  private static final Logger LOG = LoggerFactory.getLogger(Schedulers.class);

  private static final ThreadLocal<Deque<GraphRunner>> SCOPES =
      ThreadLocal.withInitial(ArrayDeque::new);
  private static final AtomicReference<@Nullable GraphRunner> CHOSEN = new AtomicReference<>();
  private static final AtomicBoolean EXPLICIT = new AtomicBoolean();
  private static final AtomicReference<@Nullable String> LOGGED = new AtomicReference<>();

  private Ambient() {}

  static Schedulers.Scope push(GraphRunner runner) {
    Deque<GraphRunner> scopes = SCOPES.get();
    scopes.push(runner);
    AtomicBoolean open = new AtomicBoolean(true);
    return () -> {
      if (open.getAndSet(false)) {
        scopes.removeFirstOccurrence(runner);
        if (scopes.isEmpty()) {
          SCOPES.remove();
        }
      }
    };
  }

  static void setDefault(GraphRunner runner) {
    CHOSEN.set(runner);
  }

  static void requireExplicit(boolean required) {
    EXPLICIT.set(required);
  }

  /** The calling thread's choice; null if it made none. */
  static @Nullable GraphRunner scoped() {
    GraphRunner scoped = SCOPES.get().peek();
    if (scoped == null) {
      SCOPES.remove();
    }
    return scoped;
  }

  static GraphRunner current() {
    GraphRunner scoped = scoped();
    if (scoped != null) {
      return scoped;
    }
    Optional<Scheduler> cluster = NodeSystem.schedulerOfTask();
    if (cluster.isPresent()) {
      return new SchedulerRunner("the cluster this task runs on", cluster.get());
    }
    Optional<ThreadPoolScheduler> pool = ThreadPoolScheduler.current();
    if (pool.isPresent()) {
      return new SchedulerRunner("threads(" + pool.get().threadCount() + ")", pool.get());
    }
    if (EXPLICIT.get()) {
      throw new IllegalStateException(
          "compute() was called without saying where: no runner is in scope, and a default is"
              + " forbidden by Schedulers.requireExplicit. Call compute on a runner or client, or"
              + " open a scope with Schedulers.use.");
    }
    return logged(byDefault());
  }

  private static GraphRunner byDefault() {
    GraphRunner chosen = CHOSEN.get();
    return chosen != null ? chosen : Pool.RUNNER;
  }

  private static GraphRunner logged(GraphRunner runner) {
    String name = runner.toString();
    if (!name.equals(LOGGED.getAndSet(name))) {
      LOG.info("compute() without a runner uses [{}]", name);
    }
    return runner;
  }

  /** Made when it is first needed. Its threads are daemons and end when idle. */
  private static final class Pool {
    static final GraphRunner RUNNER =
        Schedulers.threads(Runtime.getRuntime().availableProcessors());
  }
}

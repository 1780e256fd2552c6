package io.dagwright.internal.actor;

import io.dagwright.error.DagwrightException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The runs of one client that may still hear something. When the session has ended, by whatever
 * way, each of them has failed, and each that is added later fails at once: nobody waits for an
 * actor that is no more. Thread-safe.
 */
final class Session {

  private final Set<ClusterRun> runs = new LinkedHashSet<>();
  private @Nullable Function<String, DagwrightException> end;

  void add(ClusterRun run) {
    Function<String, DagwrightException> failure;
    synchronized (this) {
      failure = end;
      if (failure == null) {
        runs.add(run);
      }
    }
    if (failure != null) {
      run.fail(failure.apply(run.name()));
    }
  }

  synchronized void remove(ClusterRun run) {
    runs.remove(run);
  }

  /**
   * The first reason counts.
   *
   * @param why by the graph's name
   */
  void end(Function<String, DagwrightException> why) {
    List<ClusterRun> left;
    synchronized (this) {
      if (end != null) {
        return;
      }
      end = why;
      left = List.copyOf(runs);
      runs.clear();
    }
    left.forEach(run -> run.fail(why.apply(run.name())));
  }
}

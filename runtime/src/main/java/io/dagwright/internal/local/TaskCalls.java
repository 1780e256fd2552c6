package io.dagwright.internal.local;

import static java.util.Objects.requireNonNull;

import io.dagwright.error.InvalidGraphException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.Annotations;
import io.dagwright.graph.TaskFunction;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.wire.Wording;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Calls the functions of one graph's tasks, with retries and time limits. Thread-safe. */
final class TaskCalls implements AutoCloseable {

  /** What waits, and says so when it is interrupted, is the JDK's. */
  private static final Pattern WAITS = Pattern.compile("^(java|jdk)\\.");

  private final TaskGraph graph;
  private final Consumer<TaskFailedException> onOverrun;
  private final boolean plain;
  private final @Nullable Deadlines deadlines;

  /**
   * Prepares calls.
   *
   * @param onOverrun told of a task whose last run took too long, while it still runs
   * @throws InvalidGraphException if the graph needs results only a cluster has
   */
  TaskCalls(TaskGraph graph, Consumer<TaskFailedException> onOverrun) {
    refuseExternals(graph);
    this.graph = graph;
    this.onOverrun = onOverrun;
    boolean limited = false;
    boolean repeated = false;
    for (Annotations annotations : graph.columns().annotations()) {
      limited |= !annotations.timeout().isZero();
      repeated |= annotations.retries() > 0;
    }
    this.plain = !limited && !repeated;
    this.deadlines = limited ? new Deadlines() : null;
  }

  private static void refuseExternals(TaskGraph graph) {
    for (var external : graph.columns().externals().entrySet()) {
      throw new InvalidGraphException(
          "Task ["
              + graph.key(external.getKey())
              + "] stands for a result of graph ["
              + external.getValue().graph()
              + "], which only the cluster that computed it holds. Run this graph with that"
              + " cluster's client, or gather the result first and pass it as a value.");
    }
  }

  /**
   * Calls a task's function.
   *
   * @throws TaskFailedException if it threw, or took too long, in every run it was granted
   */
  @SuppressWarnings("CatchingUnchecked") // Whatever user code throws is the task's failure.
  @Nullable Object call(int row, @Nullable Object[] inputs) {
    if (!plain) {
      return callAnnotated(row, inputs);
    }
    try {
      return function(row).call(graph.argument(row), inputs);
    } catch (Throwable thrown) {
      throw failure(row, thrown, 1);
    }
  }

  private @Nullable Object callAnnotated(int row, @Nullable Object[] inputs) {
    Annotations annotations = graph.annotations(row);
    for (int run = 1; ; run++) {
      boolean last = run > annotations.retries();
      try {
        return annotations.timeout().isZero()
            ? function(row).call(graph.argument(row), inputs)
            : callLimited(row, inputs, annotations, last ? run : 0);
      } catch (Throwable thrown) {
        if (last || isInterruption(thrown)) {
          throw failure(row, thrown, run);
        }
      }
    }
  }

  /** Whether somebody interrupted the thread; code that throws this by itself is like any other. */
  static boolean isInterruption(Throwable thrown) {
    StackTraceElement[] frames = thrown.getStackTrace();
    return thrown instanceof InterruptedException
        && (frames.length == 0 || WAITS.matcher(frames[0].getClassName()).find());
  }

  private @Nullable Object callLimited(
      int row, @Nullable Object[] inputs, Annotations annotations, int lastRun) throws Exception {
    TimeoutException late =
        new TimeoutException(
            "took longer than its timeout of " + Wording.duration(annotations.timeout()));
    Deadlines.Deadline deadline =
        requireNonNull(deadlines)
            .start(
                annotations.timeout(),
                () -> {
                  if (lastRun > 0) {
                    onOverrun.accept(failure(row, late, lastRun));
                  }
                });
    boolean over = false;
    @Nullable Object result = null;
    try {
      result = function(row).call(graph.argument(row), inputs);
    } catch (Throwable thrown) {
      over = deadline.end();
      if (!over) {
        throw thrown;
      }
      late.addSuppressed(thrown);
    }
    if (over || deadline.end()) {
      throw late;
    }
    return result;
  }

  private TaskFunction function(int row) {
    return requireNonNull(graph.function(row));
  }

  private TaskFailedException failure(int row, Throwable cause, int runs) {
    String key = graph.key(row).toString();
    return new TaskFailedException(
        key,
        "Task ["
            + key
            + "] failed"
            + (runs > 1 ? " in each of " + runs + " runs" : "")
            + ": "
            + cause
            + ". The rest of its graph was stopped; the cause has the stack of the task.",
        cause);
  }

  @Override
  public void close() {
    if (deadlines != null) {
      deadlines.close();
    }
  }
}

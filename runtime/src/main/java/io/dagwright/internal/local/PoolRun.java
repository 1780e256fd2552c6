package io.dagwright.internal.local;

import static java.util.Objects.requireNonNull;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.Successors;
import io.dagwright.graph.TaskGraph;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One graph on a {@link ThreadPoolScheduler}: counters in arrays, and no lock.
 *
 * <p>A thread that finished a task counts down the inputs its successors miss. Of those that became
 * ready it goes on with the first itself; the others it puts on its own deque, where idle threads
 * find them. A result is written before, and read after, the counter of its reader is changed, so
 * results need no synchronisation of their own.
 */
final class PoolRun implements GraphRun {

  private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(int[].class);
  private static final int NONE = Sources.NONE;
  private static final @Nullable Object[] NO_INPUTS = {};

  private final TaskGraph graph;
  private final String name;
  private final ThreadPoolScheduler scheduler;
  private final TaskContext context = TaskContext.current();
  private final TaskCalls calls;
  private final ProgressMeter meter;
  private final CompletableFuture<List<@Nullable Object>> done = new CompletableFuture<>();
  private final AtomicReference<@Nullable DagwrightException> stopped = new AtomicReference<>();

  private final int[] inputOffsets;
  private final int[] inputs;
  private final Successors successors;
  private final @Nullable Object[] results;
  private final int[] missing;
  private final int[] left;
  private final AtomicInteger sinksLeft;

  PoolRun(TaskGraph graph, String name, ThreadPoolScheduler scheduler, ProgressListener progress) {
    this.graph = graph;
    this.name = name;
    this.scheduler = scheduler;
    this.calls = new TaskCalls(graph, this::stop);
    this.inputOffsets = graph.columns().inputOffsets();
    this.inputs = graph.columns().inputs();
    this.successors = graph.successors();
    this.results = new @Nullable Object[graph.size()];
    this.left = Uses.of(graph.columns());
    this.missing = new int[graph.size()];
    int sinks = 0;
    for (int row = 0; row < graph.size(); row++) {
      missing[row] = inputOffsets[row + 1] - inputOffsets[row];
      sinks += successors.count(row) == 0 ? 1 : 0;
    }
    this.sinksLeft = new AtomicInteger(sinks);
    this.meter = new ProgressMeter(name, graph.size(), progress);
    if (sinks == 0) {
      finish();
    }
  }

  /** The rows that can start at once, ascending. */
  Sources sources() {
    int count = 0;
    for (int row = 0; row < missing.length; row++) {
      count += inputOffsets[row] == inputOffsets[row + 1] ? 1 : 0;
    }
    int[] sources = new int[count];
    for (int row = missing.length - 1; row >= 0; row--) {
      if (inputOffsets[row] == inputOffsets[row + 1]) {
        sources[--count] = row;
      }
    }
    return new Sources(sources, 0, sources.length);
  }

  TaskContext context() {
    return context;
  }

  boolean isStopped() {
    return stopped.get() != null;
  }

  boolean isDone() {
    return done.isDone();
  }

  /** Runs a ready task, then one that it made ready, and so on. Throws nothing. */
  void runFrom(int row) {
    int next = row;
    while (next != NONE && stopped.get() == null) {
      try {
        run(next);
        next = finished(next);
      } catch (TaskFailedException e) {
        stop(e);
      }
    }
  }

  /**
   * Runs sources one after the other, and what they make ready. Throws nothing.
   *
   * <p>If the next source has the same only reader as those before, the reader hears of all of them
   * together: until the last has finished it could not start anyway. So a join of many sources is
   * not counted down by all threads all the time.
   */
  void runSources(Sources sources) {
    int reader = NONE;
    int unreported = 0;
    while (true) {
      int source = stopped.get() != null || RowTask.isRowOnTop() ? NONE : sources.claim();
      int readerOfSource = source == NONE ? NONE : onlyReader(source);
      if (unreported > 0 && readerOfSource != reader) {
        if (countDown(missing, reader, unreported)) {
          runFrom(reader);
        }
        unreported = 0;
      }
      if (source == NONE) {
        return;
      }
      if (readerOfSource == NONE) {
        runFrom(source);
        continue;
      }
      try {
        run(source);
      } catch (TaskFailedException e) {
        stop(e);
      }
      reader = readerOfSource;
      unreported++;
    }
  }

  private int onlyReader(int row) {
    int[] offsets = successors.offsets();
    return offsets[row + 1] - offsets[row] == 1 ? successors.rows()[offsets[row]] : NONE;
  }

  private void run(int row) {
    Object result = calls.call(row, take(row));
    if (left[row] > 0) {
      results[row] = result;
    }
    meter.taskFinished();
  }

  /** The inputs of a task. Results nobody else takes are dropped. */
  private @Nullable Object[] take(int row) {
    int start = inputOffsets[row];
    int end = inputOffsets[row + 1];
    if (start == end) {
      return NO_INPUTS;
    }
    int count = 0;
    for (int i = start; i < end; i++) {
      count += inputs[i] >= 0 ? 1 : 0;
    }
    @Nullable Object[] taken = new @Nullable Object[count];
    int next = 0;
    for (int i = start; i < end; i++) {
      int input = inputs[i];
      if (input >= 0) {
        taken[next++] = results[input];
        if (countDown(left, input, 1)) {
          results[input] = null;
        }
      }
    }
    return taken;
  }

  /** Tells the readers of a row; gives the first that is ready through it, or {@link #NONE}. */
  private int finished(int row) {
    int start = successors.offsets()[row];
    int end = successors.offsets()[row + 1];
    if (start == end && sinksLeft.decrementAndGet() == 0) {
      finish();
    }
    int next = NONE;
    for (int i = end - 1; i >= start; i--) {
      int successor = successors.rows()[i];
      if (countDown(missing, successor, 1)) {
        if (next != NONE) {
          new RowTask(this, next).fork();
        }
        next = successor;
      }
    }
    return next;
  }

  /** Counts down; true for who comes to zero. The last one to count needs no atomic write. */
  private static boolean countDown(int[] counters, int index, int by) {
    return (int) COUNTER.getAcquire(counters, index) == by
        || (int) COUNTER.getAndAdd(counters, index, -by) == by;
  }

  private void finish() {
    calls.close();
    meter.end(0);
    scheduler.ended(this);
    done.complete(EndedRun.outputs(graph.columns().outputs(), results));
  }

  /** Ends the run before its time. Only the first call has an effect. */
  private void stop(DagwrightException reason) {
    if (!done.isDone() && stopped.compareAndSet(null, reason)) {
      calls.close();
      meter.end(reason instanceof TaskFailedException ? 1 : 0);
      scheduler.ended(this);
      done.completeExceptionally(reason);
      scheduler.threads().forEach(thread -> thread.interruptFor(this));
    }
  }

  @Override
  public CompletionStage<List<@Nullable Object>> results() {
    return done.minimalCompletionStage();
  }

  @Override
  public List<@Nullable Object> join() {
    if (Thread.currentThread() instanceof PoolThread thread
        && thread.scheduler().equals(scheduler)) {
      RowTask.help(this);
    }
    if (!done.isDone()) {
      WrongThreads.refuseToBlock("Waiting for a graph", "computeAsync or toCompletionStage");
    }
    try {
      return done.get(); // In a task, the pool replaces this thread while it waits.
    } catch (InterruptedException e) {
      cancel("the thread that waited for it was interrupted");
      Thread.currentThread().interrupt();
      throw new GraphCancelledException(name, "the thread that waited for it was interrupted");
    } catch (ExecutionException e) {
      throw EndedRun.thrownHere(requireNonNull(e.getCause()));
    }
  }

  @Override
  public void cancel(String reason) {
    stop(new GraphCancelledException(name, reason));
  }
}

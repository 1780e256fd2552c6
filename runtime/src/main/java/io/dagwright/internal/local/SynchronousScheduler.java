package io.dagwright.internal.local;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.GraphCancelledException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.Scheduler;
import io.dagwright.graph.TaskGraph;
import org.jspecify.annotations.Nullable;

/**
 * Runs a graph in the caller's thread, row by row, before {@link #start} comes back.
 *
 * <p>For debugging: breakpoints, profilers and stack traces see the caller. A result is dropped as
 * soon as its last consumer ran. Has no state, so closing it does nothing.
 */
public final class SynchronousScheduler implements Scheduler {

  @Override
  public GraphRun start(TaskGraph graph, String name, ProgressListener progress) {
    try (TaskCalls calls = new TaskCalls(graph, late -> {})) {
      ProgressMeter meter = new ProgressMeter(name, graph.size(), progress);
      int failed = 1;
      try {
        @Nullable Object[] results = run(graph, name, calls, meter);
        failed = 0;
        return EndedRun.succeeded(EndedRun.outputs(graph.columns().outputs(), results));
      } catch (GraphCancelledException e) {
        failed = 0;
        return EndedRun.failed(e);
      } catch (DagwrightException e) {
        return EndedRun.failed(e);
      } finally {
        meter.end(failed);
      }
    }
  }

  @Override
  public void close() {}

  private static @Nullable Object[] run(
      TaskGraph graph, String name, TaskCalls calls, ProgressMeter meter) {
    TaskGraph.Columns columns = graph.columns();
    @Nullable Object[] results = new @Nullable Object[graph.size()];
    int[] left = Uses.of(columns);
    for (int row = 0; row < graph.size(); row++) {
      if (Thread.currentThread().isInterrupted()) {
        throw interrupted(name);
      }
      @Nullable Object[] inputs = new @Nullable Object[Uses.dataInputs(columns, row)];
      int taken = 0;
      for (int i = columns.inputOffsets()[row]; i < columns.inputOffsets()[row + 1]; i++) {
        int input = columns.inputs()[i];
        if (input >= 0) {
          inputs[taken++] = results[input];
          if (--left[input] == 0) {
            results[input] = null;
          }
        }
      }
      Object result = call(row, inputs, calls, name);
      if (left[row] > 0) {
        results[row] = result;
      }
      meter.taskFinished();
    }
    return results;
  }

  private static @Nullable Object call(
      int row, @Nullable Object[] inputs, TaskCalls calls, String name) {
    try {
      return calls.call(row, inputs);
    } catch (DagwrightException e) {
      if (e.getCause() != null && TaskCalls.isInterruption(e.getCause())) {
        throw interrupted(name);
      }
      throw e;
    }
  }

  private static GraphCancelledException interrupted(String name) {
    Thread.currentThread().interrupt();
    return new GraphCancelledException(name, "the thread that ran it was interrupted");
  }
}

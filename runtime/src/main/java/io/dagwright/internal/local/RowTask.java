package io.dagwright.internal.local;

import java.util.concurrent.ForkJoinTask;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of a graph that can start, as an entry of a pool thread's deque: one row, or a range of the
 * graph's sources, which is halved until it is one row. Halves can be taken by other threads.
 */
@SuppressWarnings("serial") // Never serialized.
final class RowTask extends ForkJoinTask<@Nullable Void> {

  private static final int[] NO_ROWS = {};

  private final PoolRun run;
  private final int[] rows;
  private final int from;
  private final int to;

  RowTask(PoolRun run, int row) {
    this(run, NO_ROWS, row, row + 1);
  }

  RowTask(PoolRun run, int[] rows, int from, int to) {
    this.run = run;
    this.rows = rows;
    this.from = from;
    this.to = to;
  }

  /**
   * Works for a graph on the calling pool thread as long as it has tasks of that graph on top of
   * its deque. Never takes up another graph's task: that might take longer than the wait.
   */
  static void help(PoolRun run) {
    while (!run.isDone() && !Thread.currentThread().isInterrupted()) {
      if (!(peekNextLocalTask() instanceof RowTask top) || !top.run.equals(run)) {
        return;
      }
      ForkJoinTask<?> task = pollNextLocalTask();
      if (task != null) {
        task.quietlyInvoke();
      }
    }
  }

  @Override
  protected boolean exec() {
    int end = to;
    while (end - from > 1) {
      int middle = (from + end) >>> 1;
      new RowTask(run, rows, middle, end).fork();
      end = middle;
    }
    int row = rows.length == 0 ? from : rows[from];
    ((PoolThread) Thread.currentThread()).work(run, row);
    return true;
  }

  @Override
  public @Nullable Void getRawResult() {
    return null;
  }

  @Override
  protected void setRawResult(@Nullable Void value) {}
}

package io.dagwright.internal.local;

import java.util.concurrent.ForkJoinTask;
import org.jspecify.annotations.Nullable;

/**
 * Work for a graph as an entry of a pool thread's deque: a row that is ready, or sources to claim
 * rows from. As long as sources have rows left, an entry for them is in some deque.
 */
@SuppressWarnings("serial") // Never serialized.
final class RowTask extends ForkJoinTask<@Nullable Void> {

  private final PoolRun run;
  private final int row;
  private final @Nullable Sources sources;

  RowTask(PoolRun run, int row) {
    this.run = run;
    this.row = row;
    this.sources = null;
  }

  RowTask(PoolRun run, Sources sources) {
    this.run = run;
    this.row = Sources.NONE;
    this.sources = sources;
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

  /** Whether the calling thread has a row that is ready on top of its deque. */
  static boolean isRowOnTop() {
    return peekNextLocalTask() instanceof RowTask top && top.sources == null;
  }

  @Override
  protected boolean exec() {
    PoolThread thread = (PoolThread) Thread.currentThread();
    if (sources == null) {
      thread.work(run, () -> run.runFrom(row));
      return true;
    }
    Sources own = sources.takeUp();
    if (!own.equals(sources)) {
      offer(sources);
    }
    offer(own);
    thread.work(run, () -> run.runSources(own));
    return true;
  }

  /** Lets threads find what is left, this one as well: it may come upon something more urgent. */
  private void offer(Sources more) {
    if (more.left() > 0) {
      new RowTask(run, more).fork();
    }
  }

  @Override
  public @Nullable Void getRawResult() {
    return null;
  }

  @Override
  protected void setRawResult(@Nullable Void value) {}
}

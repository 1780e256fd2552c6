package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/** What the machine of one graph is told. */
public sealed interface GraphEvent {

  void deliverTo(Handler handler);

  /** Rows {@code from} up to {@code to} were appended to the graph's rows. */
  record RowsAdded(int from, int to, Ints outputs) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRowsAdded(this);
    }
  }

  /** No more rows will come. */
  record RowsSealed() implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRowsSealed(this);
    }
  }

  /** The client lets go of these rows' results. */
  record HoldsReleased(Ints rows) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onHoldsReleased(this);
    }
  }

  /** The scheduler sent these runs to a worker before their inputs were there. */
  record RunsSentAhead(Ints rows, Ints runs) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunsSentAhead(this);
    }
  }

  /**
   * Runs ended well on a worker, which holds their results.
   *
   * @param inline encoded results that were small and wanted; an element, or all, may be null
   */
  record TasksFinished(
      int worker, Ints rows, Ints runs, Longs sizes, byte @Nullable [] @Nullable [] inline)
      implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTasksFinished(this);
    }
  }

  /** A run ended badly. */
  record TaskErred(int row, int run, TaskFailure failure) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onTaskErred(this);
    }
  }

  /**
   * Runs came to nothing and results went away, through no fault of their own.
   *
   * @param rows rows of the runs that were lost
   * @param suspects those of {@code rows} that may have killed the worker
   * @param exit how the worker ended, for people, in a line; further lines may tell more
   * @param lostKeys rows whose results nobody holds any more
   */
  record RunsLost(String worker, Ints rows, Ints runs, Ints suspects, String exit, Ints lostKeys)
      implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onRunsLost(this);
    }
  }

  /** Results are where they were last said to be no longer, but on this worker. */
  record ResultsMoved(int worker, Ints rows, Longs sizes) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onResultsMoved(this);
    }
  }

  /**
   * The rows are values that the client brings to workers.
   *
   * @param copies workers that are to have each
   * @param keptByClient whether the client keeps them, so that they come again if they are lost
   */
  record ScatterBegun(int copies, boolean keptByClient) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onScatterBegun(this);
    }
  }

  /** The client's values of these rows are on this worker, and others if so wanted. */
  record ValuesArrived(int worker, Ints rows, Longs sizes) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onValuesArrived(this);
    }
  }

  /** No worker managed to fetch the client's value of this row. */
  record ValueUnreachable(int row, String why) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onValueUnreachable(this);
    }
  }

  /** Another graph uses this graph's row as an input, and keeps it alive. */
  record HoldAcquired(int row, long consumer) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onHoldAcquired(this);
    }
  }

  /** Another graph needs this graph's result no longer, unless it loses what it made of it. */
  record HoldDropped(int row, long consumer) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onHoldDropped(this);
    }
  }

  /** Another graph will never ask for this graph's row again. */
  record ConsumerForgot(int row, long consumer) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onConsumerForgot(this);
    }
  }

  /** The result an external row stands for is in memory. */
  record ExternalReady(int row) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onExternalReady(this);
    }
  }

  /** The result an external row stands for went away and is being computed again. */
  record ExternalLost(int row) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onExternalLost(this);
    }
  }

  /** The result an external row stands for will never come. */
  record ExternalFailed(int row, TaskFailure failure) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onExternalFailed(this);
    }
  }

  /** Nothing of this graph is wanted any more. */
  record GraphCancelled(String reason) implements GraphEvent {
    @Override
    public void deliverTo(Handler handler) {
      handler.onGraphCancelled(this);
    }
  }

  /** One method per event, so that a new event does not compile until it is handled. */
  interface Handler {
    void onRowsAdded(RowsAdded event);

    void onRowsSealed(RowsSealed event);

    void onHoldsReleased(HoldsReleased event);

    void onRunsSentAhead(RunsSentAhead event);

    void onTasksFinished(TasksFinished event);

    void onTaskErred(TaskErred event);

    void onRunsLost(RunsLost event);

    void onResultsMoved(ResultsMoved event);

    void onScatterBegun(ScatterBegun event);

    void onValuesArrived(ValuesArrived event);

    void onValueUnreachable(ValueUnreachable event);

    void onHoldAcquired(HoldAcquired event);

    void onHoldDropped(HoldDropped event);

    void onConsumerForgot(ConsumerForgot event);

    void onExternalReady(ExternalReady event);

    void onExternalLost(ExternalLost event);

    void onExternalFailed(ExternalFailed event);

    void onGraphCancelled(GraphCancelled event);
  }
}

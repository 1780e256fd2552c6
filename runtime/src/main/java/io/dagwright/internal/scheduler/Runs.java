package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;

/**
 * The runs that workers have. Giving one to a worker, and taking it away, changes the worker's
 * occupancy, resources and digest with it.
 *
 * <p>A run may be sent ahead, before the inputs are there that its worker or others make first;
 * until they are it takes none of the worker's slots.
 */
final class Runs {

  /** Successors looked at when sending ahead, and when what was sent ahead can start. */
  static final int AHEAD_SUCCESSORS = 8;

  private final Slabs slabs;
  private final Workers workers;
  private final Queues queues;
  private final Replicas replicas;
  private final Durations durations;
  private final Footprints footprints;
  private final Outbox outbox;
  private final Protocol protocol;
  private final Steps steps;

  Runs(
      Slabs slabs,
      Workers workers,
      Queues queues,
      Replicas replicas,
      Durations durations,
      Footprints footprints,
      Outbox outbox,
      Protocol protocol,
      Steps steps) {
    this.slabs = slabs;
    this.workers = workers;
    this.queues = queues;
    this.replicas = replicas;
    this.durations = durations;
    this.footprints = footprints;
    this.outbox = outbox;
    this.protocol = protocol;
    this.steps = steps;
  }

  boolean isRunning(long task, int run, int worker) {
    Slab slab = slabs.get(Task.graph(task));
    return slab != null && isRunning(slab, Task.row(task), run, worker);
  }

  /** Whether a worker has that very run of a row. */
  boolean isRunning(Slab slab, int row, int run, int worker) {
    return !slab.isBlank(row)
        && slab.state(row) == PROCESSING
        && (slab.run(row) == run || !protocol.fencesRuns())
        && slab.worker(row) == worker
        && !slab.rows.isDropped(row);
  }

  /** Gives a run to a worker, and tells the worker whom to ask for the inputs. */
  void assign(Slab slab, int row, Worker worker) {
    assign(slab, row, worker, footprints.expectedBytes(slab, row));
  }

  /**
   * As above.
   *
   * @param memoryBytes what the run may take besides its inputs; see {@link
   *     io.dagwright.internal.wire.SchedulerInstruction.ComputeTasks}
   */
  void assign(Slab slab, int row, Worker worker, long memoryBytes) {
    assign(slab, row, worker, memoryBytes, false);
  }

  private void assign(Slab slab, int row, Worker worker, long memoryBytes, boolean isAhead) {
    long task = Task.of(slab.graph, row);
    float expected = durations.expectedNanos(slab, row);
    queues.leave(task);
    slab.move(row, PROCESSING);
    slab.worker(row, worker.ordinal);
    slab.amount(row, expected);
    slab.ahead(row, Slab.NOT_AHEAD);
    worker.runs++;
    worker.runSum += Task.share(task, slab.run(row));
    worker.occupancyNanos += expected;
    if (slab.rows.annotation(row) != 0) {
      worker.take(slab.rows.annotations(row).resources(), 1);
    }
    worker.closeFullBatch();
    int inputs = 0;
    for (int k = 0; k < slab.rows.inputCount(row); k++) {
      int raw = slab.rows.input(row, k);
      if (raw >= 0) {
        long input = slab.inputTask(raw);
        worker.addInput(input, replicas.holderFor(input, worker.ordinal));
        inputs++;
      } else if (isAhead && slab.state(~raw) == PROCESSING && slab.worker(~raw) == worker.ordinal) {
        // Sent ahead of what it must come after: the worker has to wait for it too.
        worker.addInput(~Task.of(slab.graph, ~raw), worker.ordinal);
        inputs++;
      }
    }
    worker.compute(task, slab.run(row), inputs, memoryBytes);
    steps.note(slab, row, worker.ordinal, Step.SENT, 0);
  }

  /** As {@link #assign}, of a run whose inputs are yet to be made, here or by other workers. */
  void assignAhead(Slab slab, int row, Worker worker) {
    assign(slab, row, worker, footprints.expectedBytes(slab, row), true);
    byte ahead = Slab.AHEAD;
    for (int k = 0; k < slab.rows.inputCount(row); k++) {
      int input = slab.rows.input(row, k);
      if (input >= 0 && slab.state(input) == PROCESSING && slab.worker(input) != worker.ordinal) {
        ahead = Slab.AHEAD_OF_OTHERS;
      }
    }
    slab.ahead(row, ahead);
    worker.ahead++;
    worker.aheadOfOthers += ahead == Slab.AHEAD_OF_OTHERS ? 1 : 0;
  }

  /** Takes a run from its worker; how the row goes on is for the caller to say. */
  void unassign(Slab slab, int row) {
    Worker worker = workers.get(slab.worker(row));
    if (worker == null) {
      return;
    }
    worker.runs--;
    long task = Task.of(slab.graph, row);
    worker.runSum -= Task.share(task, slab.run(row));
    if (!worker.blocked.isEmpty()) {
      worker.unblock(task);
    }
    noteComplete(slab, row, worker);
    worker.occupancyNanos =
        worker.runs == 0 ? 0 : Math.max(0, worker.occupancyNanos - slab.amount(row));
    if (!slab.rows.isDropped(row) && slab.rows.annotation(row) != 0) {
      worker.take(slab.rows.annotations(row).resources(), -1);
    }
  }

  /** The run ended well: its worker holds the result. */
  void finish(Slab slab, int row, Worker worker, long nanos, long bytes) {
    unassign(slab, row);
    durations.learn(slab, row, nanos);
    footprints.learn(slab, row, bytes);
    replicas.addFirst(slab, row, worker, bytes);
    steps.note(slab, row, worker.ordinal, Step.FINISHED, (double) bytes);
    noteInputMade(slab, row);
  }

  /**
   * The run is over and left nothing.
   *
   * @param how what happened to it
   */
  void end(Slab slab, int row, Step how) {
    steps.note(slab, row, slab.worker(row), how, 0);
    unassign(slab, row);
    makeVoid(slab, row);
  }

  /** The run that waits for a worker is over before it began. */
  void refuse(Slab slab, int row, TaskFailure.Kind kind, String why) {
    int run = slab.run(row);
    steps.note(slab, row, Step.FAILED);
    makeVoid(slab, row);
    String key = slab.rows.keyName(row);
    String message = "Task [" + key + "] cannot run: " + why;
    outbox.tell(slab.graph, new GraphEvent.TaskErred(row, run, TaskFailure.of(kind, key, message)));
  }

  /** A run that no worker has is void: the next one gets another number. */
  void makeVoid(Slab slab, int row) {
    queues.forgetAlone(Task.of(slab.graph, row));
    slab.endRun(row, UNKNOWN);
  }

  /** A run gave its slot back, and so must have begun. */
  void block(Slab slab, int row, int run, Worker worker) {
    worker.block(Task.of(slab.graph, row), run);
    noteComplete(slab, row, worker);
  }

  /** Successors that were sent ahead, and now have all they need, count as running. */
  private void noteInputMade(Slab slab, int made) {
    long edge = slab.rows.firstEdge(made);
    for (int i = 0; i < AHEAD_SUCCESSORS && edge != GraphRows.NO_EDGE; i++) {
      int row = GraphRows.edgeRow(edge);
      if (slab.state(row) == PROCESSING && slab.isAhead(row) && isComplete(slab, row)) {
        Worker worker = workers.get(slab.worker(row));
        if (worker != null) {
          noteComplete(slab, row, worker);
        }
      }
      edge = slab.rows.nextEdge(edge);
    }
  }

  private static void noteComplete(Slab slab, int row, Worker worker) {
    byte ahead = slab.ahead(row);
    if (ahead != Slab.NOT_AHEAD) {
      slab.ahead(row, Slab.NOT_AHEAD);
      worker.ahead--;
      worker.aheadOfOthers -= ahead == Slab.AHEAD_OF_OTHERS ? 1 : 0;
    }
  }

  private static boolean isComplete(Slab slab, int row) {
    for (int k = 0; k < slab.rows.inputCount(row); k++) {
      int raw = slab.rows.input(row, k);
      if (slab.state(Math.max(raw, ~raw)) == PROCESSING) {
        return false;
      }
    }
    return true;
  }
}

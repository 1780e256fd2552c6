package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;
import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TaskQueue;
import io.dagwright.internal.wire.Wording;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a worker for each task that waits, as long as there is room.
 *
 * <p>Tasks with constraints come first, since fewer workers will do for them. Of the others, roots
 * fill the least loaded worker in groups, and tasks with inputs go where they would start first. A
 * paused worker gets nothing, one that is short of memory roots only when it has nothing to do.
 * What can run as soon as its inputs are made is sent ahead to a worker that makes some of them.
 */
final class Placement {

  /** No worker gets more than this, however well it would suit. */
  private static final int MOST_RUNS = 4096;

  /** Roots that follow one another go to one worker in groups of at most this many. */
  private static final int MOST_SIBLINGS = 64;

  /** Inputs a row may have to be sent ahead, and holders looked at to place one. */
  private static final int AHEAD_INPUTS = 32;

  /** Of more inputs than this, only some are looked at. */
  private static final int COST_SAMPLE = 256;

  private final SchedulerSettings settings;
  private final Slabs slabs;
  private final Workers workers;
  private final Queues queues;
  private final Replicas replicas;
  private final Durations durations;
  private final Runs runs;
  private final Outbox outbox;

  /** Bytes of the inputs of the task that is being placed. */
  private long inputBytes;

  /** The worker that gets the next roots, and how many of them. */
  private @Nullable Worker sibling;

  private int siblings;

  /** The load of the least loaded worker when sending ahead began; NaN if nobody has asked yet. */
  private double leastLoad = Double.NaN;

  Placement(
      SchedulerSettings settings,
      Slabs slabs,
      Workers workers,
      Queues queues,
      Replicas replicas,
      Durations durations,
      Runs runs,
      Outbox outbox) {
    this.settings = settings;
    this.slabs = slabs;
    this.workers = workers;
    this.queues = queues;
    this.replicas = replicas;
    this.durations = durations;
    this.runs = runs;
    this.outbox = outbox;
  }

  /** Places what can be placed. */
  void place() {
    if (workers.isEmpty()) {
      return;
    }
    endReservations();
    for (Map.Entry<Constraint, TaskQueue> entry : queues.constrained().entrySet()) {
      placeConstrained(entry.getKey(), entry.getValue());
    }
    queues.dropEmpty();
    placeFree();
  }

  /** Roots come after others of their priority, which free memory where roots take it. */
  private void placeFree() {
    boolean areRootsPlaced = false;
    boolean areOthersPlaced = false;
    while (true) {
      boolean hasRoot = !areRootsPlaced && queues.hasHead(queues.roots(), Constraint.NONE);
      boolean hasOther = !areOthersPlaced && queues.hasHead(queues.free(), Constraint.NONE);
      if (!hasRoot && !hasOther) {
        return;
      }
      boolean isRoot =
          hasRoot && (!hasOther || queues.roots().priority() > queues.free().priority());
      TaskQueue queue = isRoot ? queues.roots() : queues.free();
      long task = queue.peek();
      Slab slab = slabs.of(task);
      int row = Task.row(task);
      if (!isRoot && isRefused(slab, row, Constraint.NONE)) {
        continue;
      }
      Worker worker = isRoot ? chooseForRoot(slab, row) : chooseByLocality(slab, row);
      if (worker != null) {
        queue.poll();
        runs.assign(slab, row, worker);
        sendAhead(slab, row);
      } else if (isRoot) {
        areRootsPlaced = true;
      } else {
        areOthersPlaced = true;
      }
    }
  }

  /** Refuses a task whose inputs have no room on any worker's heap; whether it did. */
  private boolean isRefused(Slab slab, int row, Constraint constraint) {
    long most = workers.mostMemoryBytes(constraint);
    inputBytes = Footprints.inputBytes(slabs, slab, row);
    if (inputBytes <= most) {
      return false;
    }
    runs.refuse(
        slab,
        row,
        TaskFailure.Kind.INPUTS_TOO_LARGE,
        "Its inputs take "
            + Wording.bytes(inputBytes)
            + ", and the largest heap of any worker is "
            + Wording.bytes(most)
            + ". Make partitions smaller, reduce in a tree instead of at once, or start a worker with"
            + " -Xmx"
            + ((long) (inputBytes * 1.5) >> 20)
            + "m or more.");
    return true;
  }

  /** A worker is gone. */
  void forget(Worker worker) {
    if (sibling == worker) {
      sibling = null;
    }
  }

  // ---- tasks with constraints ------------------------------------------------------------------

  private void placeConstrained(Constraint constraint, TaskQueue queue) {
    while (queues.hasHead(queue, constraint)) {
      long task = queue.peek();
      if (isRefused(slabs.of(task), Task.row(task), constraint)) {
        continue;
      }
      Worker worker = constraint.alone() ? chooseIdle(task, constraint) : chooseAllowed(constraint);
      if (worker == null) {
        return;
      }
      queue.poll();
      runs.assign(slabs.of(task), Task.row(task), worker);
    }
  }

  private @Nullable Worker chooseAllowed(Constraint constraint) {
    Worker best = null;
    for (Worker worker : workers) {
      if (worker.takesWork()
          && !worker.isReserved()
          && worker.runs - worker.ahead < saturation(worker)
          && constraint.allows(worker, workers)
          && worker.memoryBytes >= inputBytes
          && worker.hasFree(constraint.resources())
          && (best == null || worker.load() < best.load())) {
        best = worker;
      }
    }
    return best;
  }

  /** An idle worker; if there is none, one is kept free of other work so that it becomes idle. */
  private @Nullable Worker chooseIdle(long task, Constraint constraint) {
    boolean someRunIsBlocked = workers.stream().anyMatch(worker -> !worker.blocked.isEmpty());
    Worker best = null;
    boolean waiting = false;
    for (Worker worker : workers) {
      boolean draining = worker.isReserved() && queues.isAlone(worker.reservedFor);
      if (!worker.takesWork()
          || (worker.isReserved() && !draining)
          || !constraint.allows(worker, workers)
          || worker.memoryBytes < inputBytes
          || !worker.offers(constraint.resources())) {
        continue;
      }
      if (worker.isIdle(someRunIsBlocked)) {
        if (worker.hasFree(constraint.resources())) {
          worker.reservedFor = task;
          return worker;
        }
        // What it lacks is held by a run that waits for others, perhaps for others here.
        worker.reservedFor = Worker.NOBODY;
        continue;
      }
      waiting |= draining;
      if (best == null || worker.runs < best.runs) {
        best = worker;
      }
    }
    if (best != null && !waiting) {
      best.reservedFor = task;
    }
    return null;
  }

  /** Ends reservations for tasks that run elsewhere, or not at all. */
  private void endReservations() {
    for (Worker worker : workers) {
      long task = worker.reservedFor;
      if (task != Worker.NOBODY
          && !queues.isAlone(task)
          && slabs.processingOn(task) != worker.ordinal) {
        worker.reservedFor = Worker.NOBODY;
      }
    }
  }

  // ---- all others ------------------------------------------------------------------------------

  /** Roots fill windows; neighbours stay together, since what joins them is often near. */
  private @Nullable Worker chooseForRoot(Slab slab, int row) {
    float expected = durations.expectedNanos(slab, row);
    if (sibling != null && siblings > 0 && isOpen(sibling, expected)) {
      siblings--;
      return sibling;
    }
    Worker best = null;
    for (Worker worker : workers) {
      if (isOpen(worker, expected) && (best == null || worker.load() < best.load())) {
        best = worker;
      }
    }
    sibling = best;
    siblings = best == null ? 0 : Math.min(MOST_SIBLINGS, room(best, expected) / 2);
    return best;
  }

  private boolean isOpen(Worker worker, float expected) {
    return worker.takesWork()
        && !worker.isReserved()
        && (worker.memory == MemoryLevel.ENOUGH || worker.runs == 0)
        && (worker.runs - worker.ahead < saturation(worker)
            || (worker.runs < settings.windowRuns()
                && worker.occupancyNanos + expected
                    <= (double) settings.windowNanos() * worker.effectiveSlots()));
  }

  private int room(Worker worker, float expected) {
    double nanos =
        (double) settings.windowNanos() * worker.effectiveSlots() - worker.occupancyNanos;
    return (int) Math.min(settings.windowRuns() - worker.runs, Math.max(0, nanos / expected));
  }

  private int saturation(Worker worker) {
    double most = settings.saturation() * worker.effectiveSlots();
    return most >= MOST_RUNS ? MOST_RUNS : (int) Math.ceil(most);
  }

  /**
   * The worker on which the task would start first: its load, plus what fetching the inputs it
   * lacks would take. Candidates are holders of inputs and the least loaded worker.
   */
  private @Nullable Worker chooseByLocality(Slab slab, int row) {
    int inputs = slab.rows.inputCount(row);
    Worker best = null;
    for (Worker worker : workers) {
      if (isUsable(worker)
          && worker.memoryBytes >= inputBytes
          && (best == null || worker.load() < best.load())) {
        best = worker;
      }
    }
    if (best == null || workers.size() == 1) {
      return best;
    }
    double least = cost(slab, row, inputs, best);
    int looked = Math.min(inputs, AHEAD_INPUTS);
    int last = best.ordinal;
    for (int k = 0; k < looked; k++) {
      int raw = slab.rows.input(row, k);
      if (raw < 0) {
        continue;
      }
      long input = slab.inputTask(raw);
      Slab of = slabs.find(input);
      if (of == null || of.state(Task.row(input)) != MEMORY) {
        continue;
      }
      int holder = of.worker(Task.row(input));
      Worker candidate = holder == last ? null : workers.get(holder);
      last = holder;
      if (candidate != null && isUsable(candidate) && candidate.memoryBytes >= inputBytes) {
        double cost = cost(slab, row, inputs, candidate);
        if (cost < least) {
          least = cost;
          best = candidate;
        }
      }
    }
    return best;
  }

  private static boolean isUsable(Worker worker) {
    return worker.takesWork() && !worker.isReserved() && worker.runs < MOST_RUNS;
  }

  private double cost(Slab slab, int row, int inputs, Worker worker) {
    double nanos = 0;
    int step = 1 + inputs / COST_SAMPLE;
    for (int k = 0; k < inputs; k += step) {
      int raw = slab.rows.input(row, k);
      if (raw >= 0) {
        long input = slab.inputTask(raw);
        Slab of = slabs.find(input);
        if (of != null && !replicas.isHeldBy(of, Task.row(input), worker.ordinal)) {
          nanos += transferNanos(of.amount(Task.row(input)));
        }
      }
    }
    return worker.load() + step * nanos;
  }

  private double transferNanos(float bytes) {
    return bytes / settings.bytesPerSecond() * 1e9 + settings.fetchNanos();
  }

  // ---- sending ahead ---------------------------------------------------------------------------

  /** Lets workers go on by themselves: successors whose inputs are all there, or on their way. */
  private void sendAhead(Slab slab, int first) {
    leastLoad = Double.NaN;
    Ints sent = Ints.of(first);
    for (int at = 0; at < sent.size(); at++) {
      boolean another = false;
      long edge = slab.rows.firstEdge(sent.get(at));
      for (int i = 0; i < Runs.AHEAD_SUCCESSORS && edge != GraphRows.NO_EDGE; i++) {
        int row = GraphRows.edgeRow(edge);
        edge = slab.rows.nextEdge(edge);
        if (sent.size() > settings.aheadDepth()) {
          return;
        }
        Worker worker = chooseAhead(slab, row, another);
        if (worker != null) {
          runs.assignAhead(slab, row, worker);
          outbox.tellSentAhead(slab.graph, row, slab.run(row));
          sent.add(row);
          another = true;
        }
      }
    }
  }

  /**
   * Who should run a row of which inputs are yet to be made; null if that is better seen later.
   *
   * <p>A worker that has or makes all inputs goes on with one successor of each task. Apart from
   * that, only short tasks are sent ahead, as long as no worker gets far more to do than another:
   * to wait for the scheduler would cost them more than the best place is worth.
   *
   * @param another whether another successor of the same task has been sent ahead
   */
  private @Nullable Worker chooseAhead(Slab slab, int row, boolean another) {
    int inputs = slab.rows.inputCount(row);
    if (slab.state(row) != UNKNOWN
        || slab.rows.annotation(row) != 0
        || slab.suspects.get(row)
        || inputs > AHEAD_INPUTS
        || !isMadeOrBeingMade(slab, row, inputs)) {
      return null;
    }
    boolean isShort = isShort(durations.expectedNanos(slab, row));
    Worker best = null;
    double least = Double.POSITIVE_INFINITY;
    int last = -1;
    for (int k = 0; k < inputs; k++) {
      int raw = slab.rows.input(row, k);
      int maker = slab.worker(Math.max(raw, ~raw));
      Worker candidate = maker == last ? null : workers.get(maker);
      last = maker;
      if (candidate == null || !isUsable(candidate)) {
        continue;
      }
      double transfer = transferAhead(slab, row, inputs, candidate);
      boolean goesOn = transfer == 0 && !another;
      if (transfer < least && (goesOn || (isShort && !isOverloaded(candidate)))) {
        least = transfer;
        best = candidate;
      }
    }
    return best;
  }

  private static boolean isMadeOrBeingMade(Slab slab, int row, int inputs) {
    for (int k = 0; k < inputs; k++) {
      int raw = slab.rows.input(row, k);
      SlotState state = slab.state(Math.max(raw, ~raw));
      if ((raw >= 0 && slab.rows.isExternal(raw)) || (state != MEMORY && state != PROCESSING)) {
        return false;
      }
    }
    return true;
  }

  /** What fetching the inputs would take that others have or make; infinite if it cannot be. */
  private double transferAhead(Slab slab, int row, int inputs, Worker worker) {
    double nanos = 0;
    for (int k = 0; k < inputs; k++) {
      int raw = slab.rows.input(row, k);
      int input = Math.max(raw, ~raw);
      boolean there = slab.state(input) == MEMORY;
      if ((raw < 0 && there) || replicas.isHeldBy(slab, input, worker.ordinal)) {
        continue;
      }
      if (there) {
        nanos += transferNanos(slab.amount(input));
      } else if (raw >= 0 && isShort(slab.amount(input))) {
        nanos += transferNanos(0);
      } else {
        return Double.POSITIVE_INFINITY;
      }
    }
    return nanos;
  }

  private boolean isShort(float expectedNanos) {
    return expectedNanos <= settings.windowNanos();
  }

  /** Whether it has so much more to do than another that it should not get more. */
  private boolean isOverloaded(Worker worker) {
    if (Double.isNaN(leastLoad)) {
      leastLoad = worker.load();
      for (Worker other : workers) {
        leastLoad = Math.min(leastLoad, other.load());
      }
    }
    return worker.load() > leastLoad + settings.windowNanos();
  }
}

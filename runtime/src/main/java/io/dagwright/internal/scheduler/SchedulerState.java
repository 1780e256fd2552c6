package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;
import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.QUEUED;
import static io.dagwright.internal.scheduler.SlotState.RELEASED;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.graph.Annotations;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskQueue;
import io.dagwright.internal.wire.TransitionTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's workers, what each is running and holding, and which task goes where.
 *
 * <p>Invariants, checked by {@link #verify}:
 *
 * <ul>
 *   <li>A task is in exactly one place: nowhere, the queue, one live worker's runs, or in memory on
 *       one or more live workers.
 *   <li>A worker's occupancy, resources and digests are the sums over its runs and replicas.
 *   <li>It never decides that a task may run: lost runs and results go back to their graph.
 * </ul>
 *
 * <p>{@link #apply} only takes note; {@link #flush} places what can be placed and says what must be
 * done, at most one batch per worker for all events since the last flush. Cost per task: a few
 * array accesses, and a comparison per worker that holds one of its inputs. A lost worker costs a
 * walk over all rows. Not thread-safe: one thread owns it.
 */
public final class SchedulerState implements SchedulerEvent.Handler {

  /** Most runs, and most inputs, in one message to a worker. */
  private static final int BATCH_RUNS = 256;

  private static final int BATCH_INPUTS = 4096;

  /** No worker gets more than this, however well it would suit. */
  private static final int MOST_RUNS = 4096;

  /** Tries to copy a result away from a worker that leaves. */
  private static final int MOST_COPIES = 3;

  /** Roots that follow one another go to one worker in groups of at most this many. */
  private static final int MOST_SIBLINGS = 64;

  /** Successors looked at, and inputs each may have, when sending ahead. */
  private static final int AHEAD_SUCCESSORS = 8;

  private static final int AHEAD_INPUTS = 32;

  /** Of more inputs than this, only some are looked at. */
  private static final int COST_SAMPLE = 256;

  /** What running any task costs besides its function. */
  private static final float OVERHEAD_NANOS = 2_000;

  private static final double EWMA_WEIGHT = 0.3;

  /** What a task asks of its worker, besides being alive. */
  private record Constraint(
      Map<String, Double> resources, Collection<String> workers, boolean anyWorker, boolean alone) {

    static final Constraint NONE = new Constraint(Map.of(), List.of(), true, false);

    static Constraint of(Annotations annotations, boolean alone) {
      return new Constraint(
          annotations.resources(),
          List.copyOf(annotations.workers()),
          annotations.anyWorker(),
          alone);
    }
  }

  private final SchedulerSettings settings;
  private final Protocol protocol;
  private TransitionTable.@Nullable Listener<SlotState> listener;

  private long nowNanos;
  private final Workers workers = new Workers();
  private final TreeMap<Integer, Slab> slabs = new TreeMap<>();
  private @Nullable Slab lastSlab;
  private final LongMap<Ints> moreHolders = new LongMap<>();

  /** Rows of one graph that another holder now stands for, by that; told of at once. */
  private final TreeMap<Integer, Ints> moved = new TreeMap<>();

  private final TaskQueue free = new TaskQueue();
  private final Map<Constraint, TaskQueue> constrained = new LinkedHashMap<>();
  private final LongMap<Boolean> queuedAlone = new LongMap<>();
  private final LongMap<Long> stalledSince = new LongMap<>();

  private final Map<String, Integer> prefixNumbers = new LinkedHashMap<>();
  private double[] prefixNanos = new double[16];

  private @Nullable Worker sibling;
  private int siblings;

  private List<SchedulerInstruction> out = new ArrayList<>();
  private final Map<Integer, Ints> aheadRows = new LinkedHashMap<>();
  private final Map<Integer, Ints> aheadRuns = new LinkedHashMap<>();

  public SchedulerState(SchedulerSettings settings) {
    this(settings, Protocol.CORRECT);
  }

  /** For simulations that plant bugs. */
  public SchedulerState(SchedulerSettings settings, Protocol protocol) {
    this.settings = settings;
    this.protocol = protocol;
  }

  public void listen(TransitionTable.Listener<SlotState> toEveryStep) {
    listener = toEveryStep;
    slabs.values().forEach(slab -> slab.listener = toEveryStep);
  }

  /** Takes note of one event. */
  public void apply(SchedulerEvent event, long now) {
    nowNanos = now;
    event.deliverTo(this);
  }

  /** Places what can be placed and returns what must be done, in this order. */
  public List<SchedulerInstruction> flush(long now) {
    nowNanos = now;
    place();
    List<SchedulerInstruction> result = out;
    out = new ArrayList<>();
    aheadRows.forEach(
        (graph, rows) -> {
          Ints runs = aheadRuns.getOrDefault(graph, Ints.EMPTY);
          result.add(
              new SchedulerInstruction.TellGraph(graph, new GraphEvent.RunsSentAhead(rows, runs)));
        });
    aheadRows.clear();
    aheadRuns.clear();
    for (Worker worker : workers) {
      flush(worker, result);
    }
    return result;
  }

  private static void flush(Worker worker, List<SchedulerInstruction> result) {
    int ordinal = worker.ordinal;
    if (!worker.cancelTasks.isEmpty()) {
      result.add(
          new SchedulerInstruction.CancelRuns(ordinal, worker.cancelTasks, worker.cancelRuns));
      worker.cancelTasks = new Longs(0);
      worker.cancelRuns = new Ints(0);
    }
    if (!worker.freeTasks.isEmpty()) {
      result.add(new SchedulerInstruction.FreeKeys(ordinal, worker.freeTasks));
      worker.freeTasks = new Longs(0);
    }
    if (!worker.copyTasks.isEmpty()) {
      result.add(
          new SchedulerInstruction.AcquireReplicas(ordinal, worker.copyTasks, worker.copyHolders));
      worker.copyTasks = new Longs(0);
      worker.copyHolders = new Ints(0);
    }
    worker.closeBatch();
    result.addAll(worker.batches);
    worker.batches.clear();
  }

  // ---- what is asked of it -------------------------------------------------------------------

  public SlotState state(long task) {
    Slab slab = slabs.get(Task.graph(task));
    return slab == null ? UNKNOWN : slab.state(Task.row(task));
  }

  /** Workers that hold a result, the one to be asked first in front. */
  public Ints holders(long task) {
    Slab slab = slabs.get(Task.graph(task));
    int row = Task.row(task);
    if (slab == null || slab.state(row) != MEMORY) {
      return Ints.EMPTY;
    }
    Ints result = Ints.of(slab.worker(row));
    Ints more = moreHolders.get(task);
    if (more != null) {
      result.addAll(more);
    }
    return result;
  }

  /** The worker a task is running on, or -1. */
  public int processingOn(long task) {
    return state(task) == PROCESSING ? slab(task).worker(Task.row(task)) : -1;
  }

  /** The run of a task that counts, or the next one. */
  public int run(long task) {
    Slab slab = slabs.get(Task.graph(task));
    return slab == null ? 0 : slab.run(Task.row(task));
  }

  public Collection<Integer> workers() {
    return workers.stream().map(worker -> worker.ordinal).toList();
  }

  /** Runs a worker has; 0 if there is no such worker. */
  public int runsOn(int worker) {
    Worker of = workers.get(worker);
    return of == null ? 0 : of.runs;
  }

  /** Results a worker holds; 0 if there is no such worker. */
  public int replicasOn(int worker) {
    Worker of = workers.get(worker);
    return of == null ? 0 : of.replicas;
  }

  /** Tasks that wait for a worker, at most: some may have moved on. */
  public int queued() {
    return free.size() + constrained.values().stream().mapToInt(TaskQueue::size).sum();
  }

  /** One sentence that says why a task does not run; for people. */
  public String why(long task) {
    Slab slab = slabs.get(Task.graph(task));
    int row = Task.row(task);
    if (slab == null || row >= slab.rows.size() || slab.rows.isDropped(row)) {
      return "The scheduler does not know this task; it ended and was forgotten, or never arrived.";
    }
    String key = "Task [" + slab.rows.keyName(row) + "]";
    return switch (slab.state(row)) {
      case MEMORY -> key + " has run; its result is in memory on " + names(holders(task)) + ".";
      case RELEASED -> key + " has run; its result was dropped because nobody needed it.";
      case PROCESSING -> key + " is with a worker: " + whereItRuns(slab, row);
      case QUEUED -> key + " is ready but waits: " + whyNotPlaced(constraintOf(task));
      case UNKNOWN -> key + " is not ready: its graph still waits for its inputs.";
    };
  }

  private String whereItRuns(Slab slab, int row) {
    Worker on = workers.get(slab.worker(row));
    return on == null
        ? "one that is being given up."
        : "[" + on + "], which has " + on.runs + " runs for " + on.slots + " slots.";
  }

  private String whyNotPlaced(Constraint constraint) {
    if (workers.isEmpty()) {
      return "the cluster has no workers. Start one with 'dagwright worker'; the task goes on by"
          + " itself.";
    }
    List<Worker> staying = workers.staying();
    if (staying.isEmpty()) {
      return "all "
          + workers.size()
          + " workers are leaving. Start another; the task goes on by"
          + " itself.";
    }
    List<Worker> allowed = staying.stream().filter(w -> isAllowed(w, constraint)).toList();
    if (allowed.isEmpty()) {
      return "it is restricted to "
          + constraint.workers()
          + ", and none of the "
          + staying.size()
          + " workers has such a name or host. Start one, or allow other workers.";
    }
    List<Worker> able = allowed.stream().filter(w -> w.offers(constraint.resources())).toList();
    if (able.isEmpty()) {
      return "no worker offers "
          + constraint.resources()
          + "; the "
          + allowed.size()
          + " that may run it offer "
          + offers(allowed)
          + ". Start one with '--resources', or ask for less.";
    }
    if (able.stream().noneMatch(w -> w.hasFree(constraint.resources()))) {
      return "all of "
          + constraint.resources()
          + " is in use on the "
          + able.size()
          + " workers that offer it. It runs when one of their tasks ends.";
    }
    if (constraint.alone()) {
      return "a worker died while it ran, so it gets a worker to itself, and none of "
          + able.size()
          + " is idle yet.";
    }
    return "all slots of "
        + able.size()
        + " workers are taken; "
        + queued()
        + " tasks wait in all.";
  }

  private static Set<String> offers(List<Worker> among) {
    Set<String> result = new TreeSet<>();
    among.forEach(w -> result.add(w.resources.isEmpty() ? "nothing" : w.resources.toString()));
    return result;
  }

  private String names(Ints ordinals) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < ordinals.size(); i++) {
      text.append(i == 0 ? "[" : ", ").append(workers.get(ordinals.get(i)));
    }
    return text.append("]").toString();
  }

  // ---- events: workers
  // ----------------------------------------------------------------------------

  @Override
  public void onWorkerJoined(SchedulerEvent.WorkerJoined event) {
    Worker worker =
        new Worker(event.worker(), event.id(), event.host(), event.slots(), event.resources());
    worker.lastHeardNanos = nowNanos;
    workers.add(worker);
  }

  @Override
  public void onWorkerLost(SchedulerEvent.WorkerLost event) {
    Worker worker = workers.remove(event.worker());
    if (worker == null) {
      return;
    }
    if (sibling == worker) {
      sibling = null;
    }
    out.add(new SchedulerInstruction.DropWorker(event.worker(), event.exit()));
    for (Slab slab : slabs.values()) {
      loseWorker(slab, worker, event);
    }
  }

  private void loseWorker(Slab slab, Worker worker, SchedulerEvent.WorkerLost event) {
    Ints rows = new Ints(0);
    Ints runs = new Ints(0);
    Ints suspects = new Ints(0);
    Ints lostKeys = new Ints(0);
    for (int row = 0; row < slab.limit(); row++) {
      if (slab.isBlank(row)) {
        row |= GraphRows.PAGE - 1;
        continue;
      }
      SlotState state = slab.state(row);
      long task = Task.of(slab.graph, row);
      if (state == PROCESSING && slab.worker(row) == worker.ordinal) {
        rows.add(row);
        runs.add(slab.run(row));
        boolean mayRun = !slab.isAhead(row) && !worker.blocked.containsKey(task);
        if (event.running() == null ? mayRun : event.running().contains(task)) {
          suspects.add(row);
        }
        forgetRun(slab, row);
        if (!protocol.leavesReadinessToGraph()) {
          slab.move(row, QUEUED);
          free.add(0, task);
        }
      } else if (state == MEMORY && removeHolder(slab, row, worker.ordinal)) {
        lostKeys.add(row);
      }
    }
    tellMoved(slab);
    if (!rows.isEmpty() || !lostKeys.isEmpty()) {
      tell(
          slab.graph,
          new GraphEvent.RunsLost(worker.id.name(), rows, runs, suspects, event.exit(), lostKeys));
    }
  }

  /** Takes a holder away; true if it was the last, and the result is gone. */
  private boolean removeHolder(Slab slab, int row, int holder) {
    long task = Task.of(slab.graph, row);
    Ints more = moreHolders.get(task);
    if (slab.worker(row) == holder) {
      uncountReplica(holder, task, slab.amount(row));
      if (more == null) {
        forgetResult(slab, row, UNKNOWN);
        return true;
      }
      slab.worker(row, more.get(0));
      moved.computeIfAbsent(more.get(0), key -> new Ints()).add(row);
      keepMoreHolders(task, more, more.get(0));
    } else if (more != null && more.contains(holder)) {
      uncountReplica(holder, task, slab.amount(row));
      keepMoreHolders(task, more, holder);
    }
    return false;
  }

  /** Whoever was told where results are, such as a client, has to hear where they are now. */
  private void tellMoved(Slab slab) {
    moved.forEach(
        (holder, rows) -> {
          Longs sizes = new Longs(rows.size());
          for (int i = 0; i < rows.size(); i++) {
            sizes.add((long) slab.amount(rows.get(i)));
          }
          tell(slab.graph, new GraphEvent.ResultsMoved(holder, rows, sizes));
        });
    moved.clear();
  }

  private void keepMoreHolders(long task, Ints more, int without) {
    Ints left = new Ints(more.size());
    for (int i = 0; i < more.size(); i++) {
      if (more.get(i) != without) {
        left.add(more.get(i));
      }
    }
    if (left.isEmpty()) {
      moreHolders.remove(task);
    } else {
      moreHolders.put(task, left);
    }
  }

  @Override
  public void onWorkerLeaving(SchedulerEvent.WorkerLeaving event) {
    Worker worker = workers.get(event.worker());
    if (worker != null) {
      worker.leaving = true;
      letGoIfEmpty(worker);
    }
  }

  private void letGoIfEmpty(Worker worker) {
    if (worker.runs > 0) {
      return;
    }
    if (!workers.staying().isEmpty() && copyAway(worker) > 0) {
      return;
    }
    out.add(new SchedulerInstruction.LetWorkerGo(worker.ordinal));
  }

  /** Asks workers that stay to copy what only a leaving one holds; how much is left to copy. */
  private int copyAway(Worker leaving) {
    List<Worker> staying = workers.staying();
    int found = 0;
    for (Slab slab : slabs.values()) {
      for (int row = 0; row < slab.limit(); row++) {
        if (slab.isBlank(row)) {
          row |= GraphRows.PAGE - 1;
        } else if (slab.state(row) == MEMORY
            && isOnlyOnLeaving(slab, row, leaving)
            && mayBeCopied(leaving, Task.of(slab.graph, row))) {
          Worker target = staying.get(found++ % staying.size());
          target.copyTasks.add(Task.of(slab.graph, row));
          target.copyHolders.add(leaving.ordinal);
        }
      }
    }
    return found;
  }

  /** What cannot be copied must not keep a worker for ever: it is computed again when needed. */
  private static boolean mayBeCopied(Worker leaving, long task) {
    Integer failed = leaving.copiesFailed.get(task);
    return failed == null || failed < MOST_COPIES;
  }

  private boolean isOnlyOnLeaving(Slab slab, int row, Worker leaving) {
    boolean here = false;
    Ints holders = holders(Task.of(slab.graph, row));
    for (int i = 0; i < holders.size(); i++) {
      Worker holder = workers.get(holders.get(i));
      if (holder != null && !holder.leaving) {
        return false;
      }
      here |= holders.get(i) == leaving.ordinal;
    }
    return here;
  }

  @Override
  public void onWorkerBeat(SchedulerEvent.WorkerBeat event) {
    Worker worker = heard(event.worker());
    boolean quiet = event.quiet() || !protocol.waitsForQuiet();
    if (worker == null || !quiet || !protocol.comparesDigests()) {
      return;
    }
    boolean agrees =
        (worker.runDigest().equals(event.runs()) && worker.replicaDigest().equals(event.replicas()))
            || worker.hasMessagesInTheMaking();
    if (!agrees) {
      // It has heard all we said, so an answer to an earlier request would have come before.
      out.add(new SchedulerInstruction.RequestInventory(event.worker()));
    }
  }

  @Override
  public void onWorkerInventory(SchedulerEvent.WorkerInventory event) {
    Worker worker = heard(event.worker());
    if (worker == null) {
      return;
    }
    if (!event.quiet()) {
      return; // It crossed something we said; the next beat will tell whether anything is wrong.
    }
    LongMap<Integer> running = new LongMap<>();
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      boolean blocked = event.runs().get(i) < 0;
      int run = blocked ? ~event.runs().get(i) : event.runs().get(i);
      running.put(task, run);
      if (!isRunning(task, run, event.worker())) {
        worker.cancelTasks.add(task);
        worker.cancelRuns.add(run);
      } else if (blocked) {
        block(worker, task, run);
      } else {
        worker.unblock(task);
      }
    }
    LongMap<Boolean> held = new LongMap<>();
    for (int i = 0; i < event.held().size(); i++) {
      long task = event.held().get(i);
      held.put(task, true);
      if (!holders(task).contains(event.worker())) {
        worker.freeTasks.add(task);
      }
    }
    for (Slab slab : slabs.values()) {
      reconcile(slab, worker, running, held);
    }
  }

  private void reconcile(
      Slab slab, Worker worker, LongMap<Integer> running, LongMap<Boolean> held) {
    Ints rows = new Ints(0);
    Ints runs = new Ints(0);
    Ints lostKeys = new Ints(0);
    for (int row = 0; row < slab.limit(); row++) {
      if (slab.isBlank(row)) {
        row |= GraphRows.PAGE - 1;
        continue;
      }
      SlotState state = slab.state(row);
      long task = Task.of(slab.graph, row);
      if (state == PROCESSING && slab.worker(row) == worker.ordinal) {
        Integer run = running.get(task);
        if (run == null || run != slab.run(row)) {
          rows.add(row);
          runs.add(slab.run(row));
          unassign(slab, row);
          forgetRun(slab, row);
        }
      } else if (state == MEMORY
          && !held.containsKey(task)
          && removeHolder(slab, row, worker.ordinal)) {
        lostKeys.add(row);
      }
    }
    tellMoved(slab);
    if (!rows.isEmpty() || !lostKeys.isEmpty()) {
      tell(
          slab.graph,
          new GraphEvent.RunsLost(
              worker.id.name(), rows, runs, Ints.EMPTY, "lost message", lostKeys));
    }
  }

  @Override
  public void onClockTicked(SchedulerEvent.ClockTicked event) {
    for (Worker worker : workers.stream().toList()) {
      if (nowNanos - worker.lastHeardNanos > settings.silenceNanos()) {
        long seconds = (nowNanos - worker.lastHeardNanos) / 1_000_000_000L;
        onWorkerLost(
            new SchedulerEvent.WorkerLost(worker.ordinal, "silent for " + seconds + " s", null));
      } else if (worker.leaving) {
        letGoIfEmpty(worker);
      }
    }
    reportStall(Constraint.NONE, free);
    constrained.forEach(this::reportStall);
  }

  private void reportStall(Constraint constraint, TaskQueue queue) {
    skipStale(queue, constraint.alone());
    if (queue.isEmpty()) {
      return;
    }
    long head = queue.peek();
    boolean hopeless =
        workers.stream()
            .noneMatch(
                w -> !w.leaving && isAllowed(w, constraint) && w.offers(constraint.resources()));
    Long since = stalledSince.get(head);
    if (!hopeless) {
      if (since != null) {
        stalledSince.remove(head);
      }
    } else if (since == null) {
      stalledSince.put(head, nowNanos);
    } else if (since >= 0 && nowNanos - since > settings.stallNanos()) {
      stalledSince.put(head, -1L); // Said once.
      out.add(new SchedulerInstruction.ReportStall(head, why(head)));
    }
  }

  // ---- events: graphs
  // -----------------------------------------------------------------------------

  @Override
  public void onGraphAdded(SchedulerEvent.GraphAdded event) {
    Slab slab = new Slab(event.graph(), event.rows());
    slab.listener = listener;
    slabs.put(event.graph(), slab);
  }

  @Override
  public void onGraphRemoved(SchedulerEvent.GraphRemoved event) {
    Slab slab = slabs.get(event.graph());
    if (slab == null) {
      return;
    }
    for (int row = 0; row < slab.limit(); row++) {
      if (slab.isBlank(row)) {
        row |= GraphRows.PAGE - 1;
      } else {
        discard(slab, row);
      }
    }
    slabs.remove(event.graph());
    lastSlab = null;
  }

  /** Whatever the row's task has anywhere is not wanted. */
  private void discard(Slab slab, int row) {
    long task = Task.of(slab.graph, row);
    if (slab.state(row) == PROCESSING) {
      Worker worker = workers.get(slab.worker(row));
      if (worker != null) {
        worker.cancelTasks.add(task);
        worker.cancelRuns.add(slab.run(row));
      }
      if (protocol.freesSlots()) {
        unassign(slab, row);
      }
      forgetRun(slab, row);
    } else if (slab.state(row) == MEMORY) {
      release(slab, row, UNKNOWN);
    } else if (slab.state(row) == QUEUED) {
      forgetRun(slab, row);
    }
  }

  @Override
  public void onRunsReady(SchedulerEvent.RunsReady event) {
    Slab slab = slabs.get(event.graph());
    if (slab == null) {
      return;
    }
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      int run = event.runs().get(i);
      SlotState state = slab.state(row);
      boolean idle = state == UNKNOWN || state == RELEASED;
      if (run < slab.run(row) || (run == slab.run(row) && !idle)) {
        continue; // We gave that run up already and said so, or it was sent ahead.
      }
      if (!idle) {
        discard(slab, row);
      }
      slab.run(row, run);
      slab.move(row, QUEUED);
      enqueue(slab, row, !event.alone().isEmpty() && event.alone().contains(row));
    }
  }

  private void enqueue(Slab slab, int row, boolean alone) {
    long task = Task.of(slab.graph, row);
    if (alone) {
      queuedAlone.put(task, true);
    }
    if (!alone && slab.rows.annotation(row) == 0) {
      free.add(0, task);
      return;
    }
    Annotations annotations = slab.rows.annotations(row);
    Constraint constraint = Constraint.of(annotations, alone);
    TaskQueue queue =
        isFree(constraint) ? free : constrained.computeIfAbsent(constraint, key -> new TaskQueue());
    queue.add(annotations.priority(), task);
  }

  private static boolean isFree(Constraint constraint) {
    return constraint.resources().isEmpty()
        && constraint.workers().isEmpty()
        && !constraint.alone();
  }

  private Constraint constraintOf(long task) {
    Annotations annotations = slab(task).rows.annotations(Task.row(task));
    return Constraint.of(annotations, queuedAlone.containsKey(task));
  }

  @Override
  public void onRunsWithdrawn(SchedulerEvent.RunsWithdrawn event) {
    Slab slab = slabs.get(event.graph());
    if (slab == null) {
      return;
    }
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      int run = event.runs().get(i);
      if (slab.run(row) <= run) {
        discard(slab, row);
        slab.run(row, run + 1);
      }
    }
  }

  @Override
  public void onReplicasReleased(SchedulerEvent.ReplicasReleased event) {
    Slab slab = slabs.get(event.graph());
    if (slab == null) {
      return;
    }
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      if (slab.state(row) == MEMORY) {
        release(slab, row, RELEASED);
      }
      if (slab.rows.isDropped(row)) {
        slab.dropPage(row);
      }
    }
  }

  /** Frees a result wherever it is held. */
  private void release(Slab slab, int row, SlotState to) {
    long task = Task.of(slab.graph, row);
    free(task, slab.worker(row), slab.amount(row));
    if (!moreHolders.isEmpty()) {
      Ints more = moreHolders.remove(task);
      for (int i = 0; more != null && i < more.size(); i++) {
        free(task, more.get(i), slab.amount(row));
      }
    }
    forgetResult(slab, row, to);
  }

  private void free(long task, int holder, float bytes) {
    uncountReplica(holder, task, bytes);
    Worker worker = workers.get(holder);
    if (worker != null) {
      worker.freeTasks.add(task);
    }
  }

  // ---- events: runs
  // ---------------------------------------------------------------------------------

  @Override
  public void onTasksFinished(SchedulerEvent.TasksFinished event) {
    Worker worker = heard(event.worker());
    if (worker == null) {
      return;
    }
    Longs tasks = event.tasks();
    int at = 0;
    while (at < tasks.size()) {
      int graph = Task.graph(tasks.get(at));
      int end = at + 1;
      while (end < tasks.size() && Task.graph(tasks.get(end)) == graph) {
        end++;
      }
      Slab slab = slabs.get(graph);
      if (slab != null) {
        finish(slab, worker, event, at, end);
      }
      at = end;
    }
    if (worker.leaving) {
      letGoIfEmpty(worker);
    }
  }

  private void finish(
      Slab slab, Worker worker, SchedulerEvent.TasksFinished event, int from, int to) {
    Ints rows = new Ints(to - from);
    Ints runs = new Ints(to - from);
    Longs sizes = new Longs(to - from);
    byte @Nullable [] @Nullable [] values = event.inline();
    byte @Nullable [][] inline = values == null ? null : new byte[to - from][];
    for (int i = from; i < to; i++) {
      int row = Task.row(event.tasks().get(i));
      int run = event.runs().get(i);
      if (!isRunning(slab, row, run, worker.ordinal)) {
        continue; // Void meanwhile; the worker was told to drop it.
      }
      unassign(slab, row);
      learn(slab, row, event.nanos().get(i));
      slab.move(row, MEMORY);
      slab.amount(row, (float) event.sizes().get(i));
      countReplica(worker, event.tasks().get(i), (double) event.sizes().get(i));
      if (worker.ahead > 0) {
        noteInputMade(slab, row, worker);
      }
      if (inline != null && values != null) {
        inline[rows.size()] = values[i];
      }
      rows.add(row);
      runs.add(run);
      sizes.add(event.sizes().get(i));
    }
    if (!rows.isEmpty()) {
      tell(slab.graph, new GraphEvent.TasksFinished(worker.ordinal, rows, runs, sizes, inline));
    }
  }

  /** Successors that were sent ahead, and now have all they need, count as running. */
  private void noteInputMade(Slab slab, int made, Worker worker) {
    long edge = slab.rows.firstEdge(made);
    for (int i = 0; i < AHEAD_SUCCESSORS && edge != GraphRows.NO_EDGE; i++) {
      int row = GraphRows.edgeRow(edge);
      if (slab.state(row) == PROCESSING
          && slab.isAhead(row)
          && slab.worker(row) == worker.ordinal
          && isComplete(slab, row)) {
        noteComplete(slab, row, worker);
      }
      edge = slab.rows.nextEdge(edge);
    }
  }

  private static void noteComplete(Slab slab, int row, Worker worker) {
    if (worker.ahead > 0 && slab.isAhead(row)) {
      slab.setAhead(row, false);
      worker.ahead--;
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

  @Override
  public void onTaskErred(SchedulerEvent.TaskErred event) {
    Worker worker = heard(event.worker());
    Slab slab = slabs.get(Task.graph(event.task()));
    int row = Task.row(event.task());
    if (worker == null || slab == null || !isRunning(slab, row, event.run(), worker.ordinal)) {
      return;
    }
    unassign(slab, row);
    forgetRun(slab, row);
    tell(slab.graph, new GraphEvent.TaskErred(row, event.run(), event.failure()));
  }

  @Override
  public void onInputsMissing(SchedulerEvent.InputsMissing event) {
    Worker worker = heard(event.worker());
    Slab slab = slabs.get(Task.graph(event.task()));
    int row = Task.row(event.task());
    if (worker == null || slab == null || !isRunning(slab, row, event.run(), worker.ordinal)) {
      return;
    }
    unassign(slab, row);
    forgetRun(slab, row);
    Map<Integer, Ints> lost = new TreeMap<>();
    for (int i = 0; i < event.missing().size(); i++) {
      long input = event.missing().get(i);
      int holder = event.holders().get(i);
      Slab of = slabs.get(Task.graph(input));
      if (of == null || of.state(Task.row(input)) != MEMORY || !holders(input).contains(holder)) {
        continue;
      }
      Worker had = workers.get(holder);
      if (had != null) {
        had.freeTasks.add(input);
      }
      if (removeHolder(of, Task.row(input), holder)) {
        lost.computeIfAbsent(of.graph, key -> new Ints()).add(Task.row(input));
      }
      tellMoved(of);
    }
    Ints ownLost = lost.remove(slab.graph);
    tell(
        slab.graph,
        new GraphEvent.RunsLost(
            worker.id.name(),
            Ints.of(row),
            Ints.of(event.run()),
            Ints.EMPTY,
            "input not found",
            ownLost == null ? Ints.EMPTY : ownLost));
    lost.forEach(
        (graph, keys) ->
            tell(
                graph,
                new GraphEvent.RunsLost(
                    worker.id.name(), Ints.EMPTY, Ints.EMPTY, Ints.EMPTY, "not found", keys)));
  }

  @Override
  public void onReplicasAdded(SchedulerEvent.ReplicasAdded event) {
    Worker worker = heard(event.worker());
    if (worker == null) {
      return;
    }
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      Slab slab = slabs.get(Task.graph(task));
      int row = Task.row(task);
      if (slab == null || slab.state(row) != MEMORY) {
        if (processingOn(task) != worker.ordinal) {
          worker.freeTasks.add(task); // Released while the copy was made.
        } // else: it has since been told to make it, and will say that it is there.
      } else if (!holders(task).contains(worker.ordinal)) {
        Ints more = moreHolders.get(task);
        Ints all = new Ints();
        if (more != null) {
          all.addAll(more);
        }
        all.add(worker.ordinal);
        moreHolders.put(task, all);
        countReplica(worker, task, slab.amount(row));
      }
    }
  }

  @Override
  public void onReplicasNotAdded(SchedulerEvent.ReplicasNotAdded event) {
    heard(event.worker()); // The next tick tries again, with whoever is there then.
    for (int i = 0; i < event.tasks().size(); i++) {
      Worker holder = workers.get(event.holders().get(i));
      if (holder != null && holder.leaving) {
        Integer before = holder.copiesFailed.get(event.tasks().get(i));
        holder.copiesFailed.put(event.tasks().get(i), before == null ? 1 : before + 1);
      }
    }
  }

  @Override
  public void onTaskBlocked(SchedulerEvent.TaskBlocked event) {
    Worker worker = heard(event.worker());
    if (worker != null && isRunning(event.task(), event.run(), event.worker())) {
      block(worker, event.task(), event.run());
    }
  }

  private void block(Worker worker, long task, int run) {
    worker.block(task, run);
    noteComplete(slab(task), Task.row(task), worker);
  }

  @Override
  public void onTaskUnblocked(SchedulerEvent.TaskUnblocked event) {
    Worker worker = heard(event.worker());
    if (worker != null && isRunning(event.task(), event.run(), event.worker())) {
      worker.unblock(event.task());
    }
  }

  // ---- placement
  // ------------------------------------------------------------------------------------

  private void place() {
    if (workers.isEmpty()) {
      return;
    }
    endReservations();
    for (Map.Entry<Constraint, TaskQueue> entry : constrained.entrySet()) {
      placeConstrained(entry.getKey(), entry.getValue());
    }
    constrained.values().removeIf(TaskQueue::isEmpty);
    while (true) {
      skipStale(free, false);
      if (free.isEmpty()) {
        return;
      }
      long task = free.peek();
      Slab slab = slab(task);
      int row = Task.row(task);
      Worker worker = choose(slab, row);
      if (worker == null) {
        return;
      }
      free.poll();
      assign(slab, row, worker);
      sendAhead(slab, row, worker);
    }
  }

  /** Drops entries whose task has moved on, be it to another queue. */
  private void skipStale(TaskQueue queue, boolean alone) {
    while (!queue.isEmpty()) {
      long task = queue.peek();
      boolean here = queuedAlone.isEmpty() ? !alone : queuedAlone.containsKey(task) == alone;
      if (here && state(task) == QUEUED) {
        return;
      }
      if (!stalledSince.isEmpty()) {
        stalledSince.remove(task);
      }
      queue.poll();
    }
  }

  private void placeConstrained(Constraint constraint, TaskQueue queue) {
    while (true) {
      skipStale(queue, constraint.alone());
      if (queue.isEmpty()) {
        return;
      }
      long task = queue.peek();
      Worker worker = constraint.alone() ? chooseIdle(task, constraint) : chooseAllowed(constraint);
      if (worker == null) {
        return;
      }
      queue.poll();
      assign(slab(task), Task.row(task), worker);
    }
  }

  /** An idle worker; if there is none, one is kept free of other work so that it becomes idle. */
  private @Nullable Worker chooseIdle(long task, Constraint constraint) {
    Worker best = null;
    boolean waiting = false;
    for (Worker worker : workers) {
      boolean draining = worker.isReserved() && queuedAlone.containsKey(worker.reservedFor);
      if (worker.leaving
          || (worker.isReserved() && !draining)
          || !isAllowed(worker, constraint)
          || !worker.offers(constraint.resources())) {
        continue;
      }
      if (worker.isIdle()) {
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
          && !queuedAlone.containsKey(task)
          && processingOn(task) != worker.ordinal) {
        worker.reservedFor = Worker.NOBODY;
      }
    }
  }

  private @Nullable Worker chooseAllowed(Constraint constraint) {
    Worker best = null;
    for (Worker worker : workers) {
      if (!worker.leaving
          && !worker.isReserved()
          && worker.runs - worker.ahead < saturation(worker)
          && isAllowed(worker, constraint)
          && worker.hasFree(constraint.resources())
          && (best == null || worker.load() < best.load())) {
        best = worker;
      }
    }
    return best;
  }

  private boolean isAllowed(Worker worker, Constraint constraint) {
    Collection<String> allowed = constraint.workers();
    if (allowed.isEmpty() || allowed.contains(worker.id.name()) || allowed.contains(worker.host)) {
      return true;
    }
    return constraint.anyWorker()
        && workers.stream()
            .noneMatch(w -> allowed.contains(w.id.name()) || allowed.contains(w.host));
  }

  /** The best worker for an unconstrained task; null if it should wait. */
  private @Nullable Worker choose(Slab slab, int row) {
    int inputs = slab.rows.inputCount(row);
    for (int k = 0; k < inputs; k++) {
      if (slab.rows.input(row, k) >= 0) {
        return chooseByLocality(slab, row, inputs);
      }
    }
    return chooseForRoot(slab, row);
  }

  /** Roots fill windows; neighbours stay together, since what joins them is often near. */
  private @Nullable Worker chooseForRoot(Slab slab, int row) {
    float expected = expectedNanos(slab, row);
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
    return !worker.leaving
        && !worker.isReserved()
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
    double runs = settings.saturation() * worker.effectiveSlots();
    return runs >= MOST_RUNS ? MOST_RUNS : (int) Math.ceil(runs);
  }

  /**
   * The worker on which the task would start first: its load, plus what fetching the inputs it
   * lacks would take. Candidates are holders of inputs and the least loaded worker.
   */
  private @Nullable Worker chooseByLocality(Slab slab, int row, int inputs) {
    Worker best = null;
    for (Worker worker : workers) {
      if (isUsable(worker) && (best == null || worker.load() < best.load())) {
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
      long input = inputTask(slab, raw);
      Slab of = slabIfThere(input);
      if (of == null || of.state(Task.row(input)) != MEMORY) {
        continue;
      }
      int holder = of.worker(Task.row(input));
      Worker candidate = holder == last ? null : workers.get(holder);
      last = holder;
      if (candidate != null && isUsable(candidate)) {
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
    return !worker.leaving && !worker.isReserved() && worker.runs < MOST_RUNS;
  }

  private double cost(Slab slab, int row, int inputs, Worker worker) {
    double bytes = 0;
    int fetches = 0;
    int step = 1 + inputs / COST_SAMPLE;
    for (int k = 0; k < inputs; k += step) {
      int raw = slab.rows.input(row, k);
      if (raw >= 0) {
        long input = inputTask(slab, raw);
        Slab of = slabIfThere(input);
        if (of != null && !isHeldBy(of, Task.row(input), worker.ordinal)) {
          bytes += of.amount(Task.row(input));
          fetches++;
        }
      }
    }
    return worker.load()
        + step
            * (bytes / settings.bytesPerSecond() * 1e9 + (double) fetches * settings.fetchNanos());
  }

  /** Lets a worker go on by itself: successors whose inputs are all there, or on their way. */
  private void sendAhead(Slab slab, int first, Worker worker) {
    int row = first;
    for (int depth = 0; depth < settings.aheadDepth() && worker.runs < MOST_RUNS; depth++) {
      int next = successorToSendAhead(slab, row, worker);
      if (next < 0) {
        return;
      }
      assign(slab, next, worker);
      slab.setAhead(next, true);
      worker.ahead++;
      aheadRows.computeIfAbsent(slab.graph, key -> new Ints()).add(next);
      aheadRuns.computeIfAbsent(slab.graph, key -> new Ints()).add(slab.run(next));
      row = next;
    }
  }

  private int successorToSendAhead(Slab slab, int row, Worker worker) {
    GraphRows rows = slab.rows;
    long edge = rows.firstEdge(row);
    for (int i = 0; i < AHEAD_SUCCESSORS && edge != GraphRows.NO_EDGE; i++) {
      int next = GraphRows.edgeRow(edge);
      if (slab.state(next) == UNKNOWN
          && rows.annotation(next) == 0
          && hasInputsOn(slab, next, worker)) {
        return next;
      }
      edge = rows.nextEdge(edge);
    }
    return -1;
  }

  private boolean hasInputsOn(Slab slab, int row, Worker worker) {
    int inputs = slab.rows.inputCount(row);
    if (inputs > AHEAD_INPUTS) {
      return false;
    }
    for (int k = 0; k < inputs; k++) {
      int raw = slab.rows.input(row, k);
      if (raw >= 0 && slab.rows.isExternal(raw)) {
        return false;
      }
      int input = Math.max(raw, ~raw);
      SlotState state = slab.state(input);
      boolean made = state == PROCESSING && slab.worker(input) == worker.ordinal;
      boolean there = state == MEMORY && (raw < 0 || isHeldBy(slab, input, worker.ordinal));
      if (!made && !there) {
        return false;
      }
    }
    return true;
  }

  private void assign(Slab slab, int row, Worker worker) {
    long task = Task.of(slab.graph, row);
    float expected = expectedNanos(slab, row);
    if (!stalledSince.isEmpty()) {
      stalledSince.remove(task);
    }
    if (!queuedAlone.isEmpty()) {
      queuedAlone.remove(task);
    }
    slab.move(row, PROCESSING);
    slab.worker(row, worker.ordinal);
    slab.amount(row, expected);
    slab.setAhead(row, false);
    worker.runs++;
    worker.runSum += Task.share(task, slab.run(row));
    worker.occupancyNanos += expected;
    if (slab.rows.annotation(row) != 0) {
      worker.take(slab.rows.annotations(row).resources(), 1);
    }
    if (worker.tasks.size() >= BATCH_RUNS || worker.inputs.size() >= BATCH_INPUTS) {
      worker.closeBatch();
    }
    int inputs = 0;
    for (int k = 0; k < slab.rows.inputCount(row); k++) {
      int raw = slab.rows.input(row, k);
      if (raw >= 0) {
        long input = inputTask(slab, raw);
        worker.inputs.add(input);
        worker.holders.add(holderFor(input, worker.ordinal));
        inputs++;
      } else if (slab.state(~raw) == PROCESSING && slab.worker(~raw) == worker.ordinal) {
        // Sent ahead of what it must come after: the worker has to wait for it too.
        worker.inputs.add(~Task.of(slab.graph, ~raw));
        worker.holders.add(worker.ordinal);
        inputs++;
      }
    }
    worker.tasks.add(task);
    worker.taskRuns.add(slab.run(row));
    worker.inputCounts.add(inputs);
  }

  /**
   * Whom a worker should ask for an input; itself if it has or makes it, or if the input's graph
   * has just been removed. Then the worker will miss it, and the graph of the task be told why.
   */
  private int holderFor(long input, int worker) {
    Slab of = slabIfThere(input);
    int row = Task.row(input);
    if (of == null || of.worker(row) == worker || of.state(row) != MEMORY) {
      return worker;
    }
    if (moreHolders.isEmpty()) {
      return of.worker(row);
    }
    return holders(input).contains(worker) ? worker : of.worker(row);
  }

  private boolean isHeldBy(Slab of, int row, int worker) {
    if (of.worker(row) == worker) {
      return true;
    }
    if (moreHolders.isEmpty()) {
      return false;
    }
    Ints more = moreHolders.get(Task.of(of.graph, row));
    return more != null && more.contains(worker);
  }

  private long inputTask(Slab slab, int input) {
    return slab.rows.isExternal(input) ? slab.rows.externalTask(input) : Task.of(slab.graph, input);
  }

  // ---- bookkeeping
  // ----------------------------------------------------------------------------------

  private void unassign(Slab slab, int row) {
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

  /** The run is void: the next one gets another number. */
  private void forgetRun(Slab slab, int row) {
    if (!queuedAlone.isEmpty()) {
      queuedAlone.remove(Task.of(slab.graph, row));
    }
    slab.run(row, slab.run(row) + 1);
    slab.move(row, UNKNOWN);
  }

  private void forgetResult(Slab slab, int row, SlotState to) {
    slab.run(row, slab.run(row) + 1);
    slab.move(row, to);
  }

  private void countReplica(Worker worker, long task, double bytes) {
    worker.replicas++;
    worker.replicaSum += Task.share(task, 0);
    worker.replicaBytes += bytes;
  }

  private void uncountReplica(int holder, long task, double bytes) {
    Worker worker = workers.get(holder);
    if (worker != null) {
      worker.replicas--;
      worker.replicaSum -= Task.share(task, 0);
      worker.replicaBytes -= bytes;
    }
  }

  private boolean isRunning(long task, int run, int worker) {
    Slab slab = slabs.get(Task.graph(task));
    return slab != null && isRunning(slab, Task.row(task), run, worker);
  }

  private boolean isRunning(Slab slab, int row, int run, int worker) {
    return !slab.isBlank(row)
        && slab.state(row) == PROCESSING
        && (slab.run(row) == run || !protocol.fencesRuns())
        && slab.worker(row) == worker
        && !slab.rows.isDropped(row);
  }

  private @Nullable Worker heard(int ordinal) {
    Worker worker = workers.get(ordinal);
    if (worker != null) {
      worker.lastHeardNanos = nowNanos;
    }
    return worker;
  }

  private void tell(int graph, GraphEvent event) {
    out.add(new SchedulerInstruction.TellGraph(graph, event));
  }

  private Slab slab(long task) {
    Slab slab = slabIfThere(task);
    if (slab == null) {
      throw new IllegalStateException("no graph " + Task.graph(task));
    }
    return slab;
  }

  /** Null if the graph was removed, which happens to inputs that belong to another client. */
  private @Nullable Slab slabIfThere(long task) {
    int graph = Task.graph(task);
    Slab last = lastSlab;
    if (last != null && last.graph == graph) {
      return last;
    }
    Slab slab = slabs.get(graph);
    if (slab != null) {
      lastSlab = slab;
    }
    return slab;
  }

  // ---- durations
  // ------------------------------------------------------------------------------------

  private float expectedNanos(Slab slab, int row) {
    int prefix = prefixNumber(slab, row); // May replace the array.
    double known = prefixNanos[prefix];
    return (float) (known == 0 ? settings.unknownNanos() : known + OVERHEAD_NANOS);
  }

  private void learn(Slab slab, int row, long nanos) {
    if (nanos <= 0) {
      return; // It was there already.
    }
    int prefix = prefixNumber(slab, row);
    double known = prefixNanos[prefix];
    double seen = nanos;
    prefixNanos[prefix] = known == 0 ? seen : known + EWMA_WEIGHT * (seen - known);
  }

  private int prefixNumber(Slab slab, int row) {
    int prefix = slab.rows.prefix(row);
    while (prefix >= slab.knownPrefixes) {
      addPrefix(slab, slab.rows.prefixName(slab.knownPrefixes));
    }
    return slab.prefixes[prefix];
  }

  private void addPrefix(Slab slab, String name) {
    int number = prefixNumbers.computeIfAbsent(name, key -> prefixNumbers.size());
    if (number >= prefixNanos.length) {
      prefixNanos = java.util.Arrays.copyOf(prefixNanos, prefixNanos.length * 2);
    }
    if (slab.knownPrefixes == slab.prefixes.length) {
      slab.prefixes = java.util.Arrays.copyOf(slab.prefixes, slab.prefixes.length * 2);
    }
    slab.prefixes[slab.knownPrefixes++] = number;
  }

  // ---- invariants
  // -----------------------------------------------------------------------------------

  /**
   * What is kept of tasks, in words; empty if there is nothing. For tests, after the last graph.
   */
  public String leftovers() {
    StringBuilder text = new StringBuilder();
    note(text, "graphs", slabs.size());
    note(text, "queued", queued());
    note(text, "queued alone", queuedAlone.size());
    note(text, "stalled", stalledSince.size());
    note(text, "replicated", moreHolders.size());
    for (Worker worker : workers) {
      String of = " of " + worker.ordinal;
      note(text, "runs" + of, worker.runs + worker.blocked.size() + worker.ahead);
      note(text, "replicas" + of, worker.replicas);
      note(text, "reservation" + of, worker.reservedFor == Worker.NOBODY ? 0 : 1);
      note(text, "resources" + of, worker.free.equals(worker.resources) ? 0 : 1);
    }
    return text.toString();
  }

  private static void note(StringBuilder text, String what, int count) {
    if (count != 0) {
      text.append(what).append(' ').append(count).append("; ");
    }
  }

  /** Recomputes what is kept incrementally and throws if the two differ. For tests: O(rows). */
  public void verify() {
    Map<Integer, long[]> seen = new TreeMap<>();
    workers.forEach(worker -> seen.put(worker.ordinal, new long[4]));
    for (Slab slab : slabs.values()) {
      for (int row = 0; row < slab.limit(); row++) {
        if (slab.isBlank(row)) {
          continue;
        }
        long task = Task.of(slab.graph, row);
        if (slab.state(row) == PROCESSING) {
          long[] of = require(seen.get(slab.worker(row)), task, "runs on a worker that is gone");
          of[0]++;
          of[1] += Task.share(task, slab.run(row));
          Worker on = workers.get(slab.worker(row));
          if (on != null && on.blocked.containsKey(task)) {
            of[1] += Task.share(task, ~slab.run(row));
          }
        } else if (slab.state(row) == MEMORY) {
          Ints holders = holders(task);
          for (int i = 0; i < holders.size(); i++) {
            long[] of = require(seen.get(holders.get(i)), task, "held by a worker that is gone");
            of[2]++;
            of[3] += Task.share(task, 0);
          }
        }
      }
    }
    workers.forEach(
        worker -> {
          long[] of = seen.get(worker.ordinal);
          if (of == null
              || of[0] != worker.runs
              || of[1] != worker.runSum
              || of[2] != worker.replicas
              || of[3] != worker.replicaSum) {
            throw new IllegalStateException("worker " + worker + " is miscounted");
          }
          if (worker.runs == 0 && worker.occupancyNanos != 0) {
            throw new IllegalStateException("worker " + worker + " is idle yet occupied");
          }
          if (worker.ahead < 0 || worker.ahead + worker.blocked.size() > worker.runs) {
            throw new IllegalStateException("worker " + worker + " miscounts what it runs");
          }
        });
  }

  private static long[] require(long @Nullable [] of, long task, String otherwise) {
    if (of == null) {
      throw new IllegalStateException("task " + Task.show(task) + " " + otherwise);
    }
    return of;
  }
}

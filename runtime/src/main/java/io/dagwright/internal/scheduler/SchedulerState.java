package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;
import static io.dagwright.internal.scheduler.SlotState.PROCESSING;
import static io.dagwright.internal.scheduler.SlotState.QUEUED;
import static io.dagwright.internal.scheduler.SlotState.RELEASED;
import static io.dagwright.internal.scheduler.SlotState.UNKNOWN;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.ProcessEnd;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TransitionTable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
 * <p>This class says what each event means. What the scheduler knows is kept by one class per
 * concept, which keeps its own sums: {@link Slab} the tasks of a graph, {@link Queues} those that
 * wait, {@link Runs} those that run, {@link Replicas} the results, {@link Worker} one worker.
 * {@link Placement} chooses workers.
 *
 * <p>{@link #apply} only takes note; {@link #flush} places what can be placed and says what must be
 * done, at most one batch per worker for all events since the last flush. Cost per task: a few
 * array accesses, and a comparison per worker that holds one of its inputs. A lost worker costs a
 * walk over all rows. Not thread-safe: one thread owns it.
 */
public final class SchedulerState implements SchedulerEvent.Handler {

  private final SchedulerSettings settings;
  private final Protocol protocol;
  private final Slabs slabs = new Slabs();
  private final Workers workers = new Workers();
  private final Outbox outbox = new Outbox();
  private final Queues queues = new Queues(slabs);
  private final Steps steps = new Steps();
  private final CopyRequests requests = new CopyRequests(outbox);
  private final Replicas replicas;
  private final Copies copies;
  private final Departures departures;
  private final Balance balance;
  private final Review review;
  private final Why why;
  private final WhyWorker whyWorker;
  private final WhyEnded whyEnded;
  private final Runs runs;
  private final Placement placement;
  private final MemoryLadder ladder;
  private long nowNanos;

  public SchedulerState(SchedulerSettings settings) {
    this(settings, Protocol.CORRECT);
  }

  /** For simulations that plant bugs. */
  public SchedulerState(SchedulerSettings settings, Protocol protocol) {
    this.settings = settings;
    this.protocol = protocol;
    ReplicaSettings ofCopies = settings.replicas();
    replicas = new Replicas(slabs, workers, outbox, ofCopies.hotBytes(), steps);
    copies = new Copies(slabs, workers, replicas, requests, outbox, ofCopies, protocol);
    departures = new Departures(slabs, workers, replicas, copies, outbox, ofCopies.retireNanos());
    balance = new Balance(slabs, workers, replicas, copies, requests, ofCopies.gap());
    review = new Review(slabs, workers, replicas, copies, ofCopies, protocol);
    why = new Why(slabs, workers, replicas, queues);
    Prefixes prefixes = new Prefixes();
    Durations durations = new Durations(prefixes, settings.unknownNanos());
    Footprints footprints = new Footprints(prefixes);
    whyWorker = new WhyWorker(slabs, replicas, durations, footprints);
    whyEnded = new WhyEnded(slabs, footprints);
    runs =
        new Runs(slabs, workers, queues, replicas, durations, footprints, outbox, protocol, steps);
    ladder =
        new MemoryLadder(slabs, workers, queues, runs, footprints, outbox, settings.pausedNanos());
    placement = new Placement(settings, slabs, workers, queues, replicas, durations, runs, outbox);
  }

  public void listen(TransitionTable.Listener<SlotState> toEveryStep) {
    slabs.listen(toEveryStep);
  }

  /** Tells of what happens to tasks from now on. */
  public void listen(Step.Listener toEveryStep) {
    steps.listen(toEveryStep);
  }

  /** Takes note of one event. */
  public void apply(SchedulerEvent event, long now) {
    nowNanos = now;
    steps.at(now);
    event.deliverTo(this);
  }

  /** Places what can be placed and returns what must be done, in this order. */
  public List<SchedulerInstruction> flush(long now) {
    nowNanos = now;
    steps.at(now);
    placement.place();
    ladder.goOn(now);
    copies.flush(now);
    return outbox.flush(workers);
  }

  // ---- what is asked of it -------------------------------------------------------------------

  public SlotState state(long task) {
    return slabs.state(task);
  }

  /** Workers that hold a result, the one to be asked first in front. */
  public Ints holders(long task) {
    return replicas.holders(task);
  }

  /** The worker a task is running on, or -1. */
  public int processingOn(long task) {
    return slabs.processingOn(task);
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

  /** How much memory a worker has left, as far as is known. */
  public MemoryLevel memoryOf(int worker) {
    Worker of = workers.get(worker);
    return of == null ? MemoryLevel.ENOUGH : of.memory;
  }

  /** Tasks that wait for a worker, at most: some may have moved on. */
  public int queued() {
    return queues.size();
  }

  /** One sentence that says why a task does not run; for people. */
  public String why(long task) {
    return why.of(task);
  }

  /**
   * In a sentence or a few why a worker is paused or slow; empty if there is no such worker.
   *
   * @param vitals what it said of itself
   */
  public String whyWorker(int worker, Vitals vitals, long now) {
    Worker of = workers.get(worker);
    return of == null ? "" : whyWorker.of(of, vitals, now);
  }

  /**
   * What a worker's process that has ended ran and took, and what would have been enough; empty if
   * nothing is known. To be asked before its loss is told of, and its runs are given up.
   *
   * @param tasks what its slots were running
   */
  public String whyEnded(Longs tasks, Vitals vitals, ProcessEnd end) {
    return whyEnded.of(tasks, vitals, end);
  }

  /** Recomputes what is kept incrementally and throws if the two differ. For tests: O(rows). */
  public void verify() {
    new Audit(slabs, workers, replicas).verify();
    copies.verify();
  }

  /**
   * What is kept of tasks, in words; empty if there is nothing. For tests, after the last graph.
   */
  public String leftovers() {
    return new Audit(slabs, workers, replicas).leftovers(queues, copies);
  }

  // ---- events: workers
  // ----------------------------------------------------------------------------

  @Override
  public void onWorkerJoined(SchedulerEvent.WorkerJoined event) {
    Worker worker =
        new Worker(
            event.worker(),
            event.id(),
            event.host(),
            event.slots(),
            event.memoryBytes(),
            event.resources());
    worker.lastHeardNanos = nowNanos;
    workers.add(worker);
    copies.reviewAll();
  }

  @Override
  public void onWorkerLost(SchedulerEvent.WorkerLost event) {
    Worker worker = workers.remove(event.worker());
    if (worker == null) {
      return;
    }
    placement.forget(worker);
    ladder.noteProgress();
    outbox.add(new SchedulerInstruction.DropWorker(event.worker(), event.exit()));
    LongMap<Integer> running = new LongMap<>();
    LongMap<Boolean> held = new LongMap<>();
    for (Slab slab : slabs) {
      loseAllBut(slab, worker, running, held, event);
    }
    copies.onWorkerLost(event.worker());
  }

  /**
   * Gives up what a worker was thought to have of one graph, but for what it still has.
   *
   * @param running the runs it still has
   * @param held the results it still has
   * @param death how it died; null if it lives, and a message was lost
   */
  private void loseAllBut(
      Slab slab,
      Worker worker,
      LongMap<Integer> running,
      LongMap<Boolean> held,
      SchedulerEvent.@Nullable WorkerLost death) {
    Ints lostRows = new Ints(0);
    Ints lostRuns = new Ints(0);
    Ints suspects = new Ints(0);
    Ints lostKeys = new Ints(0);
    for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
      SlotState state = slab.state(row);
      if (state == PROCESSING && slab.worker(row) == worker.ordinal) {
        Integer run = running.get(Task.of(slab.graph, row));
        if (run != null && run == slab.run(row)) {
          continue;
        }
        lostRows.add(row);
        lostRuns.add(slab.run(row));
        if (death != null && isSuspect(slab, row, worker, death)) {
          suspects.add(row);
          slab.suspects.set(row);
        }
        runs.end(slab, row, Step.RUN_LOST);
        if (death != null && !protocol.leavesReadinessToGraph()) {
          slab.move(row, QUEUED);
          queues.free().add(0, Task.of(slab.graph, row));
        }
      } else if (state == MEMORY
          && replicas.isHeldBy(slab, row, worker.ordinal)
          && !held.containsKey(Task.of(slab.graph, row))) {
        if (replicas.remove(slab, row, worker.ordinal)) {
          lostKeys.add(row);
        }
        copies.onHolderGone(Task.of(slab.graph, row));
      }
    }
    replicas.tellMoved(slab);
    if (!lostRows.isEmpty() || !lostKeys.isEmpty()) {
      String exit = death == null ? "lost message" : death.exit();
      outbox.tell(
          slab.graph,
          new GraphEvent.RunsLost(worker.id.name(), lostRows, lostRuns, suspects, exit, lostKeys));
    }
  }

  /** Whether a run may have been what killed its worker. */
  private static boolean isSuspect(
      Slab slab, int row, Worker worker, SchedulerEvent.WorkerLost death) {
    long task = Task.of(slab.graph, row);
    return death.running() == null
        ? !slab.isAhead(row) && !worker.blocked.containsKey(task)
        : death.running().contains(task);
  }

  @Override
  public void onWorkerLeaving(SchedulerEvent.WorkerLeaving event) {
    Worker worker = workers.get(event.worker());
    if (worker != null) {
      departures.begin(worker, nowNanos);
    }
  }

  @Override
  public void onWorkerBeat(SchedulerEvent.WorkerBeat event) {
    Worker worker = heard(event.worker());
    if (worker != null) {
      worker.memory = event.memory();
    }
    boolean quiet = event.quiet() || !protocol.waitsForQuiet();
    if (worker == null || !quiet || !protocol.comparesDigests()) {
      return;
    }
    boolean agrees =
        (worker.runDigest().equals(event.runs()) && worker.replicaDigest().equals(event.replicas()))
            || worker.hasMessagesInTheMaking();
    if (!agrees) {
      // It has heard all we said, so an answer to an earlier request would have come before.
      outbox.add(new SchedulerInstruction.RequestInventory(event.worker()));
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
      if (!runs.isRunning(task, run, event.worker())) {
        worker.cancel(task, run);
      } else if (blocked) {
        runs.block(slabs.of(task), Task.row(task), run, worker);
      } else {
        worker.unblock(task);
      }
    }
    LongMap<Boolean> held = new LongMap<>();
    for (int i = 0; i < event.held().size(); i++) {
      long task = event.held().get(i);
      held.put(task, true);
      if (!holders(task).contains(event.worker())) {
        worker.free(task);
      }
    }
    for (Slab slab : slabs) {
      loseAllBut(slab, worker, running, held, null);
    }
  }

  @Override
  public void onClockTicked(SchedulerEvent.ClockTicked event) {
    for (Worker worker : workers.stream().toList()) {
      if (nowNanos - worker.lastHeardNanos > settings.silenceNanos()) {
        long seconds = (nowNanos - worker.lastHeardNanos) / 1_000_000_000L;
        onWorkerLost(
            new SchedulerEvent.WorkerLost(worker.ordinal, "silent for " + seconds + " s", null));
      }
    }
    if (protocol.resolvesMemoryDeadlocks()) {
      ladder.tick(nowNanos);
    }
    copies.tick(nowNanos);
    review.tick(nowNanos);
    departures.letGo(nowNanos);
    Longs stalled = queues.stalled(workers, nowNanos, settings.stallNanos());
    for (int i = 0; i < stalled.size(); i++) {
      long task = stalled.get(i);
      outbox.add(new SchedulerInstruction.ReportStall(task, why(task)));
    }
  }

  // ---- events: graphs
  // -----------------------------------------------------------------------------

  @Override
  public void onGraphAdded(SchedulerEvent.GraphAdded event) {
    slabs.add(event.graph(), event.rows());
  }

  @Override
  public void onGraphRemoved(SchedulerEvent.GraphRemoved event) {
    Slab slab = slabs.get(event.graph());
    if (slab == null) {
      return;
    }
    for (int row = slab.touchedFrom(0); row >= 0; row = slab.touchedFrom(row + 1)) {
      discard(slab, row);
    }
    copies.onGraphRemoved(event.graph());
    slabs.remove(event.graph());
  }

  /** Whatever the row's task has anywhere is not wanted. */
  private void discard(Slab slab, int row) {
    if (slab.state(row) == PROCESSING) {
      steps.note(slab, row, slab.worker(row), Step.WITHDRAWN, 0);
      Worker worker = workers.get(slab.worker(row));
      if (worker != null) {
        worker.cancel(Task.of(slab.graph, row), slab.run(row));
      }
      if (protocol.freesSlots()) {
        runs.unassign(slab, row);
      }
      runs.makeVoid(slab, row);
    } else if (slab.state(row) == MEMORY) {
      replicas.release(slab, row, UNKNOWN);
      copies.onHolderGone(Task.of(slab.graph, row));
    } else if (slab.state(row) == QUEUED) {
      steps.note(slab, row, Step.WITHDRAWN);
      runs.makeVoid(slab, row);
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
      steps.note(slab, row, Step.READY);
      queues.add(slab, row, !event.alone().isEmpty() && event.alone().contains(row));
    }
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
        replicas.release(slab, row, RELEASED);
      }
      copies.forget(Task.of(slab.graph, row));
      if (slab.rows.isDropped(row)) {
        slab.dropPage(row);
      }
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
      departures.letGoIfEmpty(worker, nowNanos);
    }
  }

  private void finish(
      Slab slab, Worker worker, SchedulerEvent.TasksFinished event, int from, int to) {
    Ints endedRows = new Ints(to - from);
    Ints endedRuns = new Ints(to - from);
    Longs sizes = new Longs(to - from);
    byte @Nullable [] @Nullable [] values = event.inline();
    byte @Nullable [][] inline = values == null ? null : new byte[to - from][];
    for (int i = from; i < to; i++) {
      int row = Task.row(event.tasks().get(i));
      int run = event.runs().get(i);
      if (!runs.isRunning(slab, row, run, worker.ordinal)) {
        continue; // Void meanwhile; the worker was told to drop it.
      }
      runs.finish(slab, row, worker, event.nanos().get(i), event.sizes().get(i));
      copies.onMade(event.tasks().get(i), worker);
      if (inline != null && values != null) {
        inline[endedRows.size()] = values[i];
      }
      endedRows.add(row);
      endedRuns.add(run);
      sizes.add(event.sizes().get(i));
    }
    if (!endedRows.isEmpty()) {
      ladder.noteProgress();
      outbox.tell(
          slab.graph,
          new GraphEvent.TasksFinished(worker.ordinal, endedRows, endedRuns, sizes, inline));
    }
  }

  @Override
  public void onTaskErred(SchedulerEvent.TaskErred event) {
    Worker worker = heard(event.worker());
    Slab slab = slabs.get(Task.graph(event.task()));
    int row = Task.row(event.task());
    if (worker == null || slab == null || !runs.isRunning(slab, row, event.run(), worker.ordinal)) {
      return;
    }
    runs.end(slab, row, Step.FAILED);
    ladder.noteProgress();
    outbox.tell(slab.graph, new GraphEvent.TaskErred(row, event.run(), event.failure()));
  }

  @Override
  public void onInputsMissing(SchedulerEvent.InputsMissing event) {
    Worker worker = heard(event.worker());
    Slab slab = slabs.get(Task.graph(event.task()));
    int row = Task.row(event.task());
    if (worker == null || slab == null || !runs.isRunning(slab, row, event.run(), worker.ordinal)) {
      return;
    }
    runs.end(slab, row, Step.RUN_LOST);
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
        had.free(input);
      }
      if (replicas.remove(of, Task.row(input), holder)) {
        lost.computeIfAbsent(of.graph, key -> new Ints()).add(Task.row(input));
      }
      copies.onHolderGone(input);
      replicas.tellMoved(of);
    }
    Ints ownLost = lost.remove(slab.graph);
    outbox.tell(
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
            outbox.tell(
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
        if (processingOn(task) != worker.ordinal && !copies.accept(task, worker)) {
          worker.free(task); // Released while the copy was made.
        } else if (slab != null && slab.state(row) == MEMORY) {
          steps.note(slab, row, worker.ordinal, Step.SCATTERED, slab.amount(row));
        } // else: it has since been told to make it, and will say that it is there.
      } else if (!holders(task).contains(worker.ordinal)) {
        replicas.addCopy(slab, row, worker);
        copies.onHeld(task, worker);
      }
    }
    if (copies.isIdle()) {
      departures.letGo(nowNanos);
    }
  }

  @Override
  public void onReplicasNotAdded(SchedulerEvent.ReplicasNotAdded event) {
    heard(event.worker());
    for (int i = 0; i < event.tasks().size(); i++) {
      copies.onFailed(event.tasks().get(i), event.worker());
    }
  }

  @Override
  public void onValuesScattered(SchedulerEvent.ValuesScattered event) {
    if (slabs.get(event.graph()) != null) {
      copies.scatter(event);
    }
  }

  @Override
  public void onCopiesWanted(SchedulerEvent.CopiesWanted event) {
    requests.open(event.request(), event.tasks().size());
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      if (slabs.state(task) == MEMORY) {
        copies.keep(task, event.copies(), event.request());
      } else {
        requests.close(event.request(), false);
      }
    }
  }

  @Override
  public void onBalanceWanted(SchedulerEvent.BalanceWanted event) {
    balance.begin(event.request(), event.tasks(), nowNanos);
  }

  @Override
  public void onTaskBlocked(SchedulerEvent.TaskBlocked event) {
    Worker worker = heard(event.worker());
    if (worker != null && runs.isRunning(event.task(), event.run(), event.worker())) {
      runs.block(slabs.of(event.task()), Task.row(event.task()), event.run(), worker);
    }
  }

  @Override
  public void onTaskUnblocked(SchedulerEvent.TaskUnblocked event) {
    Worker worker = heard(event.worker());
    if (worker != null && runs.isRunning(event.task(), event.run(), event.worker())) {
      worker.unblock(event.task());
    }
  }

  @Override
  public void onWorkerMemory(SchedulerEvent.WorkerMemory event) {
    Worker worker = heard(event.worker());
    if (worker != null) {
      worker.memory = event.level();
    }
  }

  @Override
  public void onRunsReturned(SchedulerEvent.RunsReturned event) {
    Worker worker = heard(event.worker());
    if (worker == null) {
      return;
    }
    Map<Integer, Ints> rows = new TreeMap<>();
    Map<Integer, Ints> numbers = new TreeMap<>();
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      int run = event.runs().get(i);
      if (runs.isRunning(task, run, worker.ordinal)) {
        runs.end(slabs.of(task), Task.row(task), Step.RUN_RETURNED);
        rows.computeIfAbsent(Task.graph(task), key -> new Ints()).add(Task.row(task));
        numbers.computeIfAbsent(Task.graph(task), key -> new Ints()).add(run);
      }
    }
    rows.forEach(
        (graph, of) ->
            outbox.tell(
                graph,
                new GraphEvent.RunsLost(
                    worker.id.name(),
                    of,
                    numbers.getOrDefault(graph, Ints.EMPTY),
                    Ints.EMPTY,
                    "returned",
                    Ints.EMPTY)));
  }

  private @Nullable Worker heard(int ordinal) {
    Worker worker = workers.get(ordinal);
    if (worker != null) {
      worker.lastHeardNanos = nowNanos;
    }
    return worker;
  }
}

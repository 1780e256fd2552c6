package io.dagwright.internal.simulation;

import io.dagwright.internal.scheduler.SchedulerSettings;
import io.dagwright.internal.scheduler.SlotState;
import io.dagwright.internal.taskstate.RowState;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TransitionTable;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.worker.RunState;
import io.dagwright.internal.worker.WorkerState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Clients, a scheduler, graphs and workers in one thread and virtual time. The machines are the
 * real ones; everything around them is as bad as the seed says. Every machine is verified after
 * every event; what no single machine can see is checked between them.
 */
final class VirtualCluster {

  /** After the last fault everything must be over within this. */
  private static final long PATIENCE_NANOS = 120 * VirtualTime.SECONDS;

  private static final int LOG_LINES = 20_000;

  final long seed;
  final Protocol protocol;
  final VirtualTime time;
  final Scenario scenario;
  final Network network;
  final Ledger ledger = new Ledger();
  final SchedulerSettings schedulerSettings;
  final long resendNanos = 60 * VirtualTime.MILLIS;
  final long tickNanos = 50 * VirtualTime.MILLIS;
  final long beatNanos = 80 * VirtualTime.MILLIS;
  final VirtualScheduler scheduler;

  /** The first stays to the end, and is the client of tasks that submit graphs themselves. */
  final List<VirtualClient> clients = new ArrayList<>();

  /** Every graph ever submitted, by number. */
  final Map<Integer, Plan> plans = new TreeMap<>();

  final List<VirtualWorker> workers = new ArrayList<>();
  final Set<String> stepsTaken = new TreeSet<>();
  final TransitionTable.Listener<RowState> rowSteps;
  final TransitionTable.Listener<SlotState> slotSteps;
  final TransitionTable.Listener<RunState> runSteps;

  private final boolean logging;
  private final Deque<String> log = new ArrayDeque<>();
  private final Map<Integer, Long> hopelessSince = new TreeMap<>();
  private boolean calm;
  private boolean leaking;

  VirtualCluster(long seed) {
    this(seed, Protocol.CORRECT, false);
  }

  VirtualCluster(long seed, Protocol protocol, boolean logging) {
    this.seed = seed;
    this.protocol = protocol;
    this.logging = logging;
    time = new VirtualTime(new SplittableRandom(seed));
    scenario = new Scenario(time, new VirtualTime(new SplittableRandom(~seed)));
    rowSteps = (task, from, to) -> took("row", from, to);
    slotSteps = (task, from, to) -> took("slot", from, to);
    runSteps = (task, from, to) -> took("run", from, to);
    network = new Network(time, scenario.loss, scenario.duplication, scenario.delayNanos);
    schedulerSettings =
        new SchedulerSettings(
            1.1,
            2 * VirtualTime.MILLIS,
            64,
            scenario.aheadDepth,
            500 * VirtualTime.MILLIS,
            100e6,
            20_000,
            1500 * VirtualTime.MILLIS,
            500 * VirtualTime.MILLIS,
            300 * VirtualTime.MILLIS,
            scenario.replicas);
    scheduler = new VirtualScheduler(this);
    time.after(tickNanos, this::watchStalls);
    for (int i = 0; i < scenario.workers; i++) {
      addWorker(i == 1);
    }
    clients.add(new VirtualClient(this, 1, scenario.graphs));
    for (int i = 0; i < scenario.mortals; i++) {
      VirtualClient mortal = new VirtualClient(this, 2 + i, time.between(1, 2));
      clients.add(mortal);
      sometime(mortal::end);
    }
    planFaults();
    time.at(scenario.faultNanos, this::calmDown);
  }

  private void took(String machine, Enum<?> from, Enum<?> to) {
    if (logging || stepsTaken.size() < 40) {
      stepsTaken.add(machine + " " + from + " -> " + to);
    }
  }

  private void addWorker(boolean offersTpu) {
    int number = workers.size();
    Map<String, Double> resources =
        offersTpu
            ? Map.of("gpu", 1.0, "tpu", 1.0)
            : number % 2 == 0 ? Map.of("gpu", 2.0) : Map.of();
    VirtualWorker worker =
        new VirtualWorker(this, "w" + number, 10 + number, time.between(1, 4), resources);
    if (leaking && scenario.leaksEverywhere) {
      worker.heap.leak(1, Long.MAX_VALUE);
    }
    workers.add(worker);
  }

  // ---- faults
  // -------------------------------------------------------------------------------------

  private void planFaults() {
    for (int i = 0; i < scenario.crashes; i++) {
      sometime(() -> someWorker().crash("killed"));
    }
    for (int i = 0; i < scenario.freezes; i++) {
      sometime(
          () ->
              someWorker().freeze(time.between(50 * VirtualTime.MILLIS, 4 * VirtualTime.SECONDS)));
    }
    for (int i = 0; i < scenario.cuts; i++) {
      sometime(this::cut);
    }
    for (int i = 0; i < scenario.usurpers; i++) {
      int host = 1000 + i;
      sometime(() -> someWorker().usurp(host));
    }
    for (int i = 0; i < scenario.silentLosses; i++) {
      sometime(() -> someWorker().process.loseSomething());
    }
    for (int i = 0; i < scenario.ghosts; i++) {
      sometime(this::hauntSomeWorker);
    }
    for (int i = 0; i < scenario.breakages; i++) {
      sometime(scheduler::breakSomeGraph);
    }
    for (int i = 0; i < scenario.rebalances; i++) {
      sometime(() -> scheduler.balance(Longs.EMPTY));
    }
    for (int i = 0; i < scenario.leaks; i++) {
      long nanos = time.between(100 * VirtualTime.MILLIS, 2 * VirtualTime.SECONDS);
      sometime(() -> someWorker().heap.leak(time.between(30, 110) / 100.0, nanos));
    }
    for (int i = 0; i < scenario.fullDisks; i++) {
      long nanos = time.between(100 * VirtualTime.MILLIS, 2 * VirtualTime.SECONDS);
      sometime(() -> someWorker().heap.fillDisk(nanos));
    }
    if (scenario.leaksForGood) {
      sometime(this::leakForGood);
    }
    for (int i = 0; i < scenario.joiners; i++) {
      sometime(() -> addWorker(true));
    }
    for (int i = 0; i < scenario.leavers; i++) {
      sometime(
          () -> {
            // The first worker stays: some tasks may run nowhere else.
            VirtualWorker leaver = someWorker();
            if (leaver != workers.get(0)) {
              leaver.process.leave();
            }
          });
    }
  }

  private void sometime(Runnable fault) {
    time.after(time.between(0, scenario.faultNanos), fault);
  }

  private VirtualWorker someWorker() {
    return workers.get(time.below(workers.size()));
  }

  private void cut() {
    int from = someWorker().host;
    int to = time.chance(0.6) ? VirtualScheduler.HOST : someWorker().host;
    long nanos = time.between(10 * VirtualTime.MILLIS, 4 * VirtualTime.SECONDS);
    boolean reverse = time.chance(0.5);
    network.cut(reverse ? to : from, reverse ? from : to, nanos);
    if (time.chance(0.5)) {
      network.cut(reverse ? from : to, reverse ? to : from, nanos);
    }
  }

  /** A command of an earlier scheduler arrives, late. */
  private void hauntSomeWorker() {
    if (plans.isEmpty()) {
      return;
    }
    Plan plan = plans.get(time.below(plans.size()));
    if (plan != null && !plan.rows.isEmpty()) {
      WorkerEvent event =
          new WorkerEvent.TasksAssigned(
              Longs.of(plan.rows.get(time.below(plan.rows.size())).task()),
              Ints.of(time.between(1, 3)),
              Ints.of(0),
              Longs.EMPTY,
              Ints.EMPTY,
              Longs.EMPTY,
              Ints.of(0));
      VirtualWorker.Process process = someWorker().process;
      if (process.alive && process.state() != null) {
        process.obey(new VirtualScheduler.Command(VirtualScheduler.EPOCH - 1, event));
      }
    }
  }

  private void leakForGood() {
    leaking = true;
    double share = time.between(80, 100) / 100.0;
    List<VirtualWorker> where = scenario.leaksEverywhere ? workers : List.of(someWorker());
    where.forEach(worker -> worker.heap.leak(share, Long.MAX_VALUE));
  }

  /** From now on nothing goes wrong any more, and there is a worker for everything. */
  private void calmDown() {
    calm = true;
    network.heal();
    if (workers.stream()
        .noneMatch(w -> !w.gone && !w.process.isLeaving() && w.resources.containsKey("tpu"))) {
      time.after(stallDelay(), () -> addWorker(true));
    } else {
      boolean allLeave = workers.stream().allMatch(w -> w.gone || w.process.isLeaving());
      if (allLeave) {
        addWorker(true);
      }
    }
  }

  private long stallDelay() {
    return time.chance(0.5) ? 0 : 5 * VirtualTime.SECONDS;
  }

  boolean vanishes() {
    return !calm && time.chance(scenario.vanishing);
  }

  long flushDelay() {
    return time.chance(0.5) ? 0 : time.between(0, 200 * VirtualTime.MICROS);
  }

  long sizeOf(long task) {
    long small = 1 + Math.floorMod(Task.share(task, 3), 10_000L);
    return Math.floorMod(Task.share(task, 5), 4) == 0
        ? small * (Scenario.MOST_BYTES / 10_000)
        : small;
  }

  Plan.Row row(long task) {
    Plan plan = plans.get(Task.graph(task));
    if (plan == null) {
      throw new Violation("no graph of " + Task.show(task));
    }
    return plan.rows.get(Task.row(task));
  }

  // ---- stalls
  // -------------------------------------------------------------------------------------

  /** What cannot run anywhere must be reported, though it may take a moment. */
  private void watchStalls() {
    for (int annotation : new int[] {Plan.GPU, Plan.TPU, Plan.ON_FIRST_WORKER}) {
      boolean stalled = isQueued(annotation) && isHopeless(annotation);
      if (!stalled) {
        hopelessSince.remove(annotation);
      } else {
        long since = hopelessSince.computeIfAbsent(annotation, key -> time.now());
        boolean said =
            scheduler.stallsReported.entrySet().stream()
                .anyMatch(e -> row(e.getKey()).annotation == annotation && e.getValue() >= since);
        Violation.unless(
            said || time.now() - since < 3 * VirtualTime.SECONDS,
            "nobody was told that tasks wait in vain for " + Plan.ANNOTATIONS.get(annotation - 1));
      }
    }
    time.after(5 * tickNanos, this::watchStalls);
  }

  private boolean isQueued(int annotation) {
    for (VirtualGraph graph : scheduler.graphs.values()) {
      for (int row = 0; row < graph.rows.size(); row++) {
        if (graph.plan.rows.get(row).annotation == annotation
            && scheduler.state.state(Task.of(graph.plan.id, row)) == SlotState.QUEUED) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isHopeless(int annotation) {
    return scheduler.peers.values().stream()
        .map(peer -> peer.process)
        .filter(process -> !process.isLeaving())
        .noneMatch(process -> suits(process.node(), annotation));
  }

  private boolean suits(VirtualWorker worker, int annotation) {
    return annotation == Plan.ON_FIRST_WORKER
        ? worker == workers.get(0)
        : worker.resources.containsKey(annotation == Plan.GPU ? "gpu" : "tpu");
  }

  /** Somebody came, if only for a moment: the wait begins anew. */
  void joined(VirtualWorker worker) {
    hopelessSince.keySet().removeIf(annotation -> suits(worker, annotation));
  }

  // ---- the run
  // ------------------------------------------------------------------------------------

  /** Runs to the end; throws if anything is wrong on the way or the end does not come. */
  long run() {
    try {
      until(() -> calm);
      until(() -> clients.stream().allMatch(VirtualClient::isSatisfied));
      clients.forEach(VirtualClient::releaseEverything);
      until(this::isEmpty);
      checkThrift();
      return time.steps();
    } catch (RuntimeException e) {
      throw new Violation("seed " + seed + " at " + time.now() / 1e9 + " s: " + e, e);
    }
  }

  /** Where nothing breaks, nothing is done twice. */
  private void checkThrift() {
    if (!scenario.isGentle()) {
      return;
    }
    for (Plan plan : plans.values()) {
      for (Plan.Row row : plan.rows) {
        // What was sent ahead of a run that failed may have begun, with a later one's result,
        // before
        // it was taken back.
        int most = 1 + row.mostFailures() + row.failuresAbove;
        Violation.unless(
            row.executions <= most, row + " was executed " + row.executions + " times");
      }
    }
  }

  private interface Condition {
    boolean holds();
  }

  private void until(Condition condition) {
    long deadline = Math.max(time.now(), scenario.faultNanos) + PATIENCE_NANOS;
    long next = 0;
    while (true) {
      if (time.now() >= next) {
        next = time.now() + 20 * VirtualTime.MILLIS;
        if (condition.holds()) {
          return;
        }
      }
      if (time.now() > deadline || !time.step()) {
        throw new Violation("the end does not come\n" + dump());
      }
    }
  }

  /** Whether nothing of anything that was submitted is left anywhere. */
  private boolean isEmpty() {
    return clients.stream().allMatch(VirtualClient::hasEnded)
        && scheduler.graphs.isEmpty()
        && scheduler.foreignUses.isEmpty()
        && scheduler.asked.isEmpty()
        && scheduler.state.leftovers().isEmpty()
        && scheduler.peers.values().stream().allMatch(peer -> peer.process.isEmpty());
  }

  void log(String format, Object... arguments) {
    if (logging) {
      if (log.size() == LOG_LINES) {
        log.removeFirst();
      }
      log.add(
          String.format(Locale.ROOT, "%10.6f ", time.now() / 1e9)
              + String.format(Locale.ROOT, format, arguments));
    }
  }

  /** What happened, line by line; empty unless asked for. */
  List<String> history() {
    return List.copyOf(log);
  }

  private String dump() {
    StringBuilder text = new StringBuilder();
    clients.forEach(client -> text.append(client.dump()));
    text.append("scheduler keeps: ").append(scheduler.state.leftovers()).append('\n');
    scheduler.graphs.forEach(
        (number, graph) -> {
          text.append("graph ").append(number).append(':');
          for (RowState state : RowState.values()) {
            text.append(' ').append(state).append('=').append(graph.state.count(state));
          }
          text.append('\n');
          for (int row = 0; row < graph.state.size(); row++) {
            RowState state = graph.state.state(row);
            if (state != RowState.FORGOTTEN) {
              text.append("  ").append(graph.plan.rows.get(row)).append(' ').append(state);
              text.append(" run ").append(graph.state.run(row));
              text.append(" misses ").append(graph.state.missingInputs(row)).append("; ");
              text.append(scheduler.state.why(Task.of(number, row))).append('\n');
            }
          }
        });
    for (VirtualScheduler.Peer peer : scheduler.peers.values()) {
      WorkerState state = peer.process.state();
      text.append("worker ").append(peer.ordinal).append(' ').append(peer.process.id);
      text.append(": scheduler sees ").append(scheduler.state.runsOn(peer.ordinal));
      text.append(" runs, ").append(scheduler.state.replicasOn(peer.ordinal)).append(" results; ");
      if (state != null) {
        text.append(state.runDigest()).append(' ').append(state.replicaDigest());
        text.append(" keeps: ").append(state.leftovers());
      }
      text.append(" store ");
      peer.process.store.keySet().forEach(task -> text.append(Task.show(task)).append(' '));
      text.append(peer.process.isLeaving() ? " leaving" : "").append('\n');
    }
    return text.toString();
  }
}

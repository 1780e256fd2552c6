package io.dagwright.internal.simulation;

import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.Link;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerId;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.worker.WorkerSettings;
import io.dagwright.internal.worker.WorkerState;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A host that runs one worker, and starts a new one when it dies. */
final class VirtualWorker {

  private static final TaskFailure CANNOT_BE_ENCODED =
      TaskFailure.of(TaskFailure.Kind.NOT_SERIALIZABLE, "input", "no codec for it");

  final String name;
  final int host;
  final int slots;
  final Map<String, Double> resources;
  final VirtualCluster cluster;
  final VirtualHeap heap;
  long frozenUntil;
  boolean gone;
  int incarnations;
  Process process;

  VirtualWorker(
      VirtualCluster cluster, String name, int host, int slots, Map<String, Double> resources) {
    this.cluster = cluster;
    this.name = name;
    this.host = host;
    this.slots = slots;
    this.resources = resources;
    heap = new VirtualHeap(cluster);
    process = new Process(new WorkerId(name, ++incarnations), host);
    process.register();
  }

  /** Somebody takes the worker for dead and starts it elsewhere under the same name. */
  void usurp(int otherHost) {
    if (!gone && !process.leaving) {
      cluster.log("USURPED %s", process.id);
      process = new Process(new WorkerId(name, ++incarnations), otherHost);
      process.register();
    }
  }

  /** The process ends at once, whatever it was doing. */
  void crash(String why) {
    crash(process, why);
  }

  private void crash(Process ending, String why) {
    if (!ending.alive) {
      return;
    }
    cluster.log("CRASH %s: %s", ending.id, why);
    Longs running = new Longs();
    ending.running.stream().filter(e -> !e.blocked).forEach(e -> running.add(e.task));
    ending.end();
    if (cluster.scenario.supervised) {
      cluster.time.after(
          cluster.time.between(VirtualTime.MILLIS, 50 * VirtualTime.MILLIS),
          () -> cluster.scheduler.onProcessEnded(ending, why, running));
    }
    cluster.time.after(
        cluster.time.between(50 * VirtualTime.MILLIS, 1 * VirtualTime.SECONDS), this::restart);
  }

  private void restart() {
    if (!process.alive && !gone) {
      process = new Process(new WorkerId(name, ++incarnations), process.host());
      process.register();
    }
  }

  void freeze(long nanos) {
    frozenUntil = Math.max(frozenUntil, cluster.time.now() + nanos);
  }

  /** A run that was handed to the slots. */
  private static final class Exec {
    final long task;
    final int run;

    /** Bytes it was said to take besides its inputs. */
    final long need;

    boolean interrupted;
    boolean timedOut;
    boolean hangs;
    boolean blocked;
    boolean hasBlocked;

    /** An input was lost while it waited for a slot. */
    boolean deprived;

    @Nullable Plan nested;

    Exec(long task, int run, long need) {
      this.task = task;
      this.need = need;
      this.run = run;
    }
  }

  /** A result that another process wants as soon as it is made. */
  private record Awaited(Process by, Process from, int holder, long task) {

    void tellThere() {
      by.ask(from, new WorkerInstruction.Fetch(holder, Longs.of(task), false), 0);
    }

    void tellLate() {
      by.hereAfter(
          by.node().cluster.network.delay(),
          () -> by.mail(new WorkerEvent.InputsLate(holder, Longs.of(task))));
    }

    void fail() {
      by.hereAfter(
          by.node().cluster.network.delay(),
          () -> by.mail(new WorkerEvent.FetchFailed(holder, Longs.of(task), "connection lost")));
    }
  }

  /** One life of the worker: its actor, its slots and its store. */
  @SuppressWarnings("JavaLangClash") // It stands for one.
  final class Process implements WorkerInstruction.Handler {
    final WorkerId id;
    private final int at;
    final Map<Long, Long> store = new TreeMap<>();

    /** What the store lost without noticing, and what it has owned up to. */
    private final Set<Long> lostSilently = new TreeSet<>();

    private final Set<Long> lostOpenly = new TreeSet<>();
    private final Map<Long, Integer> open = new TreeMap<>();

    /** Who waits for what is not here yet, and who did at the last beat already. */
    private List<Awaited> awaited = new ArrayList<>();

    private List<Awaited> awaitedLong = new ArrayList<>();
    private final Deque<Exec> queue = new ArrayDeque<>();
    private final List<Exec> running = new ArrayList<>();
    private final VirtualTime.Mailbox mailbox = cluster.time.new Mailbox();
    boolean alive = true;
    private boolean leaving;
    private int ordinal;
    private @Nullable WorkerState state;
    private @Nullable Link<VirtualScheduler.Payload> link;
    private long sent;
    private long delivered;
    private boolean flushing;

    Process(WorkerId id, int at) {
      heap.reset();
      this.id = id;
      this.at = at;
    }

    VirtualWorker node() {
      return VirtualWorker.this;
    }

    int host() {
      return at;
    }

    @Nullable WorkerState state() {
      return state;
    }

    /** Whether nothing of any task is left. */
    boolean isEmpty() {
      return state != null
          && state.leftovers().isEmpty()
          && running.isEmpty()
          && queue.isEmpty()
          && open.isEmpty()
          && store.isEmpty();
    }

    /** Runs on this process, later if it is frozen, never if it is dead. */
    private void here(Runnable action) {
      if (!alive) {
        return;
      }
      if (frozenUntil > cluster.time.now()) {
        cluster.time.at(frozenUntil, () -> here(action));
      } else {
        action.run();
      }
    }

    private void hereAfter(long nanos, Runnable action) {
      cluster.time.after(nanos, () -> here(action));
    }

    // ---- registration and the link
    // ----------------------------------------------------------------

    void register() {
      if (link == null) {
        cluster.network.send(at, VirtualScheduler.HOST, () -> cluster.scheduler.onRegister(this));
        hereAfter(cluster.resendNanos, this::register);
      }
    }

    void onRegistered(int number, long linkNumber) {
      here(
          () -> {
            if (link != null) {
              return;
            }
            ordinal = number;
            link = new Link<>(linkNumber, cluster.resendNanos, cluster.protocol);
            WorkerSettings settings =
                new WorkerSettings(
                    slots,
                    cluster.scenario.aheadNanos,
                    cluster.scenario.aheadRuns,
                    cluster.scenario.keepBytes,
                    VirtualHeap.PAUSE,
                    VirtualHeap.RESUME);
            state = new WorkerState(number, settings, cluster.protocol);
            state.listen(cluster.runSteps);
            beat();
          });
    }

    /** The scheduler does not know this life any more: the process begins another. */
    void onDropped() {
      here(
          () -> {
            cluster.log("FENCED %s", id);
            end();
            if (process != this) {
              return; // Another has taken its place.
            }
            if (leaving) {
              gone = true;
            } else {
              process = new Process(new WorkerId(name, ++incarnations), at);
              process.register();
            }
          });
    }

    void end() {
      alive = false;
      awaitedLong.forEach(Awaited::fail);
      awaited.forEach(Awaited::fail);
      for (Exec exec : running) {
        cancelNested(exec);
      }
    }

    private void cancelNested(Exec exec) {
      if (exec.nested != null) {
        cluster.clients.get(0).abandonNested(exec.nested);
        exec.nested = null;
      }
    }

    private void beat() {
      if (state != null && process == this) {
        boolean idle = state.memoryLevel() == MemoryLevel.PAUSED && state.handed() == 0;
        apply(heap.measure(store.keySet(), idle));
      }
      flush();
      awaitedLong.forEach(Awaited::tellLate);
      awaitedLong = awaited;
      awaited = new ArrayList<>();
      if (leaving) {
        report(new SchedulerEvent.WorkerLeaving(ordinal));
      }
      if (state != null && link != null) {
        report(
            new SchedulerEvent.WorkerBeat(
                ordinal, false, state.runDigest(), state.replicaDigest(), state.memoryLevel()));
        link.tick(cluster.time.now()).forEach(this::send);
      }
      hereAfter(cluster.beatNanos, this::beat);
    }

    void leave() {
      leaving = true;
    }

    boolean isLeaving() {
      return leaving;
    }

    private void report(SchedulerEvent event) {
      if (link != null) {
        send(link.send(new VirtualScheduler.Payload(++sent, event), cluster.time.now()));
      }
    }

    private void send(Frame<VirtualScheduler.Payload> frame) {
      cluster.network.send(at, VirtualScheduler.HOST, () -> cluster.scheduler.onFrame(this, frame));
    }

    void onFrame(Frame<VirtualScheduler.Payload> frame) {
      // A frame finds the host; which life it meant only the link number tells.
      Process there = process.at == at ? process : this;
      there.here(() -> there.receive(frame));
    }

    private void receive(Frame<VirtualScheduler.Payload> frame) {
      if (link == null) {
        return;
      }
      VirtualScheduler.Payload payload = link.receive(frame, cluster.time.now());
      if (link.owesAck()) {
        send(link.ack());
      }
      if (payload == null) {
        return;
      }
      Violation.unless(payload.serial() == ++delivered, "a command came twice or out of order");
      VirtualScheduler.Command command = (VirtualScheduler.Command) payload.body();
      if (command.event() != null && cluster.vanishes()) {
        cluster.log("VANISHES: %s", command.event());
        return;
      }
      obey(command);
    }

    /** Commands of an earlier scheduler are refused. */
    void obey(VirtualScheduler.Command command) {
      if (command.epoch() < VirtualScheduler.EPOCH && cluster.protocol.fencesEpochs()) {
        return;
      }
      WorkerEvent event = command.event();
      if (event == null) {
        gone |= process == this;
        end();
        cluster.time.after(
            VirtualTime.MILLIS, () -> cluster.scheduler.onProcessEnded(this, "left", Longs.EMPTY));
        return;
      }
      note(event);
      apply(event);
    }

    private void note(WorkerEvent event) {
      if (event instanceof WorkerEvent.TasksAssigned assigned) {
        for (int i = 0; i < assigned.tasks().size(); i++) {
          long task = assigned.tasks().get(i);
          int run = assigned.runs().get(i);
          Violation.unless(
              cluster.ledger.isAssigned(task, run, ordinal),
              id + " runs what nobody gave it: " + Task.show(task) + " run " + run);
          open.merge(task, run, Math::max);
        }
      } else if (event instanceof WorkerEvent.RunsCancelled cancelled) {
        for (int i = 0; i < cancelled.tasks().size(); i++) {
          open.remove(cancelled.tasks().get(i), cancelled.runs().get(i));
        }
      }
    }

    private void apply(WorkerEvent event) {
      if (state == null) {
        return;
      }
      cluster.log("%s <- %s", id, event);
      if (process == this) {
        heap.note(event);
      }
      state.apply(event);
      state.verify();
      if (!flushing) {
        flushing = true;
        hereAfter(cluster.flushDelay(), this::flush);
      }
    }

    private void flush() {
      flushing = false;
      if (state == null) {
        return;
      }
      for (WorkerInstruction instruction : state.flush()) {
        cluster.log("%s -> %s", id, instruction);
        instruction.deliverTo(this);
      }
      state.verify();
      Violation.unless(
          open.size() == state.runDigest().count(),
          id + " forgot runs without a word, or invented some: " + open.keySet());
    }

    // ---- what the machine wants
    // ---------------------------------------------------------------------

    @Override
    public void onFetch(WorkerInstruction.Fetch it) {
      VirtualClient source = cluster.scheduler.sources.get(it.holder());
      if (source != null) {
        hereAfter(cluster.network.delay(), () -> ask(source, it));
        return;
      }
      Process from = cluster.scheduler.everRegistered.get(it.holder());
      hereAfter(cluster.network.delay(), () -> ask(from, it, 0));
    }

    private void ask(VirtualClient source, WorkerInstruction.Fetch it) {
      boolean refused =
          source.isGone()
              || cluster.network.isCut(at, source.host)
              || cluster.network.isCut(source.host, at);
      for (int i = 0; i < it.tasks().size(); i++) {
        long task = it.tasks().get(i);
        Long value = refused ? null : source.serve(task);
        if (value == null) {
          mail(new WorkerEvent.FetchFailed(it.holder(), Longs.of(task), "not there"));
        } else {
          hereAfter(
              cluster.network.delay(),
              () -> {
                put(task, value);
                mail(
                    new WorkerEvent.InputsFetched(
                        it.holder(), Longs.of(task), Longs.of(cluster.sizeOf(task))));
              });
        }
      }
    }

    private void ask(@Nullable Process from, WorkerInstruction.Fetch it, int tries) {
      if (from == null || !from.alive) {
        mail(new WorkerEvent.FetchFailed(it.holder(), it.tasks(), "refused"));
        return;
      }
      boolean reachable =
          !cluster.network.isCut(at, from.host())
              && !cluster.network.isCut(from.host(), at)
              && from.node().frozenUntil <= cluster.time.now();
      if (!reachable) {
        if (tries == 5) {
          mail(new WorkerEvent.FetchFailed(it.holder(), it.tasks(), "timed out"));
        } else {
          hereAfter(50 * VirtualTime.MILLIS, () -> ask(from, it, tries + 1));
        }
        return;
      }
      Longs found = new Longs();
      Longs sizes = new Longs();
      Longs missing = new Longs();
      Longs broken = new Longs();
      List<Long> values = new ArrayList<>();
      for (int i = 0; i < it.tasks().size(); i++) {
        long task = it.tasks().get(i);
        Long value = from.read(task);
        if (value != null && cluster.row(task).kind == Plan.Kind.CANNOT_BE_ENCODED) {
          broken.add(task);
        } else if (value == null && it.awaited()) {
          from.awaited.add(new Awaited(this, from, it.holder(), task));
        } else if (value == null) {
          missing.add(task);
        } else {
          found.add(task);
          sizes.add(cluster.sizeOf(task));
          values.add(value);
        }
      }
      hereAfter(
          cluster.network.delay(),
          () -> {
            for (int i = 0; i < found.size(); i++) {
              put(found.get(i), values.get(i));
            }
            if (!found.isEmpty()) {
              mail(new WorkerEvent.InputsFetched(it.holder(), found, sizes));
            }
            if (!broken.isEmpty()) {
              mail(new WorkerEvent.InputsBroken(broken, CANNOT_BE_ENCODED));
            }
            if (!missing.isEmpty()) {
              mail(new WorkerEvent.FetchFailed(it.holder(), missing, "not there"));
            }
          });
    }

    /** A value in the store; a store that finds it has lost one says so. */
    @Nullable Long read(long task) {
      Long value = store.get(task);
      if (value == null && lostSilently.remove(task)) {
        lostOpenly.add(task);
        queue.forEach(exec -> exec.deprived |= cluster.row(exec.task).needs(task));
        mail(new WorkerEvent.ResultsLost(Longs.of(task)));
      }
      return value;
    }

    /** The store loses one result and does not notice. */
    void loseSomething() {
      if (!store.isEmpty()) {
        List<Long> keys = List.copyOf(store.keySet());
        long task = keys.get(cluster.time.below(keys.size()));
        cluster.log("LOSES %s on %s", Task.show(task), id);
        store.remove(task);
        lostSilently.add(task);
        if (cluster.time.chance(0.5)) {
          hereAfter(cluster.time.between(0, VirtualTime.SECONDS), () -> read(task));
        }
      }
    }

    boolean hasLost(long task) {
      return lostSilently.contains(task) || lostOpenly.contains(task);
    }

    private void put(long task, long value) {
      store.putIfAbsent(task, value);
      lostSilently.remove(task);
      lostOpenly.remove(task);
      for (List<Awaited> waiting : List.of(awaited, awaitedLong)) {
        List<Awaited> told = waiting.stream().filter(each -> each.task == task).toList();
        waiting.removeAll(told);
        told.forEach(Awaited::tellThere);
      }
    }

    private void mail(WorkerEvent event) {
      mailbox.post(() -> here(() -> apply(event)));
    }

    @Override
    public void onExecute(WorkerInstruction.Execute it) {
      for (int i = 0; i < it.tasks().size(); i++) {
        long task = it.tasks().get(i);
        checkMemory(task);
        queue.add(new Exec(task, it.runs().get(i), heap.need(task)));
      }
      fillSlots();
    }

    private void checkMemory(long task) {
      long bytes = 0;
      boolean isAlone = queue.isEmpty();
      for (Exec exec : running) {
        bytes += heap.takes(exec.task, exec.need);
        isAlone &= exec.hasBlocked; // The machine may not yet have heard that it goes on.
      }
      for (Exec exec : queue) {
        bytes += heap.takes(exec.task, exec.need);
      }
      if (process == this && state != null) {
        heap.check(task, isAlone, bytes, state.memoryLevel());
      }
    }

    private void fillSlots() {
      while (!queue.isEmpty() && running.stream().filter(exec -> !exec.blocked).count() < slots) {
        start(queue.remove());
      }
    }

    private void start(Exec exec) {
      Plan.Row row = cluster.row(exec.task);
      long mixed = Task.share(exec.task, 7);
      for (int raw : row.inputs) {
        if (raw < 0) {
          continue;
        }
        Plan.Row input = row.plan.rows.get(raw).origin();
        boolean wasLost = hasLost(input.task());
        Long value = read(input.task());
        if (value == null && (wasLost || exec.deprived)) {
          // The store has just said so; the run could not begin.
          answer(exec, threw(exec, TaskFailure.Kind.INTERNAL));
          return;
        }
        if (value == null || value != input.value) {
          throw new Violation(id + " runs " + row + " without its input " + input);
        }
        mixed = Task.share(mixed ^ value, 11);
      }
      Violation.unless(mixed == row.value, "wrong value of " + row);
      running.add(exec);
      row.executions++;
      long nanos = cluster.scenario.duration(cluster.time, row);
      if (row.kind == Plan.Kind.NESTS) {
        hereAfter(nanos / 2, () -> block(exec, row));
      } else if (row.hangsNow()) {
        exec.hangs = true;
      } else {
        hereAfter(nanos, () -> finish(exec, row, nanos));
      }
      if (row.annotation == Plan.TIMED) {
        hereAfter(Plan.TIMEOUT_NANOS, () -> expire(exec, row));
      }
    }

    /** The run has taken too long. Its thread is interrupted, and may or may not care. */
    private void expire(Exec exec, Plan.Row row) {
      if (running.contains(exec) && !exec.interrupted) {
        exec.timedOut = true;
        stop(exec, row);
      }
    }

    private void stop(Exec exec, Plan.Row row) {
      if (exec.blocked) {
        cancelNested(exec);
        unblock(exec, row);
      } else if (exec.hangs || cluster.time.chance(0.5)) {
        hereAfter(cluster.time.between(0, VirtualTime.MILLIS), () -> finish(exec, row, 1000));
      }
    }

    private void block(Exec exec, Plan.Row row) {
      if (!running.contains(exec)) {
        return;
      }
      if (exec.interrupted || exec.timedOut) {
        finish(exec, row, 1000);
        return;
      }
      exec.blocked = true;
      exec.hasBlocked = true;
      mail(new WorkerEvent.TaskBlocked(exec.task, exec.run));
      exec.nested = cluster.clients.get(0).submitNested(row, () -> here(() -> unblock(exec, row)));
      fillSlots();
    }

    private void unblock(Exec exec, Plan.Row row) {
      if (!exec.blocked) {
        return;
      }
      exec.blocked = false;
      exec.nested = null;
      mail(new WorkerEvent.TaskUnblocked(exec.task, exec.run));
      hereAfter(cluster.time.between(1000L, VirtualTime.MILLIS), () -> finish(exec, row, 2000));
    }

    private void finish(Exec exec, Plan.Row row, long nanos) {
      if (!running.contains(exec)) {
        return;
      }
      if (exec.timedOut) {
        row.throwsLeft = Math.max(0, row.throwsLeft - 1);
        answer(exec, threw(exec, TaskFailure.Kind.TIMED_OUT));
        return;
      }
      if (row.kind == Plan.Kind.KILLS_WORKER) {
        crash(this, "exit code 137");
        return;
      }
      boolean throwsNow = row.kind == Plan.Kind.THROWS_ALWAYS || exec.hangs || row.throwsLeft > 0;
      if (row.throwsLeft > 0) {
        row.throwsLeft--;
      }
      if (throwsNow || (exec.interrupted && cluster.time.chance(0.7))) {
        answer(exec, threw(exec, TaskFailure.Kind.THREW));
        return;
      }
      put(exec.task, row.value);
      byte[] inline =
          cluster.time.chance(0.3)
              ? ByteBuffer.allocate(Long.BYTES).putLong(row.value).array()
              : null;
      long size = cluster.sizeOf(exec.task);
      answer(exec, new WorkerEvent.TaskSucceeded(exec.task, exec.run, size, nanos, inline));
    }

    private WorkerEvent threw(Exec exec, TaskFailure.Kind kind) {
      Plan.Row row = cluster.row(exec.task);
      TaskFailure failure =
          new TaskFailure(kind, row.toString(), name, "Exception", "thrown", "", null);
      return new WorkerEvent.TaskThrew(exec.task, exec.run, failure);
    }

    private void answer(Exec exec, WorkerEvent event) {
      running.remove(exec);
      mail(event);
      fillSlots();
    }

    @Override
    public void onInterrupt(WorkerInstruction.Interrupt it) {
      for (Exec exec : List.copyOf(queue)) {
        if (exec.task == it.task() && exec.run == it.run()) {
          queue.remove(exec);
          mail(threw(exec, TaskFailure.Kind.CANCELLED));
          return;
        }
      }
      for (Exec exec : List.copyOf(running)) {
        if (exec.task == it.task() && exec.run == it.run()) {
          exec.interrupted = true;
          stop(exec, cluster.row(exec.task));
        }
      }
    }

    @Override
    public void onDrop(WorkerInstruction.Drop it) {
      for (int i = 0; i < it.tasks().size(); i++) {
        store.remove(it.tasks().get(i));
        lostSilently.remove(it.tasks().get(i));
        lostOpenly.remove(it.tasks().get(i));
      }
    }

    @Override
    public void onReportFinished(WorkerInstruction.ReportFinished it) {
      for (int i = 0; i < it.tasks().size(); i++) {
        answered(it.tasks().get(i), it.runs().get(i));
      }
      report(
          new SchedulerEvent.TasksFinished(
              ordinal, it.tasks(), it.runs(), it.sizes(), it.nanos(), it.inline()));
    }

    private void answered(long task, int run) {
      open.remove(task, run);
    }

    @Override
    public void onReportErred(WorkerInstruction.ReportErred it) {
      answered(it.task(), it.run());
      report(new SchedulerEvent.TaskErred(ordinal, it.task(), it.run(), it.failure()));
    }

    @Override
    public void onReportMissing(WorkerInstruction.ReportMissing it) {
      answered(it.task(), it.run());
      report(
          new SchedulerEvent.InputsMissing(
              ordinal, it.task(), it.run(), it.missing(), it.holders()));
    }

    @Override
    public void onReportReplicas(WorkerInstruction.ReportReplicas it) {
      report(new SchedulerEvent.ReplicasAdded(ordinal, it.tasks()));
    }

    @Override
    public void onReportNoReplicas(WorkerInstruction.ReportNoReplicas it) {
      report(new SchedulerEvent.ReplicasNotAdded(ordinal, it.tasks(), it.holders()));
    }

    @Override
    public void onReportBlocked(WorkerInstruction.ReportBlocked it) {
      report(
          it.blocked()
              ? new SchedulerEvent.TaskBlocked(ordinal, it.task(), it.run())
              : new SchedulerEvent.TaskUnblocked(ordinal, it.task(), it.run()));
    }

    @Override
    public void onReportMemory(WorkerInstruction.ReportMemory it) {
      report(new SchedulerEvent.WorkerMemory(ordinal, it.level()));
    }

    @Override
    public void onReportReturned(WorkerInstruction.ReportReturned it) {
      for (int i = 0; i < it.tasks().size(); i++) {
        answered(it.tasks().get(i), it.runs().get(i));
      }
      report(new SchedulerEvent.RunsReturned(ordinal, it.tasks(), it.runs()));
    }

    @Override
    public void onReportInventory(WorkerInstruction.ReportInventory it) {
      report(new SchedulerEvent.WorkerInventory(ordinal, false, it.tasks(), it.runs(), it.held()));
    }
  }
}

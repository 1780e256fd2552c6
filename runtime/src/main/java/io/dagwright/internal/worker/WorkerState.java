package io.dagwright.internal.worker;

import static io.dagwright.internal.worker.RunState.ABSENT;
import static io.dagwright.internal.worker.RunState.EXECUTING;
import static io.dagwright.internal.worker.RunState.MEMORY;
import static io.dagwright.internal.worker.RunState.READY;
import static io.dagwright.internal.worker.RunState.TABLE;
import static io.dagwright.internal.worker.RunState.WAITING;

import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskQueue;
import io.dagwright.internal.wire.TransitionTable;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerInstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One worker: which inputs to fetch, which run starts next, which results are kept.
 *
 * <p>Invariants, checked by {@link #verify}:
 *
 * <ul>
 *   <li>A run is handed to the slots only when all its inputs are here, and memory for it.
 *   <li>While it is paused for want of memory it has no run that has not begun.
 *   <li>Every waiting run waits for something that is being fetched or made here.
 *   <li>Digests cover exactly the runs this worker has and the results it has told the scheduler
 *       of.
 *   <li>A fetched input nobody here needs any more is dropped, unless the scheduler knows of it.
 * </ul>
 *
 * <p>The slots answer each run handed to them with exactly one {@code TaskSucceeded} or {@code
 * TaskThrew}, cancelled or not. Not thread-safe: one thread owns it.
 */
public final class WorkerState implements WorkerEvent.Handler {

  private static final double EWMA_WEIGHT = 0.2;

  /** In {@code Run.inputs}: nothing to wait for, and nothing to let go of, any more. */
  private static final long SETTLED = Long.MIN_VALUE;

  /** A run this worker has. */
  private static final class Run {
    final long task;
    final int run;
    final int priority;

    /** Bytes it is expected to take besides its inputs; negative if it is to run in any case. */
    final long memory;

    /** Bytes of those of its inputs that are here. */
    long inputBytes;

    /**
     * What it needs. A result that is here counts it among its users; of anything else it is among
     * the waiters.
     */
    final long[] inputs;

    /** Inputs that vanished after it was handed to the slots. */
    @Nullable Longs lost;

    /** Whether some of its inputs are only to come before it. */
    boolean comesAfter;

    RunState state = ABSENT;
    int missing;
    boolean blocked;

    Run(long task, int run, int priority, long memory, long[] inputs) {
      this.task = task;
      this.run = run;
      this.priority = priority;
      this.memory = memory;
      this.inputs = inputs;
      for (long input : inputs) {
        comesAfter |= input < 0;
      }
    }

    boolean isForced() {
      return memory < 0;
    }

    long takes() {
      return inputBytes + Math.max(0, memory);
    }
  }

  /** A result that is here. */
  private static final class Held {
    final int run;
    final long size;

    /** The scheduler does not know of it: a copy that goes when its last user has run. */
    boolean passing;

    int users;

    Held(int run, long size, boolean passing) {
      this.run = run;
      this.size = size;
      this.passing = passing;
    }
  }

  private final int self;
  private final WorkerSettings settings;
  private final Protocol protocol;
  private TransitionTable.@Nullable Listener<RunState> listener;

  private final LongMap<Run> runs = new LongMap<>();
  private final LongMap<Held> held = new LongMap<>();
  private final LongMap<Longs> waiters = new LongMap<>();

  /** Whom each result is being fetched from; {@code ~worker} if that has yet to make it. */
  private final LongMap<Integer> fetching = new LongMap<>();

  private final LongMap<Boolean> wanted = new LongMap<>();

  /** What may be in the store and is not held, while a better one of it is made or fetched. */
  private final LongMap<Boolean> strays = new LongMap<>();

  private final Admission admission;

  /** Cancelled while the slots had them, which have yet to answer. */
  private final List<Run> ending = new ArrayList<>();

  private final TaskQueue ready = new TaskQueue();
  private int readyRuns;
  private int handed;
  private int blocked;
  private double meanNanos;

  private long runSum;
  private int replicas;
  private long replicaSum;
  private long heldBytes;

  private final Map<Integer, Longs> toFetch = new TreeMap<>();
  private Longs toDrop = new Longs(0);
  private Longs toReport = new Longs(0);
  private Longs doneTasks = new Longs();
  private Ints doneRuns = new Ints();
  private Longs doneSizes = new Longs();
  private Longs doneNanos = new Longs();
  private List<byte @Nullable []> doneInline = new ArrayList<>();
  private boolean anyInline;
  private Longs returnedTasks = new Longs(0);
  private Ints returnedRuns = new Ints(0);
  private List<WorkerInstruction> out = new ArrayList<>();

  public WorkerState(int self, WorkerSettings settings) {
    this(self, settings, Protocol.CORRECT);
  }

  /** For simulations that plant bugs. */
  public WorkerState(int self, WorkerSettings settings, Protocol protocol) {
    this.self = self;
    this.settings = settings;
    this.protocol = protocol;
    this.admission = new Admission(settings.pause(), settings.resume(), protocol);
  }

  public void listen(TransitionTable.Listener<RunState> toEveryStep) {
    listener = toEveryStep;
  }

  /** Takes note of one event. */
  public void apply(WorkerEvent event) {
    event.deliverTo(this);
  }

  /** What must be done about everything applied since the last call, in this order. */
  public List<WorkerInstruction> flush() {
    handOver();
    List<WorkerInstruction> result = new ArrayList<>();
    flushDrops(result); // First, so that nothing is dropped that only now begins to be made.
    if (!doneTasks.isEmpty()) {
      byte @Nullable [] @Nullable [] inline = anyInline ? doneInline.toArray(new byte[0][]) : null;
      result.add(
          new WorkerInstruction.ReportFinished(doneTasks, doneRuns, doneSizes, doneNanos, inline));
      doneTasks = new Longs();
      doneRuns = new Ints();
      doneSizes = new Longs();
      doneNanos = new Longs();
      doneInline = new ArrayList<>();
      anyInline = false;
    }
    if (!toReport.isEmpty()) {
      result.add(new WorkerInstruction.ReportReplicas(toReport));
      toReport = new Longs(0);
    }
    if (!returnedTasks.isEmpty()) {
      out.add(new WorkerInstruction.ReportReturned(returnedTasks, returnedRuns));
      returnedTasks = new Longs(0);
      returnedRuns = new Ints(0);
    }
    result.addAll(out);
    out = new ArrayList<>();
    toFetch.forEach(
        (holder, tasks) ->
            result.add(new WorkerInstruction.Fetch(Math.max(holder, ~holder), tasks, holder < 0)));
    toFetch.clear();
    return result;
  }

  private void flushDrops(List<WorkerInstruction> result) {
    Longs drops = new Longs(toDrop.size());
    for (int i = 0; i < toDrop.size(); i++) {
      if (!held.containsKey(toDrop.get(i))) {
        drops.add(toDrop.get(i));
      }
    }
    toDrop = new Longs(0);
    if (!drops.isEmpty()) {
      result.add(new WorkerInstruction.Drop(drops));
    }
  }

  /**
   * Hands runs to the slots: one each, and as many more as are expected to be over in a moment; but
   * not one for which there is no memory while others run.
   */
  private void handOver() {
    while (readyRuns == 0 && !ready.isEmpty()) {
      ready.poll(); // Cancelled while it waited its turn.
    }
    if (readyRuns == 0) {
      return;
    }
    int slots = settings.slots() + blocked;
    double more =
        meanNanos == 0 ? 0 : Math.min(settings.aheadRuns(), settings.aheadNanos() / meanNanos);
    int room = slots + (int) (more * slots) - handed;
    Longs tasks = new Longs();
    Ints numbers = new Ints();
    while (room > 0 && !ready.isEmpty()) {
      Run run = runs.get(ready.peek());
      if (run != null && run.state == READY) {
        boolean isAlone = handed + tasks.size() == blocked;
        if (!admission.admits(run.takes(), run.isForced(), isAlone)) {
          break;
        }
        admission.begin(run.takes());
        move(run, EXECUTING);
        readyRuns--;
        room--;
        tasks.add(run.task);
        numbers.add(run.run);
      }
      ready.poll();
    }
    if (!tasks.isEmpty()) {
      handed += tasks.size();
      out.add(new WorkerInstruction.Execute(tasks, numbers));
    }
  }

  // ---- what is asked of it -------------------------------------------------------------------

  public Digest runDigest() {
    return new Digest(runs.size(), runSum);
  }

  /** Digest of the results the scheduler was told of. */
  public Digest replicaDigest() {
    return new Digest(replicas, replicaSum);
  }

  /** Bytes of all results held here, passing copies included. */
  public long heldBytes() {
    return heldBytes;
  }

  public boolean holds(long task) {
    return held.containsKey(task);
  }

  public RunState state(long task) {
    Run run = runs.get(task);
    if (run != null) {
      return run.state;
    }
    return held.containsKey(task) ? MEMORY : ABSENT;
  }

  /** How much memory is left, as the scheduler was told. */
  public MemoryLevel memoryLevel() {
    return admission.level();
  }

  /** Runs whose inputs are not all here. Walks over all runs. */
  public int waiting() {
    int[] count = {0};
    runs.forEach((task, run) -> count[0] += run.state == WAITING ? 1 : 0);
    return count[0];
  }

  /** Runs handed to the slots that have not come back. */
  public int handed() {
    return handed;
  }

  // ---- events: from the scheduler ---------------------------------------------------------------

  @Override
  public void onTasksAssigned(WorkerEvent.TasksAssigned event) {
    int at = 0;
    for (int i = 0; i < event.tasks().size(); i++) {
      int count = event.inputCounts().get(i);
      assign(event, i, at, count);
      at += count;
    }
  }

  private void assign(WorkerEvent.TasksAssigned event, int index, int from, int count) {
    long task = event.tasks().get(index);
    int number = event.runs().get(index);
    Run before = runs.get(task);
    if (before != null) {
      if (before.run >= number) {
        return;
      }
      cancel(before);
    }
    Held there = held.get(task);
    if (there != null) {
      finishAtOnce(task, number, there);
      return;
    }
    long memory = event.memory().isEmpty() ? 0 : event.memory().get(index);
    if (admission.isPaused() && memory >= 0 && protocol.returnsWhenPaused()) {
      returnedTasks.add(task);
      returnedRuns.add(number);
      return;
    }
    long[] inputs = new long[count];
    for (int k = 0; k < count; k++) {
      inputs[k] = event.inputs().get(from + k);
    }
    Run run = new Run(task, number, event.priorities().get(index), memory, inputs);
    runs.put(task, run);
    runSum += Task.share(task, number);
    Longs nowhere = new Longs(0);
    for (int k = 0; k < count; k++) {
      if (!await(run, inputs[k], event.holders().get(from + k))) {
        nowhere.add(inputs[k]);
      }
    }
    if (!nowhere.isEmpty()) {
      move(run, WAITING);
      Ints holders = new Ints(nowhere.size());
      for (int k = 0; k < nowhere.size(); k++) {
        holders.add(self);
      }
      giveUp(run, nowhere, holders);
    } else if (run.missing == 0) {
      becomeReady(run);
    } else {
      move(run, WAITING);
    }
  }

  /** The result is here already, as a copy or from an earlier run: nothing to do. */
  private void finishAtOnce(long task, int run, Held there) {
    if (there.passing) {
      keep(task, there);
    }
    Held own = new Held(run, there.size, false);
    own.users = there.users;
    held.put(task, own);
    report(task, run, there.size, 0, null);
  }

  /**
   * Makes a run wait for an input, fetching it if need be; false if it is nowhere.
   *
   * @param holder who has it; {@code ~worker} if that is making it
   */
  private boolean await(Run run, long input, int holder) {
    if (input < 0) {
      return awaitOrder(run, ~input);
    }
    Held there = held.get(input);
    if (there != null) {
      there.users++;
      run.inputBytes += there.size;
      return true;
    }
    if (!runs.containsKey(input) && !fetch(input, holder)) {
      return false;
    }
    addWaiter(input, run);
    return true;
  }

  /** Sees to it that a result is being fetched; false if it should be here and is not. */
  private boolean fetch(long task, int holder) {
    Integer asked = fetching.get(task);
    boolean waits = asked != null && asked < 0;
    if (holder == self) {
      return asked != null && !waits;
    }
    // Who was to make it may never do so, now that somebody else is named.
    if (asked == null
        || (waits && protocol.followsMaker() && ~asked != Math.max(holder, ~holder))) {
      fetching.put(task, holder);
      toFetch.computeIfAbsent(holder, key -> new Longs()).add(task);
    }
    return true;
  }

  /** Some run here must have ended first; if it is unknown, its graph knows how it ended. */
  private boolean awaitOrder(Run run, long before) {
    if (held.containsKey(before)) {
      settle(run, ~before);
      return true;
    }
    if (!runs.containsKey(before)) {
      return false;
    }
    addWaiter(before, run);
    return true;
  }

  private static void settle(Run run, long input) {
    for (int k = 0; k < run.inputs.length; k++) {
      if (run.inputs[k] == input) {
        run.inputs[k] = SETTLED;
      }
    }
  }

  private void addWaiter(long input, Run run) {
    Longs waiting = waiters.get(input);
    if (waiting == null) {
      waiting = new Longs(2);
      waiters.put(input, waiting);
    }
    // Once per input, or once per run if what arrives has to be looked for among its inputs.
    if (!run.comesAfter || waiting.isEmpty() || waiting.get(waiting.size() - 1) != run.task) {
      waiting.add(run.task);
    }
    run.missing++;
  }

  @Override
  public void onRunsCancelled(WorkerEvent.RunsCancelled event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      int number = event.runs().get(i);
      Run run = runs.get(task);
      Held there = held.get(task);
      if (run != null && run.run == number) {
        cancel(run);
      } else if (run == null && there != null && there.run == number) {
        free(task, there);
      }
    }
  }

  private void cancel(Run run) {
    if (run.state == EXECUTING) {
      out.add(new WorkerInstruction.Interrupt(run.task, run.run));
      ending.add(run);
    }
    remove(run, ABSENT);
    leaveInputs(run);
    giveUpUsersOf(run.task);
  }

  /** What was sent ahead waits here for a run that will not end well. */
  private void giveUpUsersOf(long task) {
    Longs waiting = waiters.get(task);
    for (int i = 0; waiting != null && i < waiting.size(); i++) {
      Run run = runs.get(waiting.get(i));
      if (run != null) {
        giveUp(run, Longs.of(task), Ints.of(self));
      }
    }
  }

  @Override
  public void onKeysFreed(WorkerEvent.KeysFreed event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      wanted.remove(task);
      Held there = held.get(task);
      if (there != null) {
        free(task, there);
      }
    }
  }

  private void free(long task, Held there) {
    if (there.passing) {
      return;
    }
    if (there.users == 0) {
      drop(task, there);
    } else {
      there.passing = true; // Runs here still need it; it goes with the last of them.
      uncount(task);
    }
  }

  @Override
  public void onReplicasWanted(WorkerEvent.ReplicasWanted event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      int holder = event.holders().get(i);
      Held there = held.get(task);
      if (there != null) {
        if (there.passing) {
          keep(task, there);
        }
        toReport.add(task);
      } else if (holder != self) {
        wanted.put(task, true);
        fetch(task, holder);
      }
    }
  }

  @Override
  public void onInventoryRequested(WorkerEvent.InventoryRequested event) {
    Longs tasks = runs.sortedKeys();
    Ints numbers = new Ints(tasks.size());
    for (int i = 0; i < tasks.size(); i++) {
      Run run = runs.get(tasks.get(i));
      numbers.add(run == null ? 0 : run.blocked ? ~run.run : run.run);
    }
    Longs known = new Longs();
    Longs all = held.sortedKeys();
    for (int i = 0; i < all.size(); i++) {
      Held there = held.get(all.get(i));
      if (there != null && !there.passing) {
        known.add(all.get(i));
      }
    }
    out.add(new WorkerInstruction.ReportInventory(tasks, numbers, known));
  }

  // ---- events: from the data plane and the store
  // -----------------------------------------------------

  @Override
  public void onInputsFetched(WorkerEvent.InputsFetched event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      long size = event.sizes().get(i);
      fetching.remove(task);
      strays.remove(task);
      if (held.containsKey(task)) {
        continue;
      }
      // What is being made here is reported when it is made.
      boolean keeps =
          (wanted.remove(task) != null || size >= settings.keepBytes()) && !runs.containsKey(task);
      boolean awaited = waiters.containsKey(task);
      if (!keeps && !awaited) {
        strays.put(task, true);
        dropStray(task);
        continue;
      }
      Held copy = new Held(0, size, true);
      held.put(task, copy);
      heldBytes += size;
      tell(task, ABSENT, MEMORY);
      if (keeps) {
        keep(task, copy);
        toReport.add(task);
      }
      onHere(task, copy);
      dropIfPassed(task, copy);
    }
  }

  /** From now on the scheduler is told of this result. */
  private void keep(long task, Held there) {
    there.passing = false;
    replicas++;
    replicaSum += Task.share(task, 0);
  }

  private void uncount(long task) {
    replicas--;
    replicaSum -= Task.share(task, 0);
  }

  @Override
  public void onFetchFailed(WorkerEvent.FetchFailed event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      Integer asked = fetching.get(task);
      if (asked == null || Math.max(asked, ~asked) != event.holder()) {
        continue; // Somebody else has been asked since, or has answered.
      }
      fetching.remove(task);
      dropStray(task);
      if (held.containsKey(task) || runs.containsKey(task)) {
        continue;
      }
      if (wanted.remove(task) != null) {
        out.add(new WorkerInstruction.ReportNoReplicas(Longs.of(task), Ints.of(event.holder())));
      }
      Longs waiting = waiters.get(task);
      for (int w = 0; waiting != null && w < waiting.size(); w++) {
        Run run = runs.get(waiting.get(w));
        if (run != null) {
          giveUp(run, Longs.of(task), Ints.of(event.holder()));
        }
      }
    }
  }

  @Override
  public void onInputsLate(WorkerEvent.InputsLate event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      Integer asked = fetching.get(task);
      if (asked == null || asked != ~event.holder()) {
        continue;
      }
      fetching.remove(task);
      dropStray(task);
      if (waiters.containsKey(task) && !held.containsKey(task) && !runs.containsKey(task)) {
        fetch(task, asked);
      }
    }
  }

  /** The run cannot start here. The scheduler hears of it, this worker forgets it. */
  private void giveUp(Run run, Longs missing, Ints holders) {
    remove(run, ABSENT);
    leaveInputs(run);
    giveUpUsersOf(run.task);
    if (protocol.reportsMissingInputs()) {
      Longs tasks = new Longs(missing.size());
      Ints from = new Ints(missing.size());
      for (int i = 0; i < missing.size(); i++) {
        if (missing.get(i) >= 0) {
          tasks.add(missing.get(i));
          from.add(holders.get(i));
        }
      }
      out.add(new WorkerInstruction.ReportMissing(run.task, run.run, tasks, from));
    }
  }

  @Override
  public void onInputsBroken(WorkerEvent.InputsBroken event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      long task = event.tasks().get(i);
      Integer holder = fetching.remove(task);
      dropStray(task);
      if (held.containsKey(task) || runs.containsKey(task)) {
        continue;
      }
      if (wanted.remove(task) != null && holder != null) {
        out.add(
            new WorkerInstruction.ReportNoReplicas(
                Longs.of(task), Ints.of(Math.max(holder, ~holder))));
      }
      Longs waiting = waiters.get(task);
      for (int w = 0; waiting != null && w < waiting.size(); w++) {
        Run run = runs.get(waiting.get(w));
        if (run != null) {
          remove(run, ABSENT);
          leaveInputs(run);
          out.add(new WorkerInstruction.ReportErred(run.task, run.run, event.failure()));
          giveUpUsersOf(run.task);
        }
      }
    }
  }

  @Override
  public void onResultsLost(WorkerEvent.ResultsLost event) {
    for (int i = 0; i < event.tasks().size(); i++) {
      Held there = held.get(event.tasks().get(i));
      if (there != null) {
        drop(event.tasks().get(i), there); // The next digest tells the scheduler.
        if (there.users > 0) {
          loseInput(event.tasks().get(i));
        }
      }
    }
  }

  /** An input that had been here is not: who has not begun cannot, who has may not end well. */
  private void loseInput(long input) {
    Longs all = runs.sortedKeys();
    for (int i = 0; i < all.size(); i++) {
      Run run = runs.get(all.get(i));
      if (run == null || !needs(run, input)) {
        continue;
      }
      settle(run, input);
      if (run.state == EXECUTING) {
        run.lost = run.lost == null ? new Longs(1) : run.lost;
        run.lost.add(input);
      } else {
        giveUp(run, Longs.of(input), Ints.of(self));
      }
    }
  }

  private static boolean needs(Run run, long input) {
    for (long of : run.inputs) {
      if (of == input) {
        return true;
      }
    }
    return false;
  }

  // ---- events: from the slots
  // ------------------------------------------------------------------------

  /** A run is off the slots: what it took is free. */
  private void leaveSlot(long task, int number) {
    handed--;
    Run run = runs.get(task);
    if (run != null && run.run == number && run.state == EXECUTING) {
      admission.end(run.takes());
      return;
    }
    for (int i = 0; i < ending.size(); i++) {
      if (ending.get(i).task == task && ending.get(i).run == number) {
        admission.end(ending.remove(i).takes());
        return;
      }
    }
  }

  @Override
  public void onTaskSucceeded(WorkerEvent.TaskSucceeded event) {
    leaveSlot(event.task(), event.run());
    double nanos = Math.max(1000, event.nanos());
    meanNanos = meanNanos == 0 ? nanos : meanNanos + EWMA_WEIGHT * (nanos - meanNanos);
    Run run = runs.get(event.task());
    if (run == null || run.run != event.run() || run.state != EXECUTING) {
      if (!held.containsKey(event.task())) {
        strays.put(event.task(), true); // Cancelled while it ran.
        dropStray(event.task());
      }
      return;
    }
    Held own = held.get(event.task());
    if (own != null && own.passing) {
      keep(event.task(), own); // A copy came while it was made.
    }
    remove(run, own == null ? MEMORY : ABSENT);
    if (own == null) {
      own = new Held(event.run(), event.size(), true);
      held.put(event.task(), own);
      heldBytes += event.size();
      keep(event.task(), own);
    }
    report(event.task(), event.run(), event.size(), event.nanos(), event.inline());
    leaveInputs(run);
    onHere(event.task(), own);
  }

  @Override
  public void onTaskThrew(WorkerEvent.TaskThrew event) {
    leaveSlot(event.task(), event.run());
    Run run = runs.get(event.task());
    if (run != null && run.run == event.run() && run.state == EXECUTING) {
      if (run.lost != null) {
        // Whatever it says, it had no chance.
        Ints holders = new Ints();
        for (int i = 0; i < run.lost.size(); i++) {
          holders.add(self);
        }
        giveUp(run, run.lost, holders);
        return;
      }
      remove(run, ABSENT);
      leaveInputs(run);
      out.add(new WorkerInstruction.ReportErred(event.task(), event.run(), event.failure()));
      giveUpUsersOf(run.task);
    }
  }

  @Override
  public void onTaskBlocked(WorkerEvent.TaskBlocked event) {
    blocked++;
    block(event.task(), event.run(), true);
  }

  @Override
  public void onTaskUnblocked(WorkerEvent.TaskUnblocked event) {
    blocked--;
    block(event.task(), event.run(), false);
  }

  private void block(long task, int number, boolean blocks) {
    Run run = runs.get(task);
    if (run != null && run.run == number && run.state == EXECUTING && run.blocked != blocks) {
      run.blocked = blocks;
      runSum += (blocks ? 1 : -1) * Task.share(task, ~number);
      out.add(new WorkerInstruction.ReportBlocked(task, number, blocks));
    }
  }

  // ---- events: memory
  // ------------------------------------------------------------------------

  @Override
  public void onMemoryMeasured(WorkerEvent.MemoryMeasured event) {
    MemoryLevel before = admission.level();
    admission.measure(event.roomBytes(), event.used(), event.isCrowded());
    if (admission.level() == before) {
      return;
    }
    out.add(new WorkerInstruction.ReportMemory(admission.level()));
    if (admission.isPaused() && protocol.returnsWhenPaused()) {
      returnAll();
    }
  }

  /** Gives back what has not begun: others may have room for it. */
  private void returnAll() {
    Longs all = runs.sortedKeys();
    for (int i = 0; i < all.size(); i++) {
      Run run = runs.get(all.get(i));
      if (run != null && run.state != EXECUTING && !run.isForced()) {
        returnedTasks.add(run.task);
        returnedRuns.add(run.run);
        remove(run, ABSENT);
        leaveInputs(run);
      }
    }
  }

  // ---- bookkeeping
  // ------------------------------------------------------------------------------------

  private void report(long task, int run, long size, long nanos, byte @Nullable [] inline) {
    doneTasks.add(task);
    doneRuns.add(run);
    doneSizes.add(size);
    doneNanos.add(nanos);
    doneInline.add(inline);
    anyInline |= inline != null;
  }

  /** A result is here: whoever waited for it may go on. */
  private void onHere(long task, Held there) {
    Longs waiting = waiters.remove(task);
    for (int i = 0; waiting != null && i < waiting.size(); i++) {
      Run run = runs.get(waiting.get(i));
      if (run == null || run.state != WAITING) {
        continue; // Cancelled meanwhile.
      }
      if (run.comesAfter) {
        settle(run, task, there);
      } else {
        there.users++;
        run.inputBytes += there.size;
        run.missing--;
      }
      if (run.missing == 0) {
        becomeReady(run);
      }
    }
  }

  private static void settle(Run run, long task, Held there) {
    for (int k = 0; k < run.inputs.length; k++) {
      if (run.inputs[k] == task) {
        there.users++;
        run.inputBytes += there.size;
        run.missing--;
      } else if (run.inputs[k] == ~task) {
        run.inputs[k] = SETTLED;
        run.missing--;
      }
    }
  }

  private void dropStray(long task) {
    if (!strays.isEmpty()
        && !runs.containsKey(task)
        && !fetching.containsKey(task)
        && strays.remove(task) != null) {
      toDrop.add(task);
    }
  }

  private void becomeReady(Run run) {
    move(run, READY);
    readyRuns++;
    ready.add(run.priority, run.task);
  }

  private void remove(Run run, RunState to) {
    if (run.state == READY) {
      readyRuns--;
    }
    runs.remove(run.task);
    runSum -= Task.share(run.task, run.run);
    if (run.blocked) {
      runSum -= Task.share(run.task, ~run.run);
    }
    move(run, to);
    if (to == ABSENT) {
      dropStray(run.task);
      Held copy = held.get(run.task);
      if (copy != null) {
        dropIfPassed(run.task, copy);
      }
    } else if (!strays.isEmpty()) {
      strays.remove(run.task);
    }
  }

  /** A run needs its inputs no longer. */
  private void leaveInputs(Run run) {
    for (long input : run.inputs) {
      if (input == SETTLED) {
        continue;
      }
      Held there = held.get(Math.max(input, ~input));
      if (there == null) {
        stopWaiting(Math.max(input, ~input), run.task);
      } else if (input >= 0) {
        there.users--;
        dropIfPassed(input, there);
      }
    }
  }

  private void stopWaiting(long input, long task) {
    Longs waiting = waiters.get(input);
    if (waiting == null) {
      return;
    }
    Longs left = waiting.without(task);
    if (left.isEmpty()) {
      waiters.remove(input);
    } else {
      waiters.put(input, left);
    }
  }

  private void dropIfPassed(long task, Held there) {
    if (there.passing && there.users == 0) {
      drop(task, there);
    }
  }

  private void drop(long task, Held there) {
    held.remove(task);
    heldBytes -= there.size;
    if (!there.passing) {
      uncount(task);
    }
    strays.put(task, true);
    dropStray(task);
    tell(task, MEMORY, ABSENT);
  }

  private void move(Run run, RunState to) {
    tell(run.task, run.state, to);
    run.state = to;
  }

  private void tell(long task, RunState from, RunState to) {
    TABLE.check(task, from.ordinal(), to.ordinal());
    if (listener != null) {
      listener.onTransition(task, from, to);
    }
  }

  // ---- invariants
  // ---------------------------------------------------------------------------------------

  /**
   * What is kept of tasks, in words; empty if there is nothing. For tests, after the last graph.
   */
  public String leftovers() {
    StringBuilder text = new StringBuilder();
    note(text, "runs", runs.size());
    note(text, "held", held.size());
    note(text, "awaited", waiters.size());
    note(text, "being fetched", fetching.size() + toFetch.size());
    note(text, "wanted", wanted.size());
    note(text, "strays", strays.size() + toDrop.size());
    note(text, "ready", ready.size() + readyRuns);
    note(text, "handed to the slots", handed + blocked + ending.size());
    return text.toString();
  }

  private static void note(StringBuilder text, String what, int count) {
    if (count != 0) {
      text.append(what).append(' ').append(count).append("; ");
    }
  }

  /** Recomputes what is kept incrementally and throws if the two differ. For tests. */
  public void verify() {
    long[] sums = new long[5];
    ending.forEach(run -> sums[4] += run.takes());
    LongMap<Integer> users = new LongMap<>();
    runs.forEach(
        (task, run) -> {
          sums[4] += run.state == EXECUTING ? run.takes() : 0;
          if (admission.isPaused()
              && protocol.returnsWhenPaused()
              && run.state != EXECUTING
              && !run.isForced()) {
            throw new IllegalStateException(Task.show(task) + " waits on a paused worker");
          }
          sums[0] += Task.share(task, run.run) + (run.blocked ? Task.share(task, ~run.run) : 0);
          int missing = 0;
          for (long input : run.inputs) {
            if (input == SETTLED) {
              continue;
            }
            long plain = input < 0 ? ~input : input;
            boolean here = held.containsKey(plain);
            boolean coming = runs.containsKey(plain) || fetching.containsKey(plain);
            if (run.state == WAITING && !here && !coming) {
              throw new IllegalStateException(
                  Task.show(task) + " waits in vain for " + Task.show(plain));
            }
            missing += here ? 0 : 1;
            if (here && input >= 0) {
              Integer known = users.get(input);
              users.put(input, known == null ? 1 : known + 1);
            }
          }
          if ((run.state == WAITING) != (run.missing > 0) || run.missing != missing) {
            throw new IllegalStateException(
                Task.show(task) + " is " + run.state + " and misses " + run.missing);
          }
        });
    held.forEach(
        (task, there) -> {
          sums[1] += there.passing ? 0 : Task.share(task, 0);
          sums[2] += there.passing ? 0 : 1;
          sums[3] += there.size;
          Integer known = users.get(task);
          if (there.users != (known == null ? 0 : known)) {
            throw new IllegalStateException(
                Task.show(task) + " has " + there.users + " users, not " + known);
          }
        });
    if (sums[0] != runSum
        || sums[1] != replicaSum
        || sums[2] != replicas
        || sums[3] != heldBytes
        || sums[4] != admission.reservedBytes()
        || handed < 0
        || blocked < 0) {
      throw new IllegalStateException("worker " + self + " is miscounted");
    }
  }
}

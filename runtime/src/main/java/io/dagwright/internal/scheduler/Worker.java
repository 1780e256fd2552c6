package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.WorkerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One live worker, as the scheduler sees it. */
final class Worker {

  static final long NOBODY = -1;

  /** Most runs, and most inputs, in one message to a worker. */
  private static final int BATCH_RUNS = 256;

  private static final int BATCH_INPUTS = 4096;

  final int ordinal;
  final WorkerId id;
  final String host;
  final int slots;
  final long memoryBytes;
  final Map<String, Double> free;
  final Map<String, Double> resources;

  long lastHeardNanos;
  int runs;
  long runSum;
  int replicas;
  long replicaSum;
  double replicaBytes;

  /** Runs sent ahead whose inputs are not all made. */
  int ahead;

  /** Those of them that wait for other workers. */
  int aheadOfOthers;

  /** Runs that gave their slot back, by task. */
  final LongMap<Integer> blocked = new LongMap<>();

  /** Sum of what its runs are expected to take. */
  double occupancyNanos;

  MemoryLevel memory = MemoryLevel.ENOUGH;
  boolean leaving;

  long leavingSinceNanos;

  /** Whether it was told that it may leave. */
  boolean letGo;

  /** Copies on their way to it. */
  int coming;

  double comingBytes;

  /** The task that must be alone here, running or about to; {@link #NOBODY} if there is none. */
  long reservedFor = NOBODY;

  /** Messages in the making. */
  private Longs cancelTasks = new Longs(0);

  private Ints cancelRuns = new Ints(0);
  private Longs freeTasks = new Longs(0);
  private Longs copyTasks = new Longs(0);
  private Ints copyHolders = new Ints(0);
  private Longs tasks = new Longs(0);
  private Ints taskRuns = new Ints(0);
  private Ints inputCounts = new Ints(0);
  private Longs inputs = new Longs(0);
  private Ints holders = new Ints(0);

  /** Shorter than {@link #tasks} if the last of these take nothing much. */
  private Longs memoryNeeds = new Longs(0);

  private final List<SchedulerInstruction> batches = new ArrayList<>();

  Worker(
      int ordinal,
      WorkerId id,
      String host,
      int slots,
      long memoryBytes,
      Map<String, Double> resources) {
    this.ordinal = ordinal;
    this.id = id;
    this.host = host;
    this.slots = slots;
    this.memoryBytes = memoryBytes;
    this.resources = resources;
    this.free = new LinkedHashMap<>(resources);
  }

  /** It is to drop a run. */
  void cancel(long task, int run) {
    cancelTasks.add(task);
    cancelRuns.add(run);
  }

  /** It is to drop a result. */
  void free(long task) {
    freeTasks.add(task);
  }

  /** It is to copy a result from another worker. */
  void copy(long task, int holder) {
    copyTasks.add(task);
    copyHolders.add(holder);
  }

  /**
   * It is to run a task.
   *
   * @param inputCount how many of the inputs added since the last run are this one's
   * @param memoryBytes what it is expected to take besides them
   */
  void compute(long task, int run, int inputCount, long memoryBytes) {
    if (memoryBytes != 0) {
      padMemoryNeeds();
      memoryNeeds.add(memoryBytes);
    }
    tasks.add(task);
    taskRuns.add(run);
    inputCounts.add(inputCount);
  }

  private void padMemoryNeeds() {
    while (memoryNeeds.size() < tasks.size()) {
      memoryNeeds.add(0);
    }
  }

  /** An input of the run that is told of next, {@code ~task} if that only comes after it. */
  void addInput(long task, int holder) {
    inputs.add(task);
    holders.add(holder);
  }

  /** Appends what it is to be told, in order. */
  void flush(List<SchedulerInstruction> to) {
    if (!cancelTasks.isEmpty()) {
      to.add(new SchedulerInstruction.CancelRuns(ordinal, cancelTasks, cancelRuns));
      cancelTasks = new Longs(0);
      cancelRuns = new Ints(0);
    }
    if (!freeTasks.isEmpty()) {
      to.add(new SchedulerInstruction.FreeKeys(ordinal, freeTasks));
      freeTasks = new Longs(0);
    }
    if (!copyTasks.isEmpty()) {
      to.add(new SchedulerInstruction.AcquireReplicas(ordinal, copyTasks, copyHolders));
      copyTasks = new Longs(0);
      copyHolders = new Ints(0);
    }
    closeBatch();
    to.addAll(batches);
    batches.clear();
  }

  /** Makes room for one more run: a message that is long enough is closed. */
  void closeFullBatch() {
    if (tasks.size() >= BATCH_RUNS || inputs.size() >= BATCH_INPUTS) {
      closeBatch();
    }
  }

  /** Makes a message of the runs collected so far. */
  private void closeBatch() {
    if (tasks.isEmpty()) {
      return;
    }
    if (!memoryNeeds.isEmpty()) {
      padMemoryNeeds();
    }
    batches.add(
        new SchedulerInstruction.ComputeTasks(
            ordinal, tasks, taskRuns, inputCounts, inputs, holders, memoryNeeds));
    memoryNeeds = new Longs(0);
    tasks = new Longs();
    taskRuns = new Ints();
    inputCounts = new Ints();
    inputs = new Longs();
    holders = new Ints();
  }

  boolean hasMessagesInTheMaking() {
    return !tasks.isEmpty() || !cancelTasks.isEmpty() || !freeTasks.isEmpty();
  }

  int effectiveSlots() {
    return slots + blocked.size();
  }

  void block(long task, int run) {
    if (blocked.put(task, run) == null) {
      runSum += Task.share(task, ~run);
    }
  }

  void unblock(long task) {
    Integer run = blocked.remove(task);
    if (run != null) {
      runSum -= Task.share(task, ~run);
    }
  }

  void countReplica(long task, double bytes) {
    replicas++;
    replicaSum += Task.share(task, 0);
    replicaBytes += bytes;
  }

  void uncountReplica(long task, double bytes) {
    replicas--;
    replicaSum -= Task.share(task, 0);
    replicaBytes -= bytes;
  }

  boolean isPaused() {
    return memory == MemoryLevel.PAUSED;
  }

  /** Whether it may be given work: it stays, and has memory. */
  boolean takesWork() {
    return !leaving && !isPaused();
  }

  /**
   * Whether it takes no other work. A run that has given its slot back must not keep others out.
   */
  boolean isReserved() {
    return reservedFor != NOBODY && !blocked.containsKey(reservedFor);
  }

  /**
   * Whether nothing is really running on it. What waits for other workers may run at any time;
   * while some run is blocked, though, that may be what the others wait for.
   */
  boolean isIdle(boolean someRunIsBlocked) {
    return runs == blocked.size() + ahead && (aheadOfOthers == 0 || someRunIsBlocked);
  }

  double load() {
    return occupancyNanos / effectiveSlots();
  }

  Digest runDigest() {
    return new Digest(runs, runSum);
  }

  Digest replicaDigest() {
    return new Digest(replicas, replicaSum);
  }

  boolean offers(Map<String, Double> wanted) {
    return covers(resources, wanted);
  }

  boolean hasFree(Map<String, Double> wanted) {
    return covers(free, wanted);
  }

  private static boolean covers(Map<String, Double> amounts, Map<String, Double> wanted) {
    for (Map.Entry<String, Double> entry : wanted.entrySet()) {
      if (amounts.getOrDefault(entry.getKey(), 0.0) < entry.getValue()) {
        return false;
      }
    }
    return true;
  }

  void take(Map<String, Double> amounts, int sign) {
    amounts.forEach((name, amount) -> free.merge(name, -sign * amount, Double::sum));
  }

  @Override
  public String toString() {
    return id.name() + "@" + host;
  }
}

package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.graph.ProgressListener;
import io.dagwright.internal.loop.Jobs;
import io.dagwright.spi.ParallelBackend;
import java.io.Serializable;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How loops are to run; says only what it was told, the rest is for others to say. Immutable.
 *
 * <p>What a loop itself says wins over the innermost {@link #scope}, that over scopes around it,
 * and the last word have the defaults: one job, the backend {@code threads} (inside a task of a
 * cluster: that cluster), automatic batches, {@code 2 · jobs} batches handed over at a time, no
 * timeout, silence.
 *
 * <p>Loops inside calls, on any backend, find the scope of the loop they are in, but for its
 * backend and its progress listener. They run in threads beside the call, those inside them in the
 * thread that calls, and none gets more jobs than its share of the processors. On a cluster they
 * run on that cluster.
 */
public final class ParallelConfig implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final int ALL = Integer.MAX_VALUE;
  private static final int BATCHES_PER_JOB = 2;

  private enum Setting {
    JOBS,
    BACKEND,
    BATCH,
    PRE_DISPATCH,
    TIMEOUT,
    VERBOSE,
    PROGRESS,
    HINT,
    SHARED_MEMORY,
    INNER_THREADS
  }

  /** Where calls are better made if nobody names a backend. joblib's {@code prefer}. */
  public enum Hint {
    /** Beside each other in this JVM: short calls, large arguments. */
    THREADS,
    /** In JVMs of their own: calls that must not disturb each other. */
    PROCESSES
  }

  /** Says nothing. */
  public static final ParallelConfig DEFAULT = new ParallelConfig(Map.of());

  private final Map<Setting, Object> said;

  private ParallelConfig(Map<Setting, Object> said) {
    this.said = Map.copyOf(said);
  }

  /**
   * Makes this the choice of the calling thread's loops, and of loops inside their calls, until the
   * scope is closed, by the same thread and in reverse order.
   */
  public static Schedulers.Scope scope(ParallelConfig config) {
    return LoopFrame.enter(LoopFrame.current().with(config));
  }

  /**
   * This with another number of calls at a time.
   *
   * @param count a number, which may be above that of processors; 1 for the thread that calls,
   *     without any backend; -1 for all slots of the backend, -2 for all but one, and so on
   * @throws IllegalArgumentException if it is 0
   */
  public ParallelConfig withJobs(int count) {
    return with(Setting.JOBS, Jobs.check(count));
  }

  /**
   * This with another backend: {@code sequential}, {@code threads}, {@code local-jvm}, {@code
   * cluster}, or the name of a {@link ParallelBackend} that is installed as a service.
   */
  public ParallelConfig withBackend(String name) {
    return with(Setting.BACKEND, requireNonNull(name, "name"));
  }

  /** This with a backend of one's own. */
  public ParallelConfig withBackend(ParallelBackend backend) {
    return with(Setting.BACKEND, requireNonNull(backend, "backend"));
  }

  /** This with the calls of loops on a client's cluster: the backend {@code cluster}. */
  public ParallelConfig withClient(Client client) {
    return with(Setting.BACKEND, new ClusterBackend(client));
  }

  /**
   * This with the backend {@code local-jvm}, and flags for its JVMs. Loops that want the same flags
   * share JVMs.
   *
   * @param flags such as {@code -Xmx1g}
   */
  public ParallelConfig withLocalJvm(String... flags) {
    return withBackend(new LocalJvmBackend(LocalJvms.SHARED, List.of(flags)));
  }

  /** This with a hint for loops that find no backend named, neither here nor in a scope. */
  public ParallelConfig withHint(Hint hint) {
    return with(Setting.HINT, requireNonNull(hint, "hint"));
  }

  /**
   * This for calls that have to see this JVM's objects, or need not: joblib's {@code
   * require='sharedmem'}. If they have to, a loop in whose scope another backend is named runs in
   * threads; one that names such a backend itself, or prefers processes, throws {@link
   * IllegalArgumentException}.
   */
  public ParallelConfig withSharedMemory(boolean required) {
    return with(Setting.SHARED_MEMORY, required);
  }

  /**
   * This with so many threads for what a call does by itself, joblib's {@code
   * inner_max_num_threads}: loops inside calls get no more jobs. Each JVM of {@code local-jvm} is
   * started as if the machine had so many processors, which parallel streams, the common pool and
   * the garbage collector go by; loops that want another number get JVMs of their own.
   *
   * @param threads 1 or more
   */
  public ParallelConfig withInnerThreads(int threads) {
    return with(Setting.INNER_THREADS, positive(threads, "the threads inside a call"));
  }

  /**
   * This with batches of a fixed size.
   *
   * @param calls 1 or more
   */
  public ParallelConfig withBatch(int calls) {
    return with(Setting.BATCH, positive(calls, "a batch"));
  }

  /**
   * This with batches that grow until they take from 0.2 to 2 seconds. On {@code threads}, where a
   * batch costs nothing to hand over, they are of one call.
   */
  public ParallelConfig withAutomaticBatches() {
    return with(Setting.BATCH, 0);
  }

  /**
   * This with another number of batches that are handed over at a time, which bounds how far ahead
   * of the results the input is consumed.
   *
   * @param batches 1 or more; fewer than jobs leave some of these idle
   */
  public ParallelConfig withPreDispatch(int batches) {
    return with(Setting.PRE_DISPATCH, positive(batches, "what is dispatched ahead"));
  }

  /** This with all of the input consumed and handed over at once. */
  public ParallelConfig withPreDispatchAll() {
    return with(Setting.PRE_DISPATCH, ALL);
  }

  /**
   * This with another longest time of one wait, during which no call ended. Without effect on loops
   * with one job.
   *
   * @param timeout above zero; zero for no limit
   */
  public ParallelConfig withTimeout(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("a timeout must be zero or more, not " + timeout);
    }
    return with(Setting.TIMEOUT, timeout);
  }

  /**
   * This with more or fewer lines in the log.
   *
   * @param level 0 for none, 1 to 10 for a line now and then, above for one per batch
   */
  public ParallelConfig withVerbose(int level) {
    return with(Setting.VERBOSE, level);
  }

  /**
   * This with somebody to tell how far a loop is, such as a new {@link TerminalProgress}. As long
   * as the input has not ended, the total is what was taken from it so far, if it does not tell its
   * size.
   */
  public ParallelConfig withProgress(ProgressListener listener) {
    return with(Setting.PROGRESS, requireNonNull(listener, "listener"));
  }

  private static int positive(int count, String what) {
    if (count < 1) {
      throw new IllegalArgumentException(what + " must be 1 or more, not " + count);
    }
    return count;
  }

  private ParallelConfig with(Setting setting, Object value) {
    return new ParallelConfig(Map.of(setting, value)).over(this);
  }

  /** What this says, and for the rest what the other says. */
  ParallelConfig over(ParallelConfig other) {
    Map<Setting, Object> all = new EnumMap<>(Setting.class);
    all.putAll(other.said);
    all.putAll(said);
    return new ParallelConfig(all);
  }

  /** What loops inside calls find: nothing that belongs to this JVM. */
  ParallelConfig forNested() {
    Map<Setting, Object> all = new EnumMap<>(Setting.class);
    all.putAll(said);
    all.remove(Setting.BACKEND);
    all.remove(Setting.PROGRESS);
    return new ParallelConfig(all);
  }

  /** The number of jobs as it was said. */
  @Nullable Integer jobs() {
    return (Integer) said.get(Setting.JOBS);
  }

  /** A name or a {@link ParallelBackend}. */
  @Nullable Object backend() {
    return said.get(Setting.BACKEND);
  }

  @Nullable Hint hint() {
    return (Hint) said.get(Setting.HINT);
  }

  boolean isSharedMemory() {
    return (boolean) said.getOrDefault(Setting.SHARED_MEMORY, false);
  }

  /** Threads for what a call does; 0 if nobody said. */
  int innerThreads() {
    return (int) said.getOrDefault(Setting.INNER_THREADS, 0);
  }

  /** Calls per batch; 0 for automatic. */
  int batch() {
    return (int) said.getOrDefault(Setting.BATCH, 0);
  }

  /** Batches handed over at a time. */
  int preDispatch(int jobs) {
    return (int) said.getOrDefault(Setting.PRE_DISPATCH, BATCHES_PER_JOB * jobs);
  }

  /** Whether all of the input is handed over at once. */
  boolean isAllDispatched() {
    return said.getOrDefault(Setting.PRE_DISPATCH, 0).equals(ALL);
  }

  /** The longest wait; zero for no limit. */
  Duration timeout() {
    return (Duration) said.getOrDefault(Setting.TIMEOUT, Duration.ZERO);
  }

  int verbose() {
    return (int) said.getOrDefault(Setting.VERBOSE, 0);
  }

  ProgressListener progress() {
    return (ProgressListener) said.getOrDefault(Setting.PROGRESS, ProgressListener.NONE);
  }

  @Override
  public String toString() {
    return "ParallelConfig" + new TreeMap<>(said);
  }
}

package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.internal.loop.Jobs;
import io.dagwright.spi.ParallelBackend;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A loop whose calls are made several at a time: in threads, in JVMs beside this one, on a cluster.
 *
 * <pre>{@code
 * List<Integer> squares = Parallel.jobs(-1).map(numbers, x -> x * x);
 * }</pre>
 *
 * <p>The input is consumed as results come, by the thread that waits for them. If a call throws,
 * the others are cancelled and {@link io.dagwright.error.TaskFailedException} is thrown, whose
 * cause is what the call threw. If a wait is interrupted, the loop is cancelled, the thread's flag
 * is set again, and {@link io.dagwright.error.GraphCancelledException} is thrown.
 *
 * <p>How a loop runs is said by its {@link ParallelConfig} and the scopes around it, read when it
 * starts. One object runs one loop at a time; it may run many, from any thread, one after the
 * other.
 */
public final class Parallel {

  private final ParallelConfig said;
  private final AtomicBoolean running = new AtomicBoolean();

  private Parallel(ParallelConfig said) {
    this.said = said;
  }

  /**
   * A loop with so many calls at a time.
   *
   * @param count see {@link ParallelConfig#withJobs}
   * @throws IllegalArgumentException if it is 0
   */
  public static Parallel jobs(int count) {
    return with(ParallelConfig.DEFAULT.withJobs(count));
  }

  /** A loop that runs as a configuration says, and for the rest as the scopes around it do. */
  public static Parallel with(ParallelConfig config) {
    return new Parallel(requireNonNull(config, "config"));
  }

  /**
   * Calls a function with each of the items, and gives the results in their order.
   *
   * @throws IllegalStateException if this is running a loop already
   */
  public <A extends @Nullable Object, R extends @Nullable Object> List<R> map(
      Collection<? extends A> items, Fn1<? super A, ? extends R> function) {
    Stream<DelayedCall<R>> calls = items.stream().map(item -> DelayedCall.delayed(item, function));
    return run(calls.toList());
  }

  /**
   * Makes the calls, and gives the results in their order.
   *
   * @throws IllegalStateException if this is running a loop already
   * @throws io.dagwright.error.LoopTimeoutException if no call ended for longer than the timeout
   * @throws io.dagwright.error.UnknownBackendException if there is no backend of that name
   */
  public <R extends @Nullable Object> List<R> run(
      Iterable<? extends DelayedCall<? extends R>> calls) {
    return this.<R>start(calls.iterator(), sizeOf(calls), true).all();
  }

  /**
   * Makes the calls, and gives the results in their order. The stream of calls is consumed bit by
   * bit, and not closed.
   *
   * @throws IllegalStateException if this is running a loop already
   */
  public <R extends @Nullable Object> List<R> run(
      Stream<? extends DelayedCall<? extends R>> calls) {
    return this.<R>start(calls.iterator(), -1, true).all();
  }

  /**
   * Makes the calls without waiting for them; a thread of its own does. The stage fails with what
   * {@link #run} would throw.
   *
   * @throws IllegalStateException if this is running a loop already
   */
  public <R extends @Nullable Object> CompletionStage<List<R>> runAsync(
      Iterable<? extends DelayedCall<? extends R>> calls) {
    Loop<R> loop = start(calls.iterator(), sizeOf(calls), true);
    CompletableFuture<List<R>> results = new CompletableFuture<>();
    LoopFrame frame = LoopFrame.current();
    Thread thread =
        new Thread(
            () -> {
              LoopFrame.enter(frame); // For as long as the thread is there.
              try {
                results.complete(loop.all());
              } catch (Throwable e) { // Nobody else would hear of it.
                results.completeExceptionally(e);
              }
            },
            "dagwright-loop");
    thread.setDaemon(true);
    thread.start();
    return results.minimalCompletionStage();
  }

  /**
   * Begins to make the calls, and gives the results in their order as they are read.
   *
   * <p>While nobody reads no more than {@link ParallelConfig#withPreDispatch} batches run or wait
   * to be read. Reading throws what {@link #run} throws. Closing the stream cancels the rest; so
   * does dropping it, later and with a warning. One thread reads.
   *
   * @throws IllegalStateException if this is running a loop already
   */
  public <R extends @Nullable Object> Stream<R> stream(
      Iterable<? extends DelayedCall<? extends R>> calls) {
    return LoopResults.stream(this.<R>start(calls.iterator(), sizeOf(calls), true), true);
  }

  /** As {@link #stream(Iterable)}; the stream of calls is consumed bit by bit, and not closed. */
  public <R extends @Nullable Object> Stream<R> stream(
      Stream<? extends DelayedCall<? extends R>> calls) {
    return LoopResults.stream(this.<R>start(calls.iterator(), -1, true), true);
  }

  /** As {@link #stream(Iterable)}, but gives the results of what ended first, first. */
  public <R extends @Nullable Object> Stream<R> unordered(
      Iterable<? extends DelayedCall<? extends R>> calls) {
    return LoopResults.stream(this.<R>start(calls.iterator(), sizeOf(calls), false), false);
  }

  /** As {@link #unordered(Iterable)}; the stream of calls is consumed bit by bit, not closed. */
  public <R extends @Nullable Object> Stream<R> unordered(
      Stream<? extends DelayedCall<? extends R>> calls) {
    return LoopResults.stream(this.<R>start(calls.iterator(), -1, false), false);
  }

  private static long sizeOf(Iterable<?> calls) {
    return calls instanceof Collection<?> collection ? collection.size() : -1;
  }

  private <R extends @Nullable Object> Loop<R> start(
      Iterator<? extends DelayedCall<? extends R>> calls, long total, boolean ordered) {
    if (running.getAndSet(true)) {
      throw new IllegalStateException(
          "This Parallel is running a loop already. Wait for its end, or close its stream; or make"
              + " another Parallel for each loop that runs at the same time.");
    }
    Loop<R> loop;
    try {
      loop = new Loop<>(calls, plan(total, ordered));
    } catch (RuntimeException e) {
      running.set(false);
      throw e;
    }
    loop.begin();
    return loop;
  }

  private Loop.Plan plan(long total, boolean ordered) {
    LoopFrame frame = LoopFrame.current();
    ParallelConfig config = said.over(frame.config());
    ParallelBackend backend = Backends.of(said, config, frame);
    int inner = config.innerThreads();
    if (inner > 0 && backend instanceof LocalJvmBackend jvms) {
      backend = jvms.withInnerThreads(inner);
    }
    int slots = backend.nests() ? 0 : Math.min(backend.slots(), frame.share());
    int jobs = jobs(config, backend, slots, frame);
    return new Loop.Plan(
        config,
        jobs,
        jobs == 1 ? null : backend.open(jobs),
        backend.batches(),
        jobs == 1 ? frame : frame.ofCalls(backend, slots, jobs).withShare(inner),
        ordered,
        total,
        () -> running.set(false));
  }

  private static int jobs(
      ParallelConfig config, ParallelBackend backend, int slots, LoopFrame frame) {
    Integer said = config.jobs();
    int asked = said == null ? backend.defaultJobs() : said;
    if (backend instanceof SequentialBackend) {
      return 1;
    }
    if (backend.nests()) {
      return asked > 0 ? asked : Jobs.of(asked, backend.slots());
    }
    return Math.min(Jobs.of(asked, slots), frame.depth() == 0 ? Integer.MAX_VALUE : frame.share());
  }

  @Override
  public String toString() {
    return "Parallel[" + said + "]";
  }
}

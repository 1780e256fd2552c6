package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.LoopTimeoutException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.Progress;
import io.dagwright.graph.ProgressListener;
import io.dagwright.internal.loop.LoopState;
import io.dagwright.internal.loop.Verbosity;
import io.dagwright.internal.node.Stages;
import io.dagwright.spi.ParallelBackend;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loop that runs: carries out what a {@link LoopState} decides.
 *
 * <p>The thread that asks for results does all there is to do besides the calls: it takes from the
 * input and hands batches over, at the start and whenever it waits. So the input has one reader,
 * and nothing runs far ahead of whoever reads the results. Another thread may only {@link #close}
 * it.
 */
final class Loop<R extends @Nullable Object> {

  private static final Logger LOG = LoggerFactory.getLogger(Parallel.class);
  private static final long PROGRESS_EVERY_NANOS = 100_000_000L;
  private static final String NAME = "loop";

  /**
   * How a loop runs.
   *
   * @param pool where the calls are made; null for the thread that asks for results
   * @param batches whether batches may be larger than one call if nobody says
   * @param frame what loops inside the calls find
   * @param total number of calls, -1 if the input does not tell
   * @param onEnd called once, whatever the end
   */
  record Plan(
      ParallelConfig config,
      int jobs,
      ParallelBackend.@Nullable Pool pool,
      boolean batches,
      LoopFrame frame,
      boolean ordered,
      long total,
      Runnable onEnd) {}

  /** A batch that was handed over. */
  private record Batch(long first, int size, String name, long startNanos) {}

  /** How a batch ended; {@code batch} is null if the loop was closed meanwhile. */
  private record Ended(
      @Nullable Batch batch, List<@Nullable Object> results, @Nullable Throwable failure) {}

  private final Iterator<? extends DelayedCall<? extends R>> input;
  private final Plan plan;
  private final LoopState state;
  private final Deque<DelayedCall<? extends R>> taken = new ArrayDeque<>();
  private final BlockingQueue<Ended> events = new LinkedBlockingQueue<>();

  /** Results nobody has read, by their place in the order they are to be read in. */
  private final Map<Long, List<@Nullable Object>> unread = new HashMap<>();

  private Iterator<@Nullable Object> current = Collections.emptyIterator();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final long startNanos = System.nanoTime();
  private long handedOver;
  private long nextRead;
  private int batchesDone;
  private long nextProgressNanos = startNanos;

  /** Written by the reader alone. */
  private volatile long done;

  Loop(Iterator<? extends DelayedCall<? extends R>> input, Plan plan) {
    this.input = input;
    this.plan = plan;
    int batch = plan.config().batch();
    this.state =
        new LoopState(
            plan.jobs(),
            batch == 0 && !plan.batches() ? 1 : batch,
            plan.config().preDispatch(plan.jobs()));
  }

  /** Hands over what may be, without waiting. */
  void begin() {
    guarded(
        () -> {
          report(false);
          if (plan.pool() != null) {
            dispatch(plan.pool());
          }
          return true;
        });
  }

  /**
   * Gives the next result, waiting for it.
   *
   * @return whether there was one
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // Results of calls of R.
  boolean advance(Consumer<? super R> action) {
    if (!guarded(this::findNext)) {
      return false;
    }
    action.accept((R) current.next());
    return true;
  }

  /** The results of all calls. */
  List<R> all() {
    List<R> all = new ArrayList<>();
    while (advance(all::add)) {
      // Until there are no more.
    }
    return Collections.unmodifiableList(all);
  }

  /** Cancels what still runs. */
  void close() {
    if (!ended.getAndSet(true)) {
      try {
        if (plan.pool() != null) {
          plan.pool().close();
        }
      } finally {
        plan.onEnd().run();
        events.add(new Ended(null, List.of(), null));
      }
    }
  }

  /** Closes it because nobody can read it any more. */
  void abandon() {
    if (!ended.get()) {
      LOG.warn(
          "A loop's stream was dropped after [{}] calls, before its end, so the rest is cancelled."
              + " Close such streams, best in a try-with-resources",
          done);
      close();
    }
  }

  private interface Step {
    boolean take();
  }

  /** Any failure ends the loop. */
  private boolean guarded(Step step) {
    try {
      return step.take();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private boolean findNext() {
    while (!current.hasNext()) {
      if (ended.get()) {
        return false;
      }
      ParallelBackend.Pool pool = plan.pool();
      if (pool == null) {
        callHere();
        continue;
      }
      dispatch(pool);
      List<@Nullable Object> next = unread.remove(nextRead);
      if (next != null) {
        nextRead += next.size();
        current = next.iterator();
      } else if (state.isDone()) {
        finish();
      } else {
        onEnded(await());
      }
    }
    return true;
  }

  private void callHere() {
    if (!input.hasNext()) {
      finish();
      return;
    }
    DelayedCall<? extends R> call = requireNonNull(input.next(), "call");
    Object result;
    try {
      result = call.call();
    } catch (Throwable thrown) { // Whatever user code throws is the call's failure.
      throw failure(new Batch(done, 1, call.name(), 0), thrown);
    }
    current = Collections.singletonList(result).iterator();
    onDone(1);
  }

  private void finish() {
    report(true);
    close();
  }

  private void dispatch(ParallelBackend.Pool pool) {
    while (true) {
      for (int size = state.dispatch(); size > 0; size = state.dispatch()) {
        submit(pool, size);
        if (plan.config().isAllDispatched()) {
          noteWhatEnded(); // So that batches grow. Otherwise nothing goes on ahead of the reader.
        }
      }
      int wanted = state.wanted();
      if (wanted == 0) {
        return;
      }
      int count = 0;
      while (count < wanted && input.hasNext()) {
        taken.add(requireNonNull(input.next(), "call"));
        count++;
      }
      state.taken(count);
    }
  }

  private void noteWhatEnded() {
    for (Ended event = events.poll(); event != null; event = events.poll()) {
      onEnded(event);
    }
  }

  private void submit(ParallelBackend.Pool pool, int size) {
    List<DelayedCall<? extends R>> calls = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      calls.add(taken.remove());
    }
    Batch batch = new Batch(handedOver, size, calls.get(0).name(), System.nanoTime());
    handedOver += size;
    pool.submit(new CallBatch(batch.name(), calls, plan.frame()))
        .whenComplete(
            (results, failure) ->
                events.add(new Ended(batch, results == null ? List.of() : results, failure)));
  }

  private Ended await() {
    Duration timeout = plan.config().timeout();
    long nanos = timeout.isZero() ? Long.MAX_VALUE : timeout.toNanos();
    try {
      Ended event = Stages.poll(events, nanos, "Waiting for a loop", "Parallel.runAsync");
      if (event == null) {
        throw new LoopTimeoutException(timeout, done, handedOver - done);
      }
      return event;
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static GraphCancelledException interrupted() {
    Thread.currentThread().interrupt();
    return new GraphCancelledException(NAME, "the thread that waited for it was interrupted");
  }

  private void onEnded(Ended event) {
    Batch batch = event.batch();
    if (batch == null) {
      throw new GraphCancelledException(NAME, "its stream was closed");
    }
    if (event.failure() != null) {
      throw failure(batch, event.failure());
    }
    state.ended(batch.size(), System.nanoTime() - batch.startNanos());
    unread.put(plan.ordered() ? batch.first() : done, event.results());
    onDone(batch.size());
  }

  private void onDone(int calls) {
    long before = done;
    done = before + calls; // There is one writer.
    batchesDone++;
    if (Verbosity.speaks(plan.config().verbose(), batchesDone)) {
      say();
    }
    report(false);
  }

  /** What to throw when a batch failed. */
  private RuntimeException failure(Batch batch, Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof TaskFailedException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof DagwrightException ours) {
      return ours;
    }
    if (cause instanceof InterruptedException) {
      return interrupted();
    }
    long last = batch.first() + batch.size() - 1;
    String which =
        batch.size() == 1
            ? "Call " + last + " of the loop"
            : "One of the calls " + batch.first() + " to " + last + " of the loop";
    return new TaskFailedException(
        batch.name() + "-" + batch.first(),
        which
            + " ["
            + batch.name()
            + "] failed: "
            + cause
            + ". The rest of the loop was cancelled; the cause has the stack of the call.",
        cause);
  }

  /** The number of calls; -1 as long as nobody knows. */
  private long total() {
    if (plan.total() >= 0) {
      return plan.total();
    }
    return state.isInputEnded() ? handedOver + taken.size() : -1;
  }

  private void say() {
    Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
    LOG.info("{}", Verbosity.line(plan.jobs(), done, total(), elapsed));
  }

  private void report(boolean last) {
    if (last && plan.config().verbose() > 0) {
      Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
      LOG.info("{}", Verbosity.line(plan.jobs(), done, done, elapsed));
    }
    ProgressListener listener = plan.config().progress();
    long now = System.nanoTime();
    if (listener.equals(ProgressListener.NONE) || (!last && now - nextProgressNanos < 0)) {
      return;
    }
    nextProgressNanos = now + PROGRESS_EVERY_NANOS;
    long total = last ? done : Math.max(total(), handedOver + taken.size());
    Duration elapsed = Duration.ofNanos(now - startNanos);
    try {
      listener.onProgress(new Progress(NAME, (int) total, (int) done, 0, elapsed, last));
    } catch (RuntimeException e) {
      LOG.warn("The progress listener of a loop threw", e);
    }
  }
}

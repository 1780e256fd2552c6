package io.dagwright.internal.actor;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.GraphCancelledException;
import io.dagwright.graph.GraphId;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.Progress;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.executor.SlotPool;
import io.dagwright.internal.local.WrongThreads;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.ToClient;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph this client has sent to the cluster: where its outputs are, and their values once they
 * have been fetched.
 *
 * <p>The client's actor changes it; users wait on it. Values are decoded by whoever asks for them,
 * never on the actor's thread. Thread-safe.
 */
public final class ClusterRun implements GraphRun {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterRun.class);

  /** Where an output is. */
  record Place(long worker, InetSocketAddress address) {}

  /** A value that never was bytes, from a worker of this JVM. */
  private record Live(@Nullable Object value) {}

  /** One output. */
  private static final class Slot {
    final int row;
    @Nullable Place place;

    /** Bytes or {@link Live}; null as long as it is not here. */
    @Nullable Object raw;

    final CompletableFuture<Void> ready = new CompletableFuture<>();
    @Nullable CompletableFuture<Void> gathered;
    boolean fetching;

    /** What whoever asks hears, once this client has let go of the output. */
    @Nullable RuntimeException letGo;

    int failedFetches;

    /** It failed, be it after it had been there. */
    boolean failed;

    Slot(int row) {
      this.row = row;
    }
  }

  private final int number;
  private final GraphId id;
  private final String name;
  private final TaskGraph graph;
  private final boolean gathers;
  private final ProgressListener progress;
  private final ActorRef<ClientMessage> actor;
  private final ValueCodec codec;
  private final Executor callbacks;
  private volatile ClassLoader loader;

  /** What workers may fetch as long as this run is known. */
  @SuppressWarnings("UnusedVariable") // It is reachable, that is its use.
  private volatile @Nullable Object kept;

  private final Slot[] slots;
  private final CompletableFuture<Void> all = new CompletableFuture<>();
  private final long startNanos = System.nanoTime();
  private final Queue<Progress> reports = new ArrayDeque<>();
  private volatile int lastFinished;
  private volatile int lastErred;
  private boolean reportedLast;
  private int missing;
  private int ordinal = -1;
  private boolean ended;
  private int released;

  ClusterRun(
      int number,
      GraphId id,
      String name,
      TaskGraph graph,
      boolean gathers,
      ProgressListener progress,
      ActorRef<ClientMessage> actor,
      ValueCodec codec,
      Executor callbacks) {
    this.number = number;
    this.id = id;
    this.name = name;
    this.graph = graph;
    this.gathers = gathers;
    this.progress = progress;
    this.actor = actor;
    this.codec = codec;
    this.callbacks = callbacks;
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    this.loader = context == null ? ClusterRun.class.getClassLoader() : context;
    this.slots =
        Arrays.stream(graph.columns().outputs())
            .sorted()
            .distinct()
            .mapToObj(Slot::new)
            .toArray(Slot[]::new);
    this.missing = slots.length;
    if (slots.length == 0) {
      all.complete(null);
      ended = true;
    }
    report(0, 0, false);
  }

  // ---- for users
  // ----------------------------------------------------------------------------------

  /** The graph's name for other graphs. */
  public GraphId id() {
    return id;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // The future that is returned ends the same way.
  public CompletionStage<List<@Nullable Object>> results() {
    CompletableFuture<List<@Nullable Object>> results = new CompletableFuture<>();
    all.whenComplete(
        (nothing, failure) ->
            callbacks.execute(
                () -> {
                  if (failure != null) {
                    results.completeExceptionally(failure);
                    return;
                  }
                  try {
                    results.complete(values());
                  } catch (RuntimeException | Error e) { // A value cannot be decoded here.
                    results.completeExceptionally(e);
                  }
                }));
    return results;
  }

  @Override
  public List<@Nullable Object> join() {
    await(all, this::cancel);
    return values();
  }

  private List<@Nullable Object> values() {
    int[] outputs = graph.columns().outputs();
    List<@Nullable Object> values = new ArrayList<>(outputs.length);
    for (int row : outputs) {
      values.add(decode(slot(row)));
    }
    return Collections.unmodifiableList(values);
  }

  private @Nullable Object decode(@Nullable Slot slot) {
    Object raw;
    synchronized (this) {
      if (slot != null && slot.letGo != null) {
        throw slot.letGo;
      }
      raw = slot == null ? null : slot.raw;
    }
    if (raw instanceof Live live) {
      return live.value();
    }
    return raw == null ? null : codec.read((Payload) raw, loader);
  }

  /** Waits for one output to be in memory somewhere. */
  public void awaitReady(int row) {
    await(requireSlot(row).ready, reason -> cancel(row, reason));
  }

  /** Completes when the output is in memory somewhere. */
  public CompletableFuture<Void> ready(int row) {
    return requireSlot(row).ready;
  }

  /** Fetches one output, waiting for it first. */
  public @Nullable Object gather(int row) {
    Slot slot = requireSlot(row);
    await(gathered(slot), reason -> cancel(row, reason));
    return decode(slot);
  }

  /** Fetches one output without waiting. */
  public CompletableFuture<@Nullable Object> gatherAsync(int row) {
    Slot slot = requireSlot(row);
    return gathered(slot).thenApplyAsync(nothing -> decode(slot), callbacks);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The future that is returned ends the same way.
  private CompletableFuture<Void> gathered(Slot slot) {
    CompletableFuture<Void> wait;
    synchronized (this) {
      if (slot.gathered == null) {
        slot.gathered = new CompletableFuture<>();
        CompletableFuture<Void> gathered = slot.gathered;
        slot.ready.whenComplete(
            (nothing, failure) -> {
              if (failure != null) {
                gathered.completeExceptionally(failure);
              } else {
                actor.tell(new ClientActor.FetchOutput(this, slot.row));
              }
            });
      }
      wait = slot.gathered;
    }
    return wait;
  }

  String key(int row) {
    return graph.key(row).toString();
  }

  /** Whether the output was cancelled. */
  public boolean isCancelled(int row) {
    CompletableFuture<Void> ready = requireSlot(row).ready;
    if (!ready.isCompletedExceptionally()) {
      return false;
    }
    try {
      ready.getNow(null);
      return false;
    } catch (RuntimeException e) {
      return e.getCause() instanceof GraphCancelledException;
    }
  }

  /** Lets go of an output: nobody here will ask for it again. */
  public void release(int row) {
    String key = graph.key(row).toString();
    letGo(row, new IllegalStateException("[" + key + "] was released; persist it again."));
  }

  /** Stops one output, and what only it needs; the others go on. */
  public void cancel(int row, String reason) {
    letGo(row, new GraphCancelledException(graph.key(row).toString(), reason));
  }

  private void letGo(int row, RuntimeException why) {
    Slot slot = requireSlot(row);
    synchronized (this) {
      if (slot.letGo != null) {
        return;
      }
      slot.letGo = why;
      released++;
      slot.raw = null;
    }
    failSlot(row, why); // Also for those who wait for a fetch that is under way.
    actor.tell(new ClientActor.ReleaseOutputs(this, Ints.of(row)));
  }

  /** Whether all outputs were let go of. */
  synchronized boolean isReleased() {
    return released == slots.length;
  }

  @Override
  public void cancel(String reason) {
    actor.tell(new ClientActor.CancelRun(this, reason));
    fail(new GraphCancelledException(name, reason));
  }

  private void await(CompletableFuture<Void> wait, Consumer<String> cancel) {
    if (!wait.isDone()) {
      WrongThreads.refuseToBlock("Waiting for a result", "computeAsync or toCompletionStage");
    }
    try {
      SlotPool.block(wait::get);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel.accept("the thread that waited for it was interrupted");
      throw new GraphCancelledException(name, "the thread that waited for it was interrupted");
    } catch (ExecutionException e) {
      throw Failures.thrownHere(e.getCause() == null ? e : e.getCause());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- for the client's actor
  // -----------------------------------------------------------------------

  int number() {
    return number;
  }

  String name() {
    return name;
  }

  ClassLoader loader() {
    return loader;
  }

  /** Keeps what workers may need for as long as this lives. */
  void keep(Object what) {
    kept = what;
  }

  /**
   * From now on results are made of these classes' loader, if it is one below the thread's:
   * programs run from source, and shells, have their classes there.
   */
  void findClassesLike(Iterable<Class<?>> known) {
    ClassLoader lowest = loader;
    for (Class<?> type : known) {
      for (ClassLoader at = type.getClassLoader(); at != null; at = at.getParent()) {
        if (at == lowest) {
          lowest = type.getClassLoader();
          break;
        }
      }
    }
    loader = lowest;
  }

  /** The scheduler's number for the graph; -1 as long as no output is there. */
  synchronized int ordinal() {
    return ordinal;
  }

  /** Whether all outputs are here. */
  boolean isComplete() {
    return all.isDone() && !all.isCompletedExceptionally();
  }

  synchronized boolean isHere(int row) {
    Slot slot = slot(row);
    return slot != null && slot.raw != null;
  }

  boolean gathers() {
    return gathers;
  }

  synchronized boolean isEnded() {
    return ended;
  }

  /** Rows whose results are held for this client, ascending. */
  public Ints rows() {
    Ints rows = new Ints(slots.length);
    for (Slot slot : slots) {
      rows.add(slot.row);
    }
    return rows;
  }

  /** Outputs are in memory; returns the rows to fetch from there now. */
  Ints onOutputs(ToClient.Outputs message) {
    InetSocketAddress address =
        new InetSocketAddress(message.address().host(), message.address().port());
    Place place = new Place(message.worker(), address);
    Ints toFetch = new Ints(0);
    List<CompletableFuture<Void>> done = new ArrayList<>();
    synchronized (this) {
      ordinal = message.ordinal();
      byte @Nullable [] @Nullable [] inline = message.inline();
      for (int i = 0; i < message.rows().size(); i++) {
        Slot slot = slot(message.rows().get(i));
        if (slot == null || slot.letGo != null) {
          continue;
        }
        slot.place = place;
        slot.failedFetches = 0;
        byte @Nullable [] value = inline == null ? null : inline[i];
        if (value != null && slot.raw == null) {
          arrive(slot, Payload.of(value), done);
        } else if (slot.raw == null && (gathers || slot.gathered != null) && !slot.fetching) {
          slot.fetching = true;
          toFetch.add(slot.row);
        }
        done.add(slot.ready);
      }
    }
    complete(done);
    return toFetch;
  }

  /** Where to fetch an output from; null if it is here, being fetched, or nowhere. */
  synchronized @Nullable Place beginFetch(int row) {
    Slot slot = slot(row);
    if (slot == null || slot.raw != null || slot.fetching || slot.place == null) {
      return null;
    }
    slot.fetching = true;
    return slot.place;
  }

  /** An output has arrived, encoded. */
  void onFetched(int row, Payload encoded) {
    onArrived(row, encoded);
  }

  /** An output was taken from a worker of this JVM. */
  void onBorrowed(int row, @Nullable Object value) {
    onArrived(row, new Live(value));
  }

  private void onArrived(int row, Object raw) {
    List<CompletableFuture<Void>> done = new ArrayList<>();
    synchronized (this) {
      Slot slot = slot(row);
      if (slot != null) {
        slot.fetching = false;
        if (slot.raw == null && slot.letGo == null) {
          arrive(slot, raw, done);
        }
      }
    }
    complete(done);
  }

  private void arrive(Slot slot, Object raw, List<CompletableFuture<Void>> done) {
    slot.raw = raw;
    if (slot.gathered == null) {
      slot.gathered = new CompletableFuture<>();
    }
    done.add(slot.ready);
    done.add(slot.gathered);
    if (gathers && --missing == 0 && !ended) {
      ended = true;
      done.add(all);
    }
  }

  private void complete(List<CompletableFuture<Void>> done) {
    done.forEach(future -> future.complete(null));
  }

  /** A fetch came to nothing; says how often that happened in a row. */
  synchronized int onFetchFailed(int row) {
    Slot slot = slot(row);
    if (slot == null) {
      return 0;
    }
    slot.fetching = false;
    return ++slot.failedFetches;
  }

  /** An output did not come yet, because its worker is busy; that is no failure. */
  synchronized void onFetchPutOff(int row) {
    Slot slot = slot(row);
    if (slot != null) {
      slot.fetching = false;
    }
  }

  /** Outputs are nowhere any more, for the moment. */
  synchronized void onLost(Ints rows) {
    for (int i = 0; i < rows.size(); i++) {
      Slot slot = slot(rows.get(i));
      if (slot != null) {
        slot.place = null;
      }
    }
  }

  /** Outputs failed. */
  void onFailed(Ints rows, DagwrightException failure) {
    if (gathers) {
      fail(failure);
      return;
    }
    for (int i = 0; i < rows.size(); i++) {
      Slot slot = slot(rows.get(i));
      if (slot != null) {
        synchronized (this) {
          slot.failed = true;
        }
      }
      failSlot(rows.get(i), failure);
    }
  }

  /** Whether an output failed, be it after it had been there. */
  public synchronized boolean isFailed(int row) {
    return requireSlot(row).failed;
  }

  private void failSlot(int row, Throwable failure) {
    Slot slot = slot(row);
    if (slot == null) {
      return;
    }
    CompletableFuture<Void> gathered;
    synchronized (this) {
      if (slot.gathered == null) {
        slot.gathered = new CompletableFuture<>(); // Also for whoever asks from now on.
      }
      gathered = slot.gathered;
    }
    slot.ready.completeExceptionally(failure);
    gathered.completeExceptionally(failure);
  }

  /** Everything that has not ended fails. */
  void fail(Throwable failure) {
    synchronized (this) {
      ended = true;
    }
    all.completeExceptionally(failure);
    for (Slot slot : slots) {
      failSlot(slot.row, failure);
    }
    report(lastFinished, Math.max(1, lastErred), true);
  }

  void report(int finished, int erred, boolean last) {
    if (progress.equals(ProgressListener.NONE)) {
      return;
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
    Progress report = new Progress(name, graph.size(), finished, erred, elapsed, last);
    synchronized (reports) {
      if (reportedLast) {
        return;
      }
      reportedLast = last;
      lastFinished = finished;
      lastErred = erred;
      reports.add(report); // A few per second.
      if (reports.size() > 1) {
        return; // Whoever hands over the one before goes on with this one.
      }
    }
    callbacks.execute(this::handReportsOver);
  }

  /** One at a time, in order. */
  private void handReportsOver() {
    while (true) {
      Progress report;
      synchronized (reports) {
        report = reports.element();
      }
      try {
        progress.onProgress(report);
      } catch (RuntimeException e) {
        LOG.warn("A progress listener of graph [{}] threw", name, e);
      }
      synchronized (reports) {
        reports.remove();
        if (reports.isEmpty()) {
          return;
        }
      }
    }
  }

  int size() {
    return graph.size();
  }

  private Slot requireSlot(int row) {
    Slot slot = slot(row);
    if (slot == null) {
      throw new IllegalArgumentException("row " + row + " is no output of graph " + name);
    }
    return slot;
  }

  private @Nullable Slot slot(int row) {
    int low = 0;
    int high = slots.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (slots[middle].row == row) {
        return slots[middle];
      }
      if (slots[middle].row < row) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }
}

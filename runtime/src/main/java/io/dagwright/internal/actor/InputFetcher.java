package io.dagwright.internal.actor;

import static java.util.Comparator.comparingInt;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.transfer.FetchReceiver;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToWorker;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.worker.FetchPlan;
import io.dagwright.internal.worker.FetchPlan.Trouble;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets inputs from other workers into one worker's store: over the data plane, or from the store of
 * a worker of this JVM as they are. Used by the worker's actor; what comes of it is told of on any
 * thread.
 */
final class InputFetcher {

  /** What arrives is told of in groups of at most so many. */
  private static final int GROUP = 128;

  /** Larger ones are told of at once. */
  private static final int SMALL_BYTES = 1024;

  /** A holder that could not be reached is not tried again for so long, if others can reach it. */
  private static final long DETOUR_NANOS = TimeUnit.SECONDS.toNanos(10);

  private record Peer(long incarnation, InetSocketAddress address) {}

  private final NodeServices services;
  private final ResultStore store;
  private final Consumer<WorkerEvent> events;
  private final Map<Integer, Peer> peers = new ConcurrentHashMap<>();

  /** Since when holders are fetched from through others. */
  private final Map<Integer, Long> detourSinceNanos = new ConcurrentHashMap<>();

  InputFetcher(NodeServices services, ResultStore store, Consumer<WorkerEvent> events) {
    this.services = services;
    this.store = store;
    this.events = events;
  }

  /** From now on this worker can be fetched from. */
  void meet(ToWorker.MeetPeer peer) {
    InetSocketAddress address = new InetSocketAddress(peer.address().host(), peer.address().port());
    detourSinceNanos.remove(peer.worker());
    peers.put(peer.worker(), new Peer(peer.incarnation(), address));
  }

  /** Begins to fetch; what comes of it is told of later, on other threads. */
  void fetch(WorkerInstruction.Fetch instruction) {
    int holder = instruction.holder();
    Peer peer = peers.get(holder);
    if (peer == null) {
      events.accept(new WorkerEvent.FetchFailed(holder, instruction.tasks(), "no such worker"));
      return;
    }
    ResultStore neighbour = services.neighbour(peer.incarnation(), peer.address());
    long[] tasks = instruction.tasks().toArray();
    if (neighbour != null && instruction.awaited()) {
      awaitAndBorrow(neighbour, holder, tasks);
    } else if (neighbour != null) {
      borrow(neighbour, holder, instruction.tasks());
    } else if (isOnDetour(holder)) {
      onTrouble(
          holder,
          peer,
          instruction.tasks(),
          FetchPlan.throughOthers(relays(peer)),
          Trouble.UNREACHABLE,
          "cannot be reached");
    } else if (instruction.awaited()) {
      services
          .client()
          .fetchAwaited(
              peer.address(),
              peer.incarnation(),
              tasks,
              new Receiver(holder, peer, tasks, 1, null));
    } else {
      ask(holder, peer, tasks, null);
    }
  }

  private boolean isOnDetour(int holder) {
    Long since = detourSinceNanos.get(holder);
    if (since != null && System.nanoTime() - since > DETOUR_NANOS) {
      detourSinceNanos.remove(holder);
      return false;
    }
    return since != null;
  }

  private void ask(int holder, Peer peer, long[] tasks, @Nullable FetchPlan plan) {
    services.fetch(
        peer.address(), peer.incarnation(), tasks, new Receiver(holder, peer, tasks, GROUP, plan));
  }

  /** Who might reach a holder that we cannot: the scheduler's node, then who came last. */
  private List<Integer> relays(Peer holder) {
    return peers.entrySet().stream()
        .filter(
            other ->
                !other.getValue().address.equals(holder.address)
                    && !other.getValue().address.equals(services.socketAddress()))
        .map(Map.Entry::getKey)
        .sorted(
            comparingInt(worker -> worker == ToWorker.SCHEDULER ? -1 : Integer.MAX_VALUE - worker))
        .toList();
  }

  /** Inputs did not come: does what their plan says. On any thread. */
  private void onTrouble(
      int holder, Peer peer, Longs tasks, @Nullable FetchPlan before, Trouble trouble, String why) {
    FetchPlan plan = before == null ? new FetchPlan(relays(peer)) : before;
    FetchPlan.Step step = plan.after(trouble);
    if (step.kind() == FetchPlan.Kind.GIVE_UP) {
      if (trouble == Trouble.UNREACHABLE) {
        detourSinceNanos.remove(holder);
      }
      events.accept(new WorkerEvent.FetchFailed(holder, tasks, why));
      return;
    }
    boolean isRelayed = step.kind() == FetchPlan.Kind.ASK_RELAY;
    if (isRelayed) {
      detourSinceNanos.putIfAbsent(holder, System.nanoTime());
    }
    services.transfers().countRetries(tasks.size(), isRelayed);
    CompletableFuture.delayedExecutor(step.delayNanos(), TimeUnit.NANOSECONDS)
        .execute(
            () -> {
              Peer relay = isRelayed ? peers.get(step.relay()) : null;
              if (relay == null) {
                ask(holder, peer, tasks.toArray(), plan);
                return;
              }
              services
                  .client()
                  .fetchThrough(
                      relay.address(),
                      peer.address(),
                      peer.incarnation(),
                      tasks.toArray(),
                      new Receiver(holder, peer, tasks.toArray(), GROUP, plan));
            });
  }

  private void awaitAndBorrow(ResultStore neighbour, int holder, long[] tasks) {
    for (long task : tasks) {
      Longs one = Longs.of(task);
      boolean isThere =
          neighbour.await(
              task,
              came -> {
                if (came) {
                  borrow(neighbour, holder, one);
                } else {
                  events.accept(new WorkerEvent.InputsLate(holder, one));
                }
              });
      if (isThere) {
        borrow(neighbour, holder, one);
      }
    }
  }

  /** A worker of the same JVM: both may use the same object. */
  private void borrow(ResultStore neighbour, int holder, Longs tasks) {
    Longs found = new Longs(tasks.size());
    Longs sizes = new Longs(tasks.size());
    Longs missing = new Longs(0);
    for (int i = 0; i < tasks.size(); i++) {
      long task = tasks.get(i);
      long size = neighbour.share(task, store);
      if (size < 0) {
        missing.add(task);
      } else {
        found.add(task);
        sizes.add(size);
      }
    }
    if (!found.isEmpty()) {
      events.accept(new WorkerEvent.InputsFetched(holder, found, sizes));
    }
    if (!missing.isEmpty()) {
      events.accept(new WorkerEvent.FetchFailed(holder, missing, "not there"));
    }
  }

  /** Puts what arrives into the store and tells the actor of it in groups. */
  private final class Receiver implements FetchReceiver {

    private final int holder;
    private final Peer peer;
    private final long[] tasks;
    private final int group;

    /** What was done before; null the first time. */
    private final @Nullable FetchPlan plan;

    private final boolean[] answered;
    private Longs arrived = new Longs();
    private Longs sizes = new Longs();

    /** What did not come, by the reason. */
    private final Map<Trouble, Longs> troubles = new EnumMap<>(Trouble.class);

    /** What arrives is told of in groups of at most this many. */
    Receiver(int holder, Peer peer, long[] tasks, int group, @Nullable FetchPlan plan) {
      this.holder = holder;
      this.peer = peer;
      this.tasks = tasks;
      this.group = group;
      this.plan = plan;
      this.answered = new boolean[tasks.length];
    }

    @Override
    public void onResult(int index, Payload result) {
      answered[index] = true;
      store.putEncoded(tasks[index], result);
      arrived.add(tasks[index]);
      sizes.add(result.sizeBytes());
      if (arrived.size() == group || result.sizeBytes() > SMALL_BYTES) {
        postArrived();
      }
    }

    private void postArrived() {
      if (!arrived.isEmpty()) {
        events.accept(new WorkerEvent.InputsFetched(holder, arrived, sizes));
        arrived = new Longs();
        sizes = new Longs();
      }
    }

    private void note(int index, Trouble trouble) {
      answered[index] = true;
      troubles.computeIfAbsent(trouble, key -> new Longs()).add(tasks[index]);
    }

    @Override
    public void onMissing(int index) {
      note(index, Trouble.MISSING);
    }

    @Override
    public void onBusy(int index) {
      note(index, Trouble.BUSY);
    }

    @Override
    public void onUnreachable(int index) {
      note(index, Trouble.UNREACHABLE);
    }

    @Override
    public void onCorrupt(int index) {
      note(index, Trouble.DAMAGED);
    }

    @Override
    public void onLate(int index) {
      answered[index] = true;
      events.accept(new WorkerEvent.InputsLate(holder, Longs.of(tasks[index])));
    }

    @Override
    public void onEncodingFailed(int index, String message) {
      answered[index] = true;
      TaskFailure failure =
          TaskFailure.of(TaskFailure.Kind.NOT_SERIALIZABLE, Task.show(tasks[index]), message);
      events.accept(new WorkerEvent.InputsBroken(Longs.of(tasks[index]), failure));
    }

    @Override
    public void onFinished() {
      end("not there");
    }

    @Override
    public void onFailed(DataTransferException failure) {
      for (int i = 0; i < tasks.length; i++) {
        if (!answered[i]) {
          note(i, Trouble.UNREACHABLE);
        }
      }
      end(String.valueOf(failure.getMessage()));
    }

    private void end(String why) {
      postArrived();
      troubles.forEach(
          (trouble, some) -> {
            FetchPlan ofThese = plan == null || troubles.size() == 1 ? plan : plan.copy();
            onTrouble(holder, peer, some, ofThese, trouble, why);
          });
    }
  }
}

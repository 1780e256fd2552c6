package io.dagwright.internal.actor;

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
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

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

  private record Peer(long incarnation, InetSocketAddress address) {}

  private final NodeServices services;
  private final ResultStore store;
  private final Consumer<WorkerEvent> events;
  private final Map<Integer, Peer> peers = new HashMap<>();

  InputFetcher(NodeServices services, ResultStore store, Consumer<WorkerEvent> events) {
    this.services = services;
    this.store = store;
    this.events = events;
  }

  /** From now on this worker can be fetched from. */
  void meet(ToWorker.MeetPeer peer) {
    InetSocketAddress address = new InetSocketAddress(peer.address().host(), peer.address().port());
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
    ResultStore neighbour = services.neighbour(peer.incarnation());
    long[] tasks = instruction.tasks().toArray();
    if (neighbour != null && instruction.awaited()) {
      awaitAndBorrow(neighbour, holder, tasks);
    } else if (neighbour != null) {
      borrow(neighbour, holder, instruction.tasks());
    } else if (instruction.awaited()) {
      services
          .client()
          .fetchAwaited(peer.address(), peer.incarnation(), tasks, new Receiver(holder, tasks, 1));
    } else {
      services
          .client()
          .fetch(peer.address(), peer.incarnation(), tasks, new Receiver(holder, tasks, GROUP));
    }
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
    private final long[] tasks;
    private final int group;
    private final boolean[] answered;
    private Longs arrived = new Longs();
    private Longs sizes = new Longs();
    private final Longs missing = new Longs(0);

    /** What arrives is told of in groups of at most this many. */
    Receiver(int holder, long[] tasks, int group) {
      this.holder = holder;
      this.tasks = tasks;
      this.group = group;
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

    @Override
    public void onMissing(int index) {
      answered[index] = true;
      missing.add(tasks[index]);
    }

    @Override
    public void onBusy(int index) {
      onMissing(index);
    }

    @Override
    public void onUnreachable(int index) {
      onMissing(index);
    }

    @Override
    public void onCorrupt(int index) {
      onMissing(index);
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
      postArrived();
      if (!missing.isEmpty()) {
        events.accept(new WorkerEvent.FetchFailed(holder, missing, "not there"));
      }
    }

    @Override
    public void onFailed(DataTransferException failure) {
      for (int i = 0; i < tasks.length; i++) {
        if (!answered[i]) {
          missing.add(tasks[i]);
        }
      }
      postArrived();
      if (!missing.isEmpty()) {
        events.accept(
            new WorkerEvent.FetchFailed(holder, missing, String.valueOf(failure.getMessage())));
      }
    }
  }
}

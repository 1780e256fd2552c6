package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.MEMORY;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.Task;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies that are to be made, whatever for: of values a client scattered, of results that are to be
 * replicated, are hot, move to an emptier worker, or must not go with a worker that leaves.
 *
 * <p>A result for which copies are missing has an order. Each holder serves one copy of a result at
 * a time, so copies spread like a tree: what has just arrived is where the next comes from. Copies
 * that workers which leave hold do not count. A copy that fails is tried again with the next tick,
 * elsewhere if there is an elsewhere.
 *
 * <p>Invariants, checked by {@link #verify}: what is on its way goes to live workers that do not
 * hold it; each of these workers counts what is on its way to it; an order is of a result that is
 * in memory, or that a client has.
 */
final class Copies {

  static final int NOBODY = -1;

  /** After so many failures in a row somebody is told that a copy cannot be made. */
  static final int MOST_FAILURES = 8;

  /** What one result still lacks. */
  private static final class Order {
    final long task;

    /** Copies that should be there, on workers that stay. */
    int copies;

    /** Where they may be; empty means anywhere. */
    Set<String> only = Set.of();

    /** A client that has the value; {@link #NOBODY} if none has. */
    int source = NOBODY;

    /** Who drops its copy as soon as there is another. */
    int mover = NOBODY;

    /** Bytes of the value, also while no worker has it. */
    float bytes;

    final Ints targets = new Ints(1);
    final Ints sources = new Ints(1);
    final Longs since = new Longs(1);
    final Longs requests = new Longs(0);
    int failures;
    int avoided = NOBODY;

    /** Nothing is tried before the next tick. */
    boolean rests;

    /** It was to move, and did not. */
    boolean failed;

    Order(long task) {
      this.task = task;
    }
  }

  /** A value a client has, for good or until it is where it should be. */
  private record Origin(int source, float bytes, boolean kept) {}

  /** How many copies are to be there for as long as the result is needed, and where they may be. */
  private record Kept(int copies, Set<String> only) {}

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Room room;
  private final CopyRequests requests;
  private final Outbox outbox;
  private final ReplicaSettings settings;
  private final Protocol protocol;

  /** Results that lack copies. */
  private final TreeMap<Long, Order> orders = new TreeMap<>();

  /** Orders to look at with the next flush. */
  private final Longs due = new Longs(0);

  /** How many copies results are to keep, where that is not one. */
  private final TreeMap<Long, Kept> kept = new TreeMap<>();

  private final TreeMap<Long, Origin> origins = new TreeMap<>();
  private long lastReviewNanos;

  Copies(
      Slabs slabs,
      Workers workers,
      Replicas replicas,
      CopyRequests requests,
      Outbox outbox,
      ReplicaSettings settings,
      Protocol protocol) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
    this.room = new Room(workers);
    this.requests = requests;
    this.outbox = outbox;
    this.settings = settings;
    this.protocol = protocol;
  }

  // ---- what is wanted --------------------------------------------------------------------------

  /** Values of a client are to come to workers. */
  void scatter(SchedulerEvent.ValuesScattered event) {
    for (int row = 0; row < event.sizes().size(); row++) {
      long task = Task.of(event.graph(), row);
      float bytes = event.sizes().get(row);
      origins.put(task, new Origin(event.source(), bytes, event.kept()));
      kept.put(task, new Kept(event.copies(), event.only()));
      review(task);
    }
  }

  /** Sees to it that a result has the copies that it is to keep. */
  private void review(long task) {
    Kept keep = kept.get(task);
    if (keep == null) {
      return;
    }
    Slab slab = slabs.get(Task.graph(task));
    boolean there = slab != null && slab.state(Task.row(task)) == MEMORY;
    Origin origin = origins.get(task);
    if (there || origin != null) {
      Order order = order(task);
      order.copies = Math.max(order.copies, keep.copies);
      order.only = keep.only;
      if (!there && origin != null) {
        order.source = origin.source;
        order.bytes = origin.bytes;
      }
    }
  }

  /** So many workers are to hold a result that is in memory, for as long as it is needed. */
  void keep(long task, int copies, long request) {
    Kept before = kept.get(task);
    if (copies > keeps(task)) {
      kept.put(task, new Kept(copies, before == null ? Set.of() : before.only));
    }
    Order order = order(task);
    order.copies = Math.max(order.copies, copies);
    order.requests.add(request);
  }

  /** So many workers that stay are to hold the result now. */
  void ensure(long task, int copies) {
    Order order = order(task);
    order.copies = Math.max(order.copies, copies);
  }

  /** The result goes from one worker to another; refused if copies of it are being made anyway. */
  boolean move(long task, Worker from, Worker to, long request, long now) {
    if (orders.containsKey(task)) {
      return false;
    }
    Order order = order(task);
    order.copies = 1;
    order.mover = from.ordinal;
    order.requests.add(request);
    start(order, to, from.ordinal, now);
    if (!protocol.confirmsMoves()) {
      takeFromMover(order);
    }
    return true;
  }

  private Order order(long task) {
    Order order = orders.get(task);
    if (order == null) {
      order = new Order(task);
      Slab slab = slabs.get(Task.graph(task));
      if (slab != null && slab.state(Task.row(task)) == MEMORY) {
        order.bytes = slab.amount(Task.row(task));
      }
      orders.put(task, order);
    }
    due.add(task);
    return order;
  }

  /** How many copies of a result are not to be dropped. */
  int keeps(long task) {
    Kept keep = kept.isEmpty() ? null : kept.get(task);
    return keep == null ? 1 : keep.copies;
  }

  boolean isBeingCopied(long task) {
    return orders.containsKey(task);
  }

  /** Whether no copy is missing, and none on its way. */
  boolean isIdle() {
    return orders.isEmpty();
  }

  // ---- what happens ----------------------------------------------------------------------------

  /** A worker has made a result. */
  void onMade(long task, Worker worker) {
    onHeld(task, worker);
    if (!kept.isEmpty()) {
      review(task);
    }
  }

  /** A worker holds a result that it did not hold before. */
  void onHeld(long task, Worker worker) {
    Order order = orders.isEmpty() ? null : orders.get(task);
    if (order == null) {
      return;
    }
    due.add(task);
    if (stop(order, worker.ordinal)) {
      order.failures = 0;
      order.avoided = NOBODY;
      for (int i = 0; i < order.requests.size(); i++) {
        requests.noteCopy(order.requests.get(i), order.bytes);
      }
      takeFromMover(order);
    }
  }

  private void takeFromMover(Order order) {
    int mover = order.mover;
    order.mover = NOBODY;
    Slab slab = slabs.get(Task.graph(order.task));
    int row = Task.row(order.task);
    if (mover != NOBODY && slab != null && replicas.isHeldBy(slab, row, mover)) {
      Worker worker = workers.get(mover);
      replicas.remove(slab, row, mover);
      replicas.tellMoved(slab);
      if (worker != null) {
        worker.free(order.task);
      }
    }
  }

  /**
   * A value that a client brings has arrived at a worker that is to hold it; false if it is not
   * expected there, or anywhere.
   */
  boolean accept(long task, Worker worker) {
    Order order = orders.get(task);
    Slab slab = slabs.get(Task.graph(task));
    if (order == null || slab == null || !order.targets.contains(worker.ordinal)) {
      return false;
    }
    slab.worker(Task.row(task), worker.ordinal);
    replicas.addFirst(slab, Task.row(task), worker, (long) order.bytes);
    onHeld(task, worker);
    return true;
  }

  /** A worker could not copy a result from a holder. */
  void onFailed(long task, int target) {
    Order order = orders.get(task);
    if (order != null && stop(order, target)) {
      order.failures++;
      order.avoided = target;
      order.rests = true;
      due.add(task);
      endMove(order);
    }
  }

  /** A move that came to nothing is not tried again: there is no harm in the result's place. */
  private void endMove(Order order) {
    if (order.mover != NOBODY) {
      order.mover = NOBODY;
      order.failed = true;
    }
  }

  /** One holder less, maybe none. */
  void onHolderGone(long task) {
    if (!orders.isEmpty() && orders.containsKey(task)) {
      due.add(task);
    }
    if (!kept.isEmpty()) {
      review(task);
    }
  }

  /** There may be a place for copies that had none, or another way to one. */
  void reviewAll() {
    List.copyOf(kept.keySet()).forEach(this::review);
  }

  void onWorkerLost(int worker) {
    for (Order order : orders.values()) {
      if (stop(order, worker)) {
        endMove(order);
      }
      due.add(order.task);
    }
  }

  void onGraphRemoved(int graph) {
    long from = Task.of(graph, 0);
    long to = Task.of(graph + 1, 0);
    kept.subMap(from, to).clear();
    origins.subMap(from, to).clear();
    List.copyOf(orders.subMap(from, to).keySet()).forEach(this::forget);
  }

  /** Nobody needs the result any more. */
  void forget(long task) {
    origins.remove(task);
    kept.remove(task);
    Order order = orders.remove(task);
    if (order != null) {
      stopAll(order);
      answer(order, true);
    }
  }

  /** Tries again what failed, and says again what nobody answered. */
  void tick(long now) {
    if (now - lastReviewNanos > settings.againNanos()) {
      lastReviewNanos = now;
      reviewAll();
    }
    for (Order order : orders.values()) {
      order.rests = false;
      due.add(order.task);
      for (int i = 0; i < order.targets.size(); i++) {
        Worker target = workers.get(order.targets.get(i));
        if (target != null && now - order.since.get(i) > settings.againNanos()) {
          order.since.set(i, now);
          target.copy(order.task, order.sources.get(i));
        }
      }
    }
  }

  // ---- doing it --------------------------------------------------------------------------------

  /** Begins the copies that can begin, and ends the orders that have all they can get. */
  void flush(long now) {
    if (due.isEmpty()) {
      return;
    }
    long[] tasks = due.toArray();
    due.clear();
    for (long task : tasks) {
      Order order = orders.get(task);
      if (order != null) {
        pursue(order, now);
      }
    }
  }

  private void pursue(Order order, long now) {
    Slab slab = slabs.get(Task.graph(order.task));
    boolean there = slab != null && slab.state(Task.row(order.task)) == MEMORY;
    if (!there && order.source == NOBODY) {
      stopAll(order);
      close(order, false); // Lost; its graph has been told.
      return;
    }
    Ints holders = replicas.holders(order.task);
    int have = staying(holders);
    Worker target = null;
    while (!order.rests && have + order.targets.size() < order.copies) {
      target = target(order, holders);
      int source = target == null ? NOBODY : freeSource(order, holders);
      if (target == null || source == NOBODY) {
        break;
      }
      start(order, target, source, now);
    }
    boolean enough = have >= order.copies;
    boolean hopeless = have < order.copies && target(order, holders) == null;
    if (order.targets.isEmpty() && have > 0 && (enough || hopeless)) {
      close(order, !order.failed && (enough || order.copies == Integer.MAX_VALUE));
    } else if (order.failures >= MOST_FAILURES && order.targets.isEmpty()) {
      giveUp(order, there);
    }
  }

  private int staying(Ints holders) {
    int count = 0;
    for (int i = 0; i < holders.size(); i++) {
      Worker holder = workers.get(holders.get(i));
      count += holder == null || holder.leaving ? 0 : 1;
    }
    return count;
  }

  private @Nullable Worker target(Order order, Ints holders) {
    Ints taken = new Ints(holders.size() + order.targets.size());
    taken.addAll(holders);
    taken.addAll(order.targets);
    return room.emptiest(taken, order.only, order.avoided);
  }

  /** Who has the result and serves no copy of it now; workers first, another after a failure. */
  private static int freeSource(Order order, Ints holders) {
    for (int i = 0; i < holders.size(); i++) {
      int holder = holders.get((i + order.failures) % holders.size());
      if (!order.sources.contains(holder)) {
        return holder;
      }
    }
    boolean fromClient = holders.isEmpty() && !order.sources.contains(order.source);
    return fromClient ? order.source : NOBODY;
  }

  private void start(Order order, Worker target, int source, long now) {
    order.targets.add(target.ordinal);
    order.sources.add(source);
    order.since.add(now);
    target.coming++;
    target.comingBytes += order.bytes;
    target.copy(order.task, source);
  }

  /** Nothing is on its way to this target any more; false if nothing was. */
  private boolean stop(Order order, int target) {
    for (int i = 0; i < order.targets.size(); i++) {
      if (order.targets.get(i) == target) {
        Worker worker = workers.get(target);
        if (worker != null) {
          worker.coming--;
          worker.comingBytes = worker.coming == 0 ? 0 : worker.comingBytes - order.bytes;
        }
        int last = order.targets.size() - 1;
        order.targets.set(i, order.targets.get(last));
        order.sources.set(i, order.sources.get(last));
        order.since.set(i, order.since.get(last));
        order.targets.removeLast();
        order.sources.removeLast();
        order.since.removeLast();
        return true;
      }
    }
    return false;
  }

  private void stopAll(Order order) {
    while (!order.targets.isEmpty()) {
      stop(order, order.targets.get(0));
    }
  }

  /** All is done that can be. A value that came from a client is where it should be. */
  private void close(Order order, boolean well) {
    orders.remove(order.task);
    answer(order, well);
    Slab slab = slabs.get(Task.graph(order.task));
    int row = Task.row(order.task);
    if (order.source == NOBODY || slab == null || slab.state(row) != MEMORY) {
      return;
    }
    Origin origin = origins.get(order.task);
    if (origin != null && !origin.kept) {
      origins.remove(order.task);
    }
    if (keeps(order.task) == 1 && !origins.containsKey(order.task)) {
      kept.remove(order.task);
    }
    outbox.tell(
        slab.graph,
        new GraphEvent.ValuesArrived(
            slab.worker(row), Ints.of(row), Longs.of((long) slab.amount(row))));
  }

  private void answer(Order order, boolean well) {
    for (int i = 0; i < order.requests.size(); i++) {
      requests.close(order.requests.get(i), well);
    }
  }

  private void giveUp(Order order, boolean there) {
    if (there) {
      close(order, false);
      return;
    }
    Worker last = workers.get(order.avoided);
    String why =
        (last == null ? "the last that tried is gone" : "the last that tried was [" + last + "]")
            + ", after "
            + order.failures
            + " attempts.";
    int graph = Task.graph(order.task);
    int row = Task.row(order.task);
    forget(order.task);
    outbox.tell(graph, new GraphEvent.ValueUnreachable(row, why));
  }

  // ---- invariants ------------------------------------------------------------------------------

  /** What is left, in words by number; for tests, after the last graph. */
  Map<String, Integer> leftovers() {
    return Map.of(
        "orders", orders.size(),
        "kept copies", kept.size(),
        "origins", origins.size(),
        "requests", requests.size());
  }

  void verify() {
    Map<Integer, Integer> coming = new TreeMap<>();
    for (Order order : orders.values()) {
      Ints holders = replicas.holders(order.task);
      check(!holders.isEmpty() || order.source != NOBODY || due.contains(order.task), order);
      check(order.targets.size() == order.sources.size(), order);
      for (int i = 0; i < order.targets.size(); i++) {
        int target = order.targets.get(i);
        check(workers.get(target) != null && !holders.contains(target), order);
        coming.merge(target, 1, Integer::sum);
      }
    }
    for (Worker worker : workers) {
      if (worker.coming != coming.getOrDefault(worker.ordinal, 0)) {
        throw new IllegalStateException("worker " + worker + " miscounts what is on its way to it");
      }
    }
    for (long task : kept.keySet()) {
      if (slabs.get(Task.graph(task)) == null) {
        throw new IllegalStateException("copies of " + Task.show(task) + " outlive its graph");
      }
    }
  }

  private static void check(boolean holds, Order order) {
    if (!holds) {
      throw new IllegalStateException("the order of " + Task.show(order.task) + " is wrong");
    }
  }
}

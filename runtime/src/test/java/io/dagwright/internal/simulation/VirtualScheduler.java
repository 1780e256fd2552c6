package io.dagwright.internal.simulation;

import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.scheduler.SlotState;
import io.dagwright.internal.taskstate.ForeignUses;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Link;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The scheduler's actor: workers and clients on one side, graphs on the other. */
final class VirtualScheduler implements SchedulerInstruction.Handler {

  static final int HOST = 0;
  static final long EPOCH = 7;

  /** Ordinals of clients that workers fetch from begin here. */
  private static final int SOURCES = 1_000_000;

  /** What a link carries, numbered so that a test notices what the link should have prevented. */
  record Payload(long serial, Object body) {}

  /** A command to a worker, and whose it is. */
  record Command(long epoch, @Nullable WorkerEvent event) {}

  /** A registered worker. */
  static final class Peer {
    final int ordinal;
    final VirtualWorker.Process process;
    final Link<Payload> link;
    long sent;
    long delivered;
    boolean letGo;

    Peer(int ordinal, VirtualWorker.Process process, Link<Payload> link) {
      this.ordinal = ordinal;
      this.process = process;
      this.link = link;
    }
  }

  /** A client's session. */
  private static final class Session {
    final VirtualClient client;
    final Link<Payload> link;
    long sent;
    long delivered;

    Session(VirtualClient client, Link<Payload> link) {
      this.client = client;
      this.link = link;
    }
  }

  final SchedulerState state;
  final ForeignUses foreignUses;
  final Map<Integer, Peer> peers = new TreeMap<>();
  final Map<Integer, VirtualGraph> graphs = new TreeMap<>();

  /** Every process that ever registered, by ordinal: the data plane's address book. */
  final Map<Integer, VirtualWorker.Process> everRegistered = new TreeMap<>();

  private final Map<String, Peer> peersByName = new TreeMap<>();
  private final Set<WorkerId> dropped = new HashSet<>();
  private final VirtualCluster cluster;
  private final Map<Long, Session> sessions = new TreeMap<>();
  private int nextOrdinal = 1;
  private long nextLink = 100;
  private boolean flushing;

  /** Results of which the client was not told, because their worker was gone already. */
  private final Set<Long> unannounced = new HashSet<>();

  /** Clients that workers fetch from, by ordinal. */
  final Map<Integer, VirtualClient> sources = new TreeMap<>();

  /** How many copies were asked for, of results that were there then. */
  final Map<Long, Integer> copiesWanted = new TreeMap<>();

  /** Requests for copies that have no answer yet. */
  final Set<Long> asked = new HashSet<>();

  private long nextRequest;

  /** Tasks the stall of which was reported, and when. */
  final Map<Long, Long> stallsReported = new TreeMap<>();

  VirtualScheduler(VirtualCluster cluster) {
    this.cluster = cluster;
    state = new SchedulerState(cluster.schedulerSettings, cluster.protocol);
    state.listen(cluster.slotSteps);
    state.listen(new StoryCheck());
    foreignUses = new ForeignUses(cluster.protocol);
    cluster.time.after(cluster.tickNanos, this::tick);
  }

  private void tick() {
    apply(new SchedulerEvent.ClockTicked());
    for (Peer peer : List.copyOf(peers.values())) {
      peer.link.tick(cluster.time.now()).forEach(frame -> send(peer, frame));
    }
    for (Session session : sessions.values()) {
      session.link.tick(cluster.time.now()).forEach(frame -> send(session, frame));
    }
    cluster.time.after(cluster.tickNanos, this::tick);
  }

  void apply(SchedulerEvent event) {
    if (!(event instanceof SchedulerEvent.ClockTicked
        || event instanceof SchedulerEvent.WorkerBeat)) {
      cluster.log("scheduler <- %s", event);
    }
    if (event instanceof SchedulerEvent.TasksFinished finished) {
      applyFinished(finished);
    } else {
      state.apply(event, cluster.time.now());
    }
    state.verify();
    if (!flushing) {
      flushing = true;
      cluster.time.after(cluster.flushDelay(), this::flush);
    }
  }

  private void applyFinished(SchedulerEvent.TasksFinished event) {
    int[] runs = new int[event.tasks().size()];
    for (int i = 0; i < runs.length; i++) {
      long task = event.tasks().get(i);
      runs[i] = state.processingOn(task) == event.worker() ? state.run(task) : -1;
    }
    state.apply(event, cluster.time.now());
    for (int i = 0; i < runs.length; i++) {
      long task = event.tasks().get(i);
      if (runs[i] >= 0 && state.processingOn(task) < 0) {
        Violation.unless(
            reports(event, task, runs[i]),
            "scheduler took run " + event.runs().get(i) + " for run " + runs[i]);
      }
    }
  }

  private static boolean reports(SchedulerEvent.TasksFinished event, long task, int run) {
    for (int i = 0; i < event.tasks().size(); i++) {
      if (event.tasks().get(i) == task && event.runs().get(i) == run) {
        return true;
      }
    }
    return false;
  }

  private void flush() {
    flushing = false;
    List<SchedulerInstruction> instructions = state.flush(cluster.time.now());
    for (SchedulerInstruction it : instructions) {
      if (it instanceof SchedulerInstruction.TellGraph told
          && told.event() instanceof GraphEvent.RunsSentAhead ahead) {
        for (int i = 0; i < ahead.rows().size(); i++) {
          cluster.ledger.declared(Task.of(told.graph(), ahead.rows().get(i)), ahead.runs().get(i));
        }
      }
    }
    for (SchedulerInstruction it : instructions) {
      cluster.log("scheduler -> %s", it);
      it.deliverTo(this);
    }
    state.verify();
  }

  // ---- workers ---------------------------------------------------------------------------------

  void onRegister(VirtualWorker.Process process) {
    Peer known = peersByName.get(process.id.name());
    if (known != null && known.process == process) {
      reply(known);
      return;
    }
    if (dropped.contains(process.id)
        || (known != null && known.process.id.incarnation() > process.id.incarnation())) {
      tellDropped(process);
      return;
    }
    if (known != null) {
      lose(known, "another incarnation registered", null);
    }
    Link<Payload> link = new Link<>(nextLink++, cluster.resendNanos, cluster.protocol);
    Peer peer = new Peer(nextOrdinal++, process, link);
    peers.put(peer.ordinal, peer);
    peersByName.put(process.id.name(), peer);
    everRegistered.put(peer.ordinal, process);
    cluster.joined(process.node());
    apply(
        new SchedulerEvent.WorkerJoined(
            peer.ordinal,
            process.id,
            process.node().name,
            process.node().slots,
            cluster.scenario.memoryBytes,
            process.node().resources));
    reply(peer);
  }

  private void reply(Peer peer) {
    cluster.network.send(
        HOST, peer.process.host(), () -> peer.process.onRegistered(peer.ordinal, peer.link.link()));
  }

  void onFrame(VirtualWorker.Process from, Frame<Payload> frame) {
    Peer peer = peersByName.get(from.id.name());
    if (peer == null
        || (frame.link() != peer.link.link() && cluster.protocol.fencesIncarnations())) {
      tellDropped(from);
      return;
    }
    Payload payload = peer.link.receive(frame, cluster.time.now());
    if (peer.link.owesAck()) {
      send(peer, peer.link.ack());
    }
    if (payload == null) {
      return;
    }
    Violation.unless(payload.serial() == ++peer.delivered, "a report came twice or out of order");
    SchedulerEvent event = (SchedulerEvent) payload.body();
    if (cluster.vanishes()) {
      cluster.log("VANISHES: %s", event);
      return;
    }
    boolean quiet = peer.link.isHeardBy(frame);
    if (event instanceof SchedulerEvent.WorkerBeat beat) {
      event =
          new SchedulerEvent.WorkerBeat(
              beat.worker(), quiet, beat.runs(), beat.replicas(), beat.memory());
    } else if (event instanceof SchedulerEvent.WorkerInventory all) {
      event =
          new SchedulerEvent.WorkerInventory(
              all.worker(), quiet, all.tasks(), all.runs(), all.held());
    }
    apply(event);
  }

  /** Somebody who knows says that a worker's process is no more. */
  void onProcessEnded(VirtualWorker.Process process, String exit, Longs running) {
    Peer peer = peersByName.get(process.id.name());
    if (peer != null && peer.process == process) {
      lose(peer, exit, running);
    }
  }

  private void lose(Peer peer, String exit, @Nullable Longs running) {
    apply(new SchedulerEvent.WorkerLost(peer.ordinal, exit, running));
    forget(peer);
  }

  private void forget(Peer peer) {
    peers.remove(peer.ordinal);
    peersByName.remove(peer.process.id.name(), peer);
    dropped.add(peer.process.id);
  }

  private void tellDropped(VirtualWorker.Process process) {
    cluster.network.send(HOST, process.host(), process::onDropped);
  }

  private void command(int worker, WorkerEvent event) {
    Peer peer = peers.get(worker);
    if (peer != null) {
      command(peer, new Command(EPOCH, event));
    }
  }

  private void command(Peer peer, Command command) {
    send(peer, peer.link.send(new Payload(++peer.sent, command), cluster.time.now()));
  }

  private void send(Peer peer, Frame<Payload> frame) {
    cluster.network.send(HOST, peer.process.host(), () -> peer.process.onFrame(frame));
  }

  @Override
  public void onComputeTasks(SchedulerInstruction.ComputeTasks it) {
    Ints priorities = new Ints();
    for (int i = 0; i < it.tasks().size(); i++) {
      long task = it.tasks().get(i);
      cluster.ledger.assigned(task, it.runs().get(i), it.worker());
      VirtualGraph graph = graphs.get(Task.graph(task));
      Violation.unless(graph != null, "a run of a removed graph was assigned");
      priorities.add(graph == null ? 0 : graph.rows.annotations(Task.row(task)).priority());
    }
    command(
        it.worker(),
        new WorkerEvent.TasksAssigned(
            it.tasks(),
            it.runs(),
            it.inputCounts(),
            it.inputs(),
            it.holders(),
            it.memory(),
            priorities));
  }

  @Override
  public void onCancelRuns(SchedulerInstruction.CancelRuns it) {
    command(it.worker(), new WorkerEvent.RunsCancelled(it.tasks(), it.runs()));
  }

  @Override
  public void onFreeKeys(SchedulerInstruction.FreeKeys it) {
    command(it.worker(), new WorkerEvent.KeysFreed(it.tasks()));
  }

  @Override
  public void onAcquireReplicas(SchedulerInstruction.AcquireReplicas it) {
    command(it.worker(), new WorkerEvent.ReplicasWanted(it.tasks(), it.holders()));
  }

  @Override
  public void onRequestInventory(SchedulerInstruction.RequestInventory it) {
    Violation.unless(
        cluster.scenario.losesAboveLinks(), "digests differ although nothing was lost");
    command(it.worker(), new WorkerEvent.InventoryRequested());
  }

  @Override
  public void onLetWorkerGo(SchedulerInstruction.LetWorkerGo it) {
    Peer peer = peers.get(it.worker());
    if (peer != null) {
      peer.letGo = true;
      command(peer, new Command(EPOCH, null));
    }
  }

  @Override
  public void onDropWorker(SchedulerInstruction.DropWorker it) {
    Peer peer = peers.get(it.worker());
    if (peer != null) {
      forget(peer);
      tellDropped(peer.process);
    }
  }

  @Override
  public void onReportLeftBehind(SchedulerInstruction.ReportLeftBehind it) {
    cluster.log("LEFT BEHIND: %s", it);
  }

  @Override
  public void onAnswerRequest(SchedulerInstruction.AnswerRequest it) {
    Violation.unless(asked.remove(it.request()), "a request was answered that nobody made");
  }

  /** Somebody wants copies of a result. */
  void copy(long task, int copies) {
    if (state.state(task) == SlotState.MEMORY) {
      copiesWanted.merge(task, copies, Math::max);
    }
    asked.add(nextRequest);
    apply(new SchedulerEvent.CopiesWanted(nextRequest++, Longs.of(task), copies));
  }

  /** Somebody wants workers to hold the same. */
  void balance(Longs tasks) {
    asked.add(nextRequest);
    apply(new SchedulerEvent.BalanceWanted(nextRequest++, tasks));
  }

  private void offer(VirtualGraph graph, VirtualClient.Offer offer) {
    int source = SOURCES + graph.plan.client.host;
    sources.put(source, graph.plan.client);
    Longs sizes = new Longs();
    graph.plan.rows.forEach(row -> sizes.add(cluster.sizeOf(row.task())));
    graph.post(new GraphEvent.ScatterBegun(offer.copies(), offer.kept()));
    apply(
        new SchedulerEvent.ValuesScattered(
            graph.plan.id, source, sizes, offer.copies(), Set.of(), offer.kept()));
  }

  /** Whether the copies are there that were asked for, if there are workers for them. */
  boolean hasCopies(Plan.Row row) {
    Integer wanted = copiesWanted.get(row.task());
    if (wanted == null || row.kind == Plan.Kind.CANNOT_BE_ENCODED) {
      return true;
    }
    Ints holders = state.holders(row.task());
    long staying = peers.values().stream().filter(peer -> !peer.process.isLeaving()).count();
    long have =
        peers.values().stream()
            .filter(peer -> !peer.process.isLeaving() && holders.contains(peer.ordinal))
            .count();
    return have >= Math.min(wanted, staying);
  }

  @Override
  public void onReportStall(SchedulerInstruction.ReportStall it) {
    stallsReported.put(it.task(), cluster.time.now());
  }

  // ---- graphs -----------------------------------------------------------------------------------

  @Override
  public void onTellGraph(SchedulerInstruction.TellGraph it) {
    if (it.event() instanceof GraphEvent.RunsLost lost) {
      cluster.ledger.lost(it.graph(), lost);
      Violation.unless(
          !(lost.exit().equals("left") && cluster.scenario.isGentle()),
          "a worker that was let go took work along");
    }
    tellGraph(it.graph(), it.event());
  }

  void tellGraph(int graph, GraphEvent event) {
    VirtualGraph to = graphs.get(graph);
    if (to != null) {
      to.post(event);
    }
  }

  void acquire(int graph, int row, long owner) {
    VirtualGraph to = graphs.get(Task.graph(owner));
    if (to != null) {
      to.post(new GraphEvent.HoldAcquired(Task.row(owner), Task.of(graph, row)));
    } else {
      TaskFailure gone =
          TaskFailure.of(TaskFailure.Kind.CANCELLED, Task.show(owner), "its graph is gone");
      tellGraph(graph, new GraphEvent.ExternalFailed(row, gone));
    }
  }

  void endGraph(int graph) {
    VirtualGraph ended = graphs.get(graph);
    if (ended != null) {
      remove(ended);
      tellClient(ended.plan.client, new VirtualClient.Ended(graph));
    }
  }

  /** An internal error ends one graph, and only that. */
  void breakSomeGraph() {
    List<VirtualGraph> all = List.copyOf(graphs.values());
    if (!all.isEmpty()) {
      VirtualGraph graph = all.get(cluster.time.below(all.size()));
      cluster.log("BREAKS graph %d", graph.plan.id);
      graph.plan.cancelled = true;
      tellClient(graph.plan.client, new VirtualClient.Broken(graph.plan.id));
      remove(graph);
    }
  }

  private void remove(VirtualGraph graph) {
    graphs.remove(graph.plan.id);
    graph.remove();
    apply(new SchedulerEvent.GraphRemoved(graph.plan.id));
    foreignUses
        .remove(graph.plan.id, "its graph is gone")
        .forEach(notice -> tellGraph(notice.graph(), notice.event()));
  }

  // ---- clients ----------------------------------------------------------------------------------

  /** A client registers; both ends know the link from now on. */
  Link<Payload> open(VirtualClient client) {
    long number = client.host;
    Link<Payload> own = new Link<>(number, cluster.resendNanos, cluster.protocol);
    sessions.put(number, new Session(client, own));
    return new Link<>(number, cluster.resendNanos, cluster.protocol);
  }

  /** The client is gone, and all its graphs go with it. */
  void endSession(long link) {
    Session session = sessions.remove(link);
    if (session != null) {
      cluster.log("scheduler: session %d ends", link);
      for (VirtualGraph graph : List.copyOf(graphs.values())) {
        if (graph.plan.client == session.client) {
          remove(graph);
        }
      }
    }
  }

  void announce(VirtualGraph graph, VirtualClient.Announced news) {
    boolean known = peers.containsKey(news.worker());
    for (int i = 0; i < news.rows().size(); i++) {
      long task = Task.of(graph.plan.id, news.rows().get(i));
      if (known) {
        unannounced.remove(task);
      } else {
        unannounced.add(task); // The graph will hear that it is lost, or has moved.
      }
    }
    if (known) {
      tellClient(graph.plan.client, news);
    }
  }

  void retract(VirtualGraph graph, Ints rows) {
    Ints unheard = new Ints();
    for (int i = 0; i < rows.size(); i++) {
      if (unannounced.remove(Task.of(graph.plan.id, rows.get(i)))) {
        unheard.add(rows.get(i));
      }
    }
    tellClient(graph.plan.client, new VirtualClient.Retracted(graph.plan.id, rows, unheard));
  }

  void tellClient(VirtualClient client, VirtualClient.Told told) {
    for (Session session : sessions.values()) {
      if (session.client == client) {
        send(session, session.link.send(new Payload(++session.sent, told), cluster.time.now()));
      }
    }
  }

  private void send(Session session, Frame<Payload> frame) {
    cluster.network.send(HOST, session.client.host, () -> session.client.onFrame(frame));
  }

  void onClientFrame(Frame<Payload> frame) {
    Session session = sessions.get(frame.link());
    if (session == null) {
      return;
    }
    Payload payload = session.link.receive(frame, cluster.time.now());
    if (session.link.owesAck()) {
      send(session, session.link.ack());
    }
    if (payload != null) {
      Violation.unless(
          payload.serial() == ++session.delivered, "a request came twice or out of order");
      if (payload.body() instanceof VirtualClient.Close) {
        endSession(frame.link());
      } else {
        onRequest((VirtualClient.Request) payload.body());
      }
    }
  }

  private void onRequest(VirtualClient.Request request) {
    cluster.log("client -> %s", request);
    if (request instanceof VirtualClient.Submit submit) {
      VirtualGraph graph = new VirtualGraph(cluster, submit.plan());
      graphs.put(submit.plan().id, graph);
      apply(new SchedulerEvent.GraphAdded(submit.plan().id, graph.rows));
      return;
    }
    VirtualGraph graph = graphs.get(request.graph());
    if (graph == null) {
      return;
    }
    if (request instanceof VirtualClient.AddRows add) {
      holdExternals(graph, add.block());
      graph.post(add.block());
    } else if (request instanceof VirtualClient.Seal) {
      graph.post(new GraphEvent.RowsSealed());
    } else if (request instanceof VirtualClient.Release release) {
      graph.post(new GraphEvent.HoldsReleased(release.rows()));
    } else if (request instanceof VirtualClient.Offer offer) {
      offer(graph, offer);
    } else if (request instanceof VirtualClient.Cancel) {
      graph.post(new GraphEvent.GraphCancelled("the client said so"));
    }
  }

  /** At once, so that the client may let go of them as soon as it has submitted. */
  private void holdExternals(VirtualGraph graph, GraphRows.Block block) {
    for (int i = 0; i < block.size(); i++) {
      Plan.Row external = graph.plan.rows.get(block.first() + i).external;
      long owner = external == null ? -1 : external.origin().task();
      if (graphs.containsKey(Task.graph(owner))) {
        graph.rows.resolveExternal(block.first() + i, owner);
        foreignUses.add(Task.of(graph.plan.id, block.first() + i), owner);
        tellGraph(
            Task.graph(owner),
            new GraphEvent.HoldAcquired(
                Task.row(owner), Task.of(graph.plan.id, block.first() + i)));
      }
    }
  }
}

package io.dagwright.internal.actor;

import io.dagwright.graph.Annotations;
import io.dagwright.graph.ResultRef;
import io.dagwright.internal.actor.ClusterStatus.GraphStatus;
import io.dagwright.internal.actor.ClusterStatus.WorkerStatus;
import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.taskstate.ForeignUses;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.taskstate.RowState;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.ToWorker;
import io.dagwright.internal.wire.WorkerId;
import io.dagwright.internal.wire.WorkerMessage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Runs the cluster's {@link SchedulerState}: what workers, clients and graphs say in, instructions
 * out.
 *
 * <p>Protocol: workers and clients register until they are welcomed with the number of a link; from
 * then on everything that changes state travels on that link, in order and once. Each graph has a
 * child actor on the same thread. Whatever is queued before a {@code Flush} shares one message per
 * peer. Supervision: a graph's actor that fails takes its graph with it; if this actor fails its
 * node gives up the role.
 */
public final class SchedulerActor extends AbstractBehavior<SchedulerMessage>
    implements SchedulerInstruction.Handler {

  private static final Duration TICK = Duration.ofMillis(250);

  /** Smaller messages of clients are decoded at once, on the scheduler's thread. */
  private static final int DECODE_HERE_BYTES = 4096;

  /** Links of former workers that are remembered, to answer those that come back. */
  private static final int FORMER_WORKERS = 1024;

  private enum Flush implements SchedulerMessage {
    INSTANCE
  }

  private enum Tick implements SchedulerMessage {
    INSTANCE
  }

  /** A message of a client was decoded elsewhere; an exception if that failed. */
  private record Decoded(
      ClientPeer client, @Nullable FromClient message, @Nullable RuntimeException failure)
      implements SchedulerMessage {}

  /** A worker's socket ended and does not answer any more. */
  private record SocketGone(int worker) implements SchedulerMessage {}

  private final ActorContext<SchedulerMessage> context;
  private final SchedulerPorts ports;
  private final SchedulerState state;
  private final long epoch;
  private final long startedMillis;
  private long links;
  private int ordinals;
  private boolean flushing;

  private final Map<Integer, WorkerPeer> workers = new TreeMap<>();
  private final LongMap<WorkerPeer> workersByLink = new LongMap<>();
  private final Map<String, ClientPeer> clients = new LinkedHashMap<>();
  private final LongMap<ClientPeer> clientsByLink = new LongMap<>();
  private final Map<Integer, GraphEntry> graphs = new TreeMap<>();
  private final Map<String, GraphEntry> graphsById = new LinkedHashMap<>();
  private final ForeignUses foreignUses = new ForeignUses();
  private final List<GraphEntry> graphsWithMail = new ArrayList<>();

  /** Links on which something was said since the last flush. */
  private final List<PeerLink> unflushed = new ArrayList<>();

  private final Map<Long, ActorRef<WorkerMessage>> formerWorkers =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ActorRef<WorkerMessage>> eldest) {
          return size() > FORMER_WORKERS;
        }
      };

  private SchedulerActor(
      ActorContext<SchedulerMessage> context,
      TimerScheduler<SchedulerMessage> timers,
      SchedulerPorts ports,
      long nowMillis) {
    super(context);
    this.context = context;
    this.ports = ports;
    this.epoch = nowMillis;
    this.startedMillis = nowMillis;
    this.links = nowMillis << 20;
    this.state = new SchedulerState(ports.settings());
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
    context.getLog().info("Scheduler started, epoch [{}]", epoch);
  }

  /**
   * The behavior.
   *
   * @param nowMillis wall clock; a later scheduler of the same cluster must be given a larger one
   */
  public static Behavior<SchedulerMessage> create(SchedulerPorts ports, long nowMillis) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new SchedulerActor(context, timers, ports, nowMillis)));
  }

  @Override
  public Receive<SchedulerMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(Frame.class, this::onFrame)
        .onMessage(TaskStateActor.Outcome.class, this::onOutcome)
        .onMessage(Flush.class, message -> onFlush())
        .onMessage(Decoded.class, this::onDecoded)
        .onMessage(Tick.class, message -> onTick())
        .onMessage(Handshake.RegisterWorker.class, this::onRegisterWorker)
        .onMessage(Handshake.RegisterClient.class, this::onRegisterClient)
        .onMessage(Handshake.WorkerExited.class, this::onWorkerExited)
        .onMessage(SocketGone.class, this::onSocketGone)
        .onMessage(Handshake.GetStatus.class, this::onGetStatus)
        .onMessage(Handshake.GetWhy.class, this::onGetWhy)
        .onSignal(Terminated.class, this::onTerminated)
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  // ---- meeting
  // ------------------------------------------------------------------------------------

  private Behavior<SchedulerMessage> onRegisterWorker(Handshake.RegisterWorker offer) {
    if (offer.protocol() != Handshake.PROTOCOL) {
      offer
          .worker()
          .tell(
              new Handshake.WorkerRefused(
                  offer.incarnation(),
                  "the scheduler speaks protocol "
                      + Handshake.PROTOCOL
                      + ", this worker "
                      + offer.protocol()
                      + "; run the same version on both"));
      return this;
    }
    for (WorkerPeer known : List.copyOf(workers.values())) {
      if (known.id.name().equals(offer.name())) {
        if (known.id.incarnation() == offer.incarnation()) {
          welcome(known); // It did not hear the first welcome.
          return this;
        }
        if (known.id.incarnation() > offer.incarnation()) {
          return this; // An offer of an earlier life, late.
        }
        lose(known.ordinal, "replaced by a newer process of the same name", null);
      }
    }
    int ordinal = ordinals++;
    WorkerId id = new WorkerId(offer.name(), offer.incarnation());
    InetSocketAddress address = new InetSocketAddress(offer.data().host(), offer.data().port());
    ActorRef<SchedulerMessage> self = context.getSelf();
    DataClient.Watch watch = ports.data().watch(address, () -> self.tell(new SocketGone(ordinal)));
    PeerLink link = new PeerLink(links++, frame -> offer.worker().tell(frame));
    WorkerPeer worker = new WorkerPeer(ordinal, id, offer, link, watch);
    workers.put(ordinal, worker);
    workersByLink.put(link.number(), worker);
    context.watch(offer.worker());
    welcome(worker);
    introduce(worker);
    context
        .getLog()
        .info("Worker [{}] joined from [{}] with [{}] slots", id, offer.host(), offer.slots());
    apply(
        new SchedulerEvent.WorkerJoined(
            ordinal, id, offer.host(), offer.slots(), worker.resources));
    return this;
  }

  private void welcome(WorkerPeer worker) {
    worker.ref.tell(
        new Handshake.WorkerWelcome(
            worker.ordinal,
            worker.id.incarnation(),
            worker.link.number(),
            epoch,
            context.getSelf()));
  }

  private void introduce(WorkerPeer worker) {
    ToWorker arrival = meet(worker);
    for (WorkerPeer other : workers.values()) {
      if (other != worker) {
        say(other, arrival);
        say(worker, meet(other));
      }
    }
  }

  private static ToWorker meet(WorkerPeer worker) {
    return new ToWorker.MeetPeer(worker.ordinal, worker.id.incarnation(), worker.data);
  }

  private Behavior<SchedulerMessage> onRegisterClient(Handshake.RegisterClient offer) {
    if (offer.protocol() != Handshake.PROTOCOL) {
      String why =
          "the scheduler speaks protocol "
              + Handshake.PROTOCOL
              + ", this client "
              + offer.protocol()
              + "; run the same version on both";
      offer.client().tell(new Handshake.ClientRefused(offer.session(), why));
      return this;
    }
    ClientPeer client = clients.get(offer.session());
    if (client == null) {
      PeerLink link = new PeerLink(links++, frame -> offer.client().tell(frame));
      client = new ClientPeer(offer.session(), offer.name(), offer.client(), link);
      clients.put(offer.session(), client);
      clientsByLink.put(link.number(), client);
      context.watch(offer.client());
      context.getLog().info("Client [{}] opened session [{}]", offer.name(), offer.session());
    }
    offer
        .client()
        .tell(
            new Handshake.ClientWelcome(
                offer.session(), client.link.number(), epoch, ports.address(), context.getSelf()));
    return this;
  }

  // ---- frames
  // -------------------------------------------------------------------------------------

  private Behavior<SchedulerMessage> onFrame(Frame<?> any) {
    @SuppressWarnings("unchecked") // All frames between our actors carry chunks.
    Frame<Chunk> frame = (Frame<Chunk>) any;
    WorkerPeer worker = workersByLink.get(frame.link());
    if (worker != null) {
      for (byte[] message : worker.link.receive(frame)) {
        onWorkerMessage(
            worker, MessageCodec.decodeToScheduler(message), worker.link.isHeardBy(frame));
      }
      return this;
    }
    ClientPeer client = clientsByLink.get(frame.link());
    if (client != null) {
      client.lastHeardNanos = System.nanoTime();
      client.link.receive(frame).forEach(message -> onClientBytes(client, message));
      return this;
    }
    ActorRef<WorkerMessage> former = formerWorkers.get(frame.link());
    if (former != null) {
      former.tell(
          new Handshake.WorkerDismissed(frame.link(), "the scheduler has given this worker up"));
    }
    return this;
  }

  private void onWorkerMessage(WorkerPeer worker, ToScheduler message, boolean quiet) {
    int from = worker.ordinal;
    if (message instanceof ToScheduler.Finished m) {
      apply(
          new SchedulerEvent.TasksFinished(
              from, m.tasks(), m.runs(), m.sizes(), m.nanos(), m.inline()));
    } else if (message instanceof ToScheduler.Erred m) {
      GraphEntry graph = graphs.get(Task.graph(m.task()));
      TaskFailure failure =
          graph == null ? m.failure() : m.failure().withKey(graph.rows.keyName(Task.row(m.task())));
      apply(new SchedulerEvent.TaskErred(from, m.task(), m.run(), failure));
    } else if (message instanceof ToScheduler.Missing m) {
      apply(new SchedulerEvent.InputsMissing(from, m.task(), m.run(), m.missing(), m.holders()));
    } else if (message instanceof ToScheduler.Replicas m) {
      apply(new SchedulerEvent.ReplicasAdded(from, m.tasks()));
    } else if (message instanceof ToScheduler.NoReplicas m) {
      apply(new SchedulerEvent.ReplicasNotAdded(from, m.tasks(), m.holders()));
    } else if (message instanceof ToScheduler.Blocked m) {
      apply(
          m.blocked()
              ? new SchedulerEvent.TaskBlocked(from, m.task(), m.run())
              : new SchedulerEvent.TaskUnblocked(from, m.task(), m.run()));
    } else if (message instanceof ToScheduler.Inventory m) {
      apply(new SchedulerEvent.WorkerInventory(from, quiet, m.tasks(), m.runs(), m.held()));
    } else if (message instanceof ToScheduler.Beat m) {
      worker.heldBytes = m.heldBytes();
      apply(new SchedulerEvent.WorkerBeat(from, quiet, m.runs(), m.replicas()));
    } else {
      apply(new SchedulerEvent.WorkerLeaving(from));
    }
  }

  private void onClientBytes(ClientPeer client, byte[] message) {
    if (!client.decoding && message.length <= DECODE_HERE_BYTES) {
      onClientMessage(client, MessageCodec.decodeFromClient(message));
    } else {
      client.undecoded.add(message); // Bounded by the client's window of unacknowledged chunks.
      decodeNext(client);
    }
  }

  private void decodeNext(ClientPeer client) {
    byte[] message = client.decoding ? null : client.undecoded.poll();
    if (message == null) {
      return;
    }
    client.decoding = true;
    ActorRef<SchedulerMessage> self = context.getSelf();
    ports
        .ingest()
        .execute(
            () -> {
              try {
                self.tell(new Decoded(client, MessageCodec.decodeFromClient(message), null));
              } catch (RuntimeException e) { // The client sent nonsense: its session ends.
                self.tell(new Decoded(client, null, e));
              }
            });
  }

  private Behavior<SchedulerMessage> onDecoded(Decoded decoded) {
    ClientPeer client = decoded.client();
    client.decoding = false;
    if (clients.get(client.session) != client) {
      return this;
    }
    if (decoded.message() == null) {
      endSession(client, "it sent a message that cannot be read: " + decoded.failure());
      return this;
    }
    onClientMessage(client, decoded.message());
    decodeNext(client);
    return this;
  }

  // ---- clients
  // ------------------------------------------------------------------------------------

  private void onClientMessage(ClientPeer client, FromClient message) {
    if (message instanceof FromClient.OpenGraph open) {
      openGraph(client, open);
      return;
    }
    if (message instanceof FromClient.Bundle bundle) {
      bundle.messages().forEach(each -> onClientMessage(client, each));
      return;
    }
    if (message instanceof FromClient.CloseSession) {
      endSession(client, "");
      return;
    }
    GraphEntry graph = client.graphs.get(graphNumber(message));
    if (graph == null) {
      return; // Beats, and what crossed the end of a graph.
    }
    try {
      if (message instanceof FromClient.AddTables tables) {
        addTables(graph, tables);
      } else if (message instanceof FromClient.AddRows rows) {
        addRows(graph, rows.block());
      } else if (message instanceof FromClient.SealGraph) {
        mail(graph, new GraphEvent.RowsSealed());
      } else if (message instanceof FromClient.Release release) {
        mail(graph, new GraphEvent.HoldsReleased(release.rows()));
      } else if (message instanceof FromClient.CancelGraph cancel) {
        mail(graph, new GraphEvent.GraphCancelled(cancel.reason()));
      }
    } catch (IllegalArgumentException e) {
      breakGraph(graph, "the graph is damaged: " + e.getMessage());
    }
    flushSoon();
  }

  private static int graphNumber(FromClient message) {
    if (message instanceof FromClient.AddTables m) {
      return m.graph();
    } else if (message instanceof FromClient.AddRows m) {
      return m.graph();
    } else if (message instanceof FromClient.SealGraph m) {
      return m.graph();
    } else if (message instanceof FromClient.Release m) {
      return m.graph();
    } else if (message instanceof FromClient.CancelGraph m) {
      return m.graph();
    }
    return -1;
  }

  private void openGraph(ClientPeer client, FromClient.OpenGraph open) {
    int ordinal = ordinals++;
    GraphRows rows = new GraphRows();
    GraphState graphState =
        new GraphState(
            ordinal,
            rows,
            new GraphState.Policy(
                ports.allowedFailures(), open.stopAtFirstFailure(), open.growing()));
    ActorRef<TaskStateActor.Command> actor =
        context.spawn(
            TaskStateActor.create(ordinal, graphState, context.getSelf()),
            "graph-" + ordinal,
            DispatcherSelector.sameAsParent());
    context.watch(actor);
    GraphEntry graph = new GraphEntry(ordinal, open, client, rows, graphState, actor);
    graphs.put(ordinal, graph);
    graphsById.put(open.id(), graph);
    client.graphs.put(open.graph(), graph);
    apply(new SchedulerEvent.GraphAdded(ordinal, rows));
  }

  private void addTables(GraphEntry graph, FromClient.AddTables tables) {
    graph.rows.addTables(tables.prefixes(), tables.annotations());
    graph.prefixes.addAll(tables.prefixes());
    graph.functions.addAll(tables.functions());
    tables.keys().forEach(graph.rows::nameRow);
    graph.externals.putAll(tables.externals());
  }

  private void addRows(GraphEntry graph, GraphRows.Block block) {
    checkTables(graph, block);
    int from = graph.rows.size();
    graph.rows.append(block);
    for (int output : block.outputs()) {
      graph.wanted.set(output, graph.opened.inline());
    }
    for (int row = from; row < graph.rows.size() && !graph.externals.isEmpty(); row++) {
      ResultRef ref = graph.rows.isExternal(row) ? graph.externals.get(row) : null;
      GraphEntry owner = ref == null ? null : graphsById.get(ref.graph().value());
      if (ref != null && owner != null) {
        graph.rows.resolveExternal(row, Task.of(owner.ordinal, ref.row()));
        foreignUses.add(Task.of(graph.ordinal, row), Task.of(owner.ordinal, ref.row()));
        // Now, before the client can let go of the result.
        mail(owner, new GraphEvent.HoldAcquired(ref.row(), Task.of(graph.ordinal, row)));
      }
    }
    mail(graph, new GraphEvent.RowsAdded(from, graph.rows.size(), Ints.of(block.outputs())));
  }

  private static void checkTables(GraphEntry graph, GraphRows.Block block) {
    for (int i = 0; i < block.size(); i++) {
      int function = block.functionOf()[i];
      if (function < GraphRows.EXTERNAL
          || function >= graph.functions.size()
          || block.prefixOf()[i] < 0
          || block.prefixOf()[i] >= graph.prefixes.size()) {
        throw new IllegalArgumentException("row " + (block.first() + i) + " is off its tables");
      }
    }
  }

  private void endSession(ClientPeer client, String why) {
    clients.remove(client.session);
    clientsByLink.remove(client.link.number());
    context.unwatch(client.ref);
    if (!why.isEmpty()) {
      context
          .getLog()
          .warn("Ended session [{}] of client [{}]: {}", client.session, client.name, why);
      client.ref.tell(new Handshake.ClientRefused(client.session, why));
    } else {
      context.getLog().info("Client [{}] closed session [{}]", client.name, client.session);
    }
    List.copyOf(client.graphs.values()).forEach(this::removeGraph);
    flushSoon();
  }

  /** The graph cannot go on; its client is told. */
  private void breakGraph(GraphEntry graph, String why) {
    context.getLog().error("Graph [{}] failed: {}", graph.opened.id(), why);
    say(graph.client, new ToClient.GraphBroken(graph.opened.graph(), why));
    removeGraph(graph);
  }

  private void removeGraph(GraphEntry graph) {
    graphs.remove(graph.ordinal);
    graphsById.remove(graph.opened.id());
    graph.client.graphs.remove(graph.opened.graph());
    context.unwatch(graph.actor);
    context.stop(graph.actor);
    for (WorkerPeer worker : workers.values()) {
      if (worker.known.remove(graph.ordinal) != null) {
        say(worker, new ToWorker.ForgetGraph(graph.ordinal));
      }
    }
    apply(new SchedulerEvent.GraphRemoved(graph.ordinal));
    graph.mail.clear(); // Nobody is left to read it.
    foreignUses
        .remove(graph.ordinal, "Its graph [" + graph.opened.id() + "] was removed.")
        .forEach(notice -> mailTo(notice.graph(), notice.event()));
  }

  // ---- graphs
  // -------------------------------------------------------------------------------------

  private void mail(GraphEntry graph, GraphEvent event) {
    if (graph.mail.isEmpty()) {
      graphsWithMail.add(graph);
    }
    graph.mail.add(event);
  }

  private void mailTo(int ordinal, GraphEvent event) {
    GraphEntry graph = graphs.get(ordinal);
    if (graph != null) {
      mail(graph, event);
    }
  }

  private Behavior<SchedulerMessage> onOutcome(TaskStateActor.Outcome outcome) {
    GraphEntry graph = graphs.get(outcome.graph());
    if (graph != null) {
      graph.progressDue |= graph.finished != outcome.finished() || graph.erred != outcome.erred();
      graph.total = outcome.total();
      graph.finished = outcome.finished();
      graph.erred = outcome.erred();
      GraphSide side = new GraphSide(graph);
      outcome.instructions().forEach(instruction -> instruction.deliverTo(side));
    }
    return this;
  }

  /** Carries out what one graph wants done. */
  private final class GraphSide implements GraphInstruction.Handler {

    private final GraphEntry graph;

    GraphSide(GraphEntry graph) {
      this.graph = graph;
    }

    @Override
    public void onWithdrawRuns(GraphInstruction.WithdrawRuns instruction) {
      apply(
          new SchedulerEvent.RunsWithdrawn(graph.ordinal, instruction.rows(), instruction.runs()));
    }

    @Override
    public void onReleaseReplicas(GraphInstruction.ReleaseReplicas instruction) {
      apply(new SchedulerEvent.ReplicasReleased(graph.ordinal, instruction.rows()));
    }

    @Override
    public void onRunTasks(GraphInstruction.RunTasks instruction) {
      apply(
          new SchedulerEvent.RunsReady(
              graph.ordinal, instruction.rows(), instruction.runs(), instruction.alone()));
    }

    @Override
    public void onAnnounceOutputs(GraphInstruction.AnnounceOutputs instruction) {
      WorkerPeer worker = workers.get(instruction.worker());
      if (worker != null) { // Otherwise the graph will hear that the results are lost.
        tell(
            new ToClient.Outputs(
                graph.opened.graph(),
                graph.ordinal,
                worker.id.incarnation(),
                worker.data,
                instruction.rows(),
                instruction.sizes(),
                instruction.inline()));
      }
    }

    @Override
    public void onRetractOutputs(GraphInstruction.RetractOutputs instruction) {
      tell(new ToClient.OutputsLost(graph.opened.graph(), instruction.rows()));
    }

    @Override
    public void onFailOutputs(GraphInstruction.FailOutputs instruction) {
      tell(
          new ToClient.OutputsFailed(
              graph.opened.graph(), instruction.rows(), instruction.failure()));
    }

    @Override
    public void onAcquireExternal(GraphInstruction.AcquireExternal instruction) {
      int row = instruction.row();
      long owner = graph.rows.externalTask(row);
      if (owner >= 0 && graphs.containsKey(Task.graph(owner))) {
        mailTo(
            Task.graph(owner),
            new GraphEvent.HoldAcquired(Task.row(owner), Task.of(graph.ordinal, row)));
      } else {
        ResultRef ref = graph.externals.get(row);
        mail(
            graph,
            new GraphEvent.ExternalFailed(
                row,
                TaskFailure.of(
                    TaskFailure.Kind.CANCELLED,
                    graph.rows.keyName(row),
                    "The graph ["
                        + (ref == null ? "?" : ref.graph())
                        + "] whose result is an input here has ended. Keep its future open until"
                        + " the graph that uses it has run.")));
      }
      flushSoon();
    }

    @Override
    public void onDropExternal(GraphInstruction.DropExternal instruction) {
      long owner = graph.rows.externalTask(instruction.row());
      if (owner >= 0) {
        mailTo(
            Task.graph(owner),
            new GraphEvent.HoldDropped(Task.row(owner), Task.of(graph.ordinal, instruction.row())));
        flushSoon();
      }
    }

    @Override
    public void onForgetExternal(GraphInstruction.ForgetExternal instruction) {
      foreignUses.forget(Task.of(graph.ordinal, instruction.row()));
      long owner = graph.rows.externalTask(instruction.row());
      if (owner >= 0) {
        mailTo(
            Task.graph(owner),
            new GraphEvent.ConsumerForgot(
                Task.row(owner), Task.of(graph.ordinal, instruction.row())));
        flushSoon();
      }
    }

    @Override
    public void onTellExternalReady(GraphInstruction.TellExternalReady instruction) {
      mailTo(
          Task.graph(instruction.consumer()),
          new GraphEvent.ExternalReady(Task.row(instruction.consumer())));
      flushSoon();
    }

    @Override
    public void onTellExternalLost(GraphInstruction.TellExternalLost instruction) {
      mailTo(
          Task.graph(instruction.consumer()),
          new GraphEvent.ExternalLost(Task.row(instruction.consumer())));
      flushSoon();
    }

    @Override
    public void onTellExternalFailed(GraphInstruction.TellExternalFailed instruction) {
      mailTo(
          Task.graph(instruction.consumer()),
          new GraphEvent.ExternalFailed(Task.row(instruction.consumer()), instruction.failure()));
      flushSoon();
    }

    @Override
    public void onEndGraph(GraphInstruction.EndGraph instruction) {
      sendProgress(graph);
      removeGraph(graph);
    }

    private void tell(ToClient message) {
      say(graph.client, message);
    }
  }

  private void sendProgress(GraphEntry graph) {
    graph.progressDue = false;
    say(
        graph.client,
        new ToClient.GraphProgress(graph.opened.graph(), graph.total, graph.finished, graph.erred));
  }

  // ---- the machine
  // --------------------------------------------------------------------------------

  private void apply(SchedulerEvent event) {
    state.apply(event, System.nanoTime());
    flushSoon();
  }

  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      context.getSelf().tell(Flush.INSTANCE);
    }
  }

  private Behavior<SchedulerMessage> onFlush() {
    for (SchedulerInstruction instruction : state.flush(System.nanoTime())) {
      instruction.deliverTo(this);
    }
    for (GraphEntry graph : graphsWithMail) {
      if (!graph.mail.isEmpty()) {
        graph.actor.tell(new TaskStateActor.Events(graph.mail));
        graph.mail = new ArrayList<>();
      }
    }
    graphsWithMail.clear();
    unflushed.forEach(PeerLink::flush);
    unflushed.clear();
    flushing = false; // Only now: carrying out says much, and causes no event.
    return this;
  }

  private Behavior<SchedulerMessage> onTick() {
    apply(new SchedulerEvent.ClockTicked());
    workers.values().forEach(worker -> worker.link.tick());
    long now = System.nanoTime();
    for (ClientPeer client : List.copyOf(clients.values())) {
      client.link.tick();
      if (client.link.unacked() == 0) {
        say(client, new ToClient.SchedulerBeat());
      }
      if (now - client.lastHeardNanos > ports.clientSilenceNanos()) {
        endSession(client, "it was silent for too long");
      }
    }
    for (GraphEntry graph : graphs.values()) {
      if (graph.progressDue) {
        sendProgress(graph);
      }
    }
    return this;
  }

  @Override
  public void onComputeTasks(SchedulerInstruction.ComputeTasks instruction) {
    WorkerPeer worker = workers.get(instruction.worker());
    if (worker == null) {
      return;
    }
    int size = instruction.tasks().size();
    Ints functions = new Ints(size);
    Ints prefixes = new Ints(size);
    Ints priorities = new Ints(size);
    Longs timeouts = new Longs(size);
    Ints wanted = new Ints(size);
    Ints lengths = new Ints(size);
    ByteSink arguments = new ByteSink(size * 8);
    GraphEntry graph = null;
    for (int i = 0; i < size; i++) {
      long task = instruction.tasks().get(i);
      int row = Task.row(task);
      if (graph == null || graph.ordinal != Task.graph(task)) {
        graph = graphs.get(Task.graph(task));
      }
      if (graph == null) {
        throw new IllegalStateException("no graph for task " + Task.show(task));
      }
      GraphRows rows = graph.rows;
      define(worker, graph, rows.function(row));
      functions.add(rows.function(row));
      prefixes.add(rows.prefix(row));
      Annotations annotations = rows.annotations(row);
      priorities.add(annotations.priority());
      timeouts.add(annotations.timeout().toNanos());
      wanted.add(graph.wanted.get(row) ? 1 : 0);
      lengths.add(rows.argumentLength(row));
      arguments.putBytes(
          rows.argumentBytes(row), rows.argumentOffset(row), rows.argumentLength(row));
    }
    say(
        worker,
        new ToWorker.Compute(
            instruction.tasks(),
            instruction.runs(),
            instruction.inputCounts(),
            instruction.inputs(),
            instruction.holders(),
            functions,
            prefixes,
            priorities,
            timeouts,
            wanted,
            lengths,
            arguments.toByteArray()));
  }

  /** Sends a function, and new prefixes, ahead of the first run that needs them. */
  private void define(WorkerPeer worker, GraphEntry graph, int function) {
    WorkerPeer.Known known = worker.known.get(graph.ordinal);
    if (known == null) {
      known = new WorkerPeer.Known();
      worker.known.put(graph.ordinal, known);
    }
    if (known.functions.get(function) && known.prefixes == graph.prefixes.size()) {
      return;
    }
    boolean isNew = !known.functions.get(function);
    known.functions.set(function);
    List<String> prefixes = graph.prefixes.subList(known.prefixes, graph.prefixes.size());
    say(
        worker,
        new ToWorker.DefineGraph(
            graph.ordinal,
            graph.client.session,
            known.prefixes,
            prefixes,
            isNew ? Ints.of(function) : Ints.EMPTY,
            isNew ? List.of(graph.functions.get(function)) : List.of()));
    known.prefixes = graph.prefixes.size();
  }

  @Override
  public void onCancelRuns(SchedulerInstruction.CancelRuns instruction) {
    send(instruction.worker(), new ToWorker.Cancel(instruction.tasks(), instruction.runs()));
  }

  @Override
  public void onFreeKeys(SchedulerInstruction.FreeKeys instruction) {
    send(instruction.worker(), new ToWorker.Free(instruction.tasks()));
  }

  @Override
  public void onAcquireReplicas(SchedulerInstruction.AcquireReplicas instruction) {
    send(instruction.worker(), new ToWorker.Acquire(instruction.tasks(), instruction.holders()));
  }

  @Override
  public void onRequestInventory(SchedulerInstruction.RequestInventory instruction) {
    context
        .getLog()
        .warn(
            "Worker [{}] has another picture of its work than we; comparing", instruction.worker());
    send(instruction.worker(), new ToWorker.AskInventory());
  }

  @Override
  public void onLetWorkerGo(SchedulerInstruction.LetWorkerGo instruction) {
    send(instruction.worker(), new ToWorker.LetGo());
    WorkerPeer worker = workers.get(instruction.worker());
    if (worker != null) {
      worker.letGo = true;
    }
  }

  @Override
  public void onDropWorker(SchedulerInstruction.DropWorker instruction) {
    WorkerPeer worker = workers.remove(instruction.worker());
    if (worker == null) {
      return;
    }
    workersByLink.remove(worker.link.number());
    formerWorkers.put(worker.link.number(), worker.ref);
    context.unwatch(worker.ref);
    worker.watch.close();
    worker.ref.tell(new Handshake.WorkerDismissed(worker.link.number(), instruction.reason()));
    ports.data().disconnect(new InetSocketAddress(worker.data.host(), worker.data.port()));
    if (worker.letGo) {
      context.getLog().info("Worker [{}] left", worker.id);
    } else {
      context.getLog().warn("Lost worker [{}]: {}", worker.id, instruction.reason());
    }
  }

  @Override
  public void onTellGraph(SchedulerInstruction.TellGraph instruction) {
    mailTo(instruction.graph(), instruction.event());
  }

  @Override
  public void onReportStall(SchedulerInstruction.ReportStall instruction) {
    context.getLog().warn("Stalled: {}", instruction.why());
  }

  private void send(int worker, ToWorker message) {
    WorkerPeer peer = workers.get(worker);
    if (peer != null) {
      say(peer, message);
    }
  }

  private void say(WorkerPeer worker, ToWorker message) {
    say(worker.link, MessageCodec.encode(message));
  }

  private void say(ClientPeer client, ToClient message) {
    say(client.link, MessageCodec.encode(message));
  }

  private void say(PeerLink link, byte[] message) {
    if (link.send(message)) {
      unflushed.add(link);
    }
    flushSoon();
  }

  // ---- losses
  // -------------------------------------------------------------------------------------

  private void lose(int worker, String exit, @Nullable Longs running) {
    apply(new SchedulerEvent.WorkerLost(worker, exit, running));
    onFlush(); // What was said of the old life must not mix with a new one's.
  }

  private Behavior<SchedulerMessage> onWorkerExited(Handshake.WorkerExited message) {
    for (WorkerPeer worker : List.copyOf(workers.values())) {
      if (worker.id.name().equals(message.name())
          && worker.id.incarnation() >= message.incarnation()
          && worker.id.incarnation() < message.incarnation() + Handshake.LIVES_OF_A_PROCESS) {
        ports.down().accept(worker.ref.path().address());
        lose(worker.ordinal, message.exit(), message.known() ? Longs.of(message.tasks()) : null);
      }
    }
    return this;
  }

  private Behavior<SchedulerMessage> onSocketGone(SocketGone message) {
    // A parent process that saw the exit says more, and is about as fast; let it speak first.
    WorkerPeer worker = workers.get(message.worker());
    if (worker != null) {
      context.scheduleOnce(
          Duration.ofMillis(300),
          context.getSelf(),
          new Handshake.WorkerExited(
              worker.id.name(),
              worker.id.incarnation(),
              "its process is gone",
              new long[0],
              false));
    }
    return this;
  }

  private Behavior<SchedulerMessage> onTerminated(Terminated signal) {
    ActorPath gone = signal.getRef().path();
    for (WorkerPeer worker : List.copyOf(workers.values())) {
      if (worker.ref.path().equals(gone)) {
        lose(worker.ordinal, "its node left or was removed from the cluster", null);
      }
    }
    for (ClientPeer client : List.copyOf(clients.values())) {
      if (client.ref.path().equals(gone)) {
        endSession(client, "its node is gone");
      }
    }
    for (GraphEntry graph : List.copyOf(graphs.values())) {
      if (graph.actor.path().equals(gone)) {
        breakGraph(
            graph,
            "an internal error ended its bookkeeping; the scheduler's log has the stack trace."
                + " Other graphs are not affected.");
      }
    }
    return this;
  }

  private Behavior<SchedulerMessage> onPostStop() {
    workers.values().forEach(worker -> worker.watch.close());
    return this;
  }

  // ---- questions
  // ----------------------------------------------------------------------------------

  private Behavior<SchedulerMessage> onGetStatus(Handshake.GetStatus message) {
    List<WorkerStatus> workerList = new ArrayList<>();
    for (WorkerPeer worker : workers.values()) {
      workerList.add(
          new WorkerStatus(
              worker.id.name(),
              worker.host,
              worker.slots,
              state.runsOn(worker.ordinal),
              state.replicasOn(worker.ordinal),
              worker.heldBytes,
              worker.resources));
    }
    List<GraphStatus> graphList = new ArrayList<>();
    for (GraphEntry graph : graphs.values()) {
      GraphState of = graph.state;
      graphList.add(
          new GraphStatus(
              graph.opened.id(),
              graph.opened.name(),
              graph.client.name,
              of.size(),
              of.count(RowState.WAITING),
              of.count(RowState.READY) + of.count(RowState.AHEAD),
              of.count(RowState.MEMORY),
              of.count(RowState.ERRED),
              whyStuck(graph)));
    }
    message
        .replyTo()
        .tell(
            new ClusterStatus(
                ownAddress(),
                epoch,
                System.currentTimeMillis() - startedMillis,
                workerList,
                graphList,
                clients.size(),
                state.queued()));
    return this;
  }

  private String ownAddress() {
    Address address = context.getSystem().address();
    return address.getHost().map(host -> host + ":" + address.getPort().orElse(0)).orElse("local");
  }

  /** Why a graph does not go on; empty if a worker is busy with it or nothing is left to do. */
  private String whyStuck(GraphEntry graph) {
    int first = -1;
    for (int row = 0; row < graph.state.size(); row++) {
      if (graph.state.state(row) == RowState.READY) {
        if (state.processingOn(Task.of(graph.ordinal, row)) >= 0) {
          return "";
        }
        first = first < 0 ? row : first;
      }
    }
    return first < 0 ? "" : state.why(Task.of(graph.ordinal, first));
  }

  private Behavior<SchedulerMessage> onGetWhy(Handshake.GetWhy message) {
    message.replyTo().tell(new Handshake.Why(why(message)));
    return this;
  }

  private String why(Handshake.GetWhy message) {
    if (!message.graph().isEmpty()) {
      GraphEntry graph = graphsById.get(message.graph());
      return graph == null
          ? "The scheduler does not know graph ["
              + message.graph()
              + "]; it ended, or its client"
              + " closed."
          : why(graph, message.row());
    }
    for (GraphEntry graph : graphs.values()) {
      for (int row = 0; row < graph.rows.size(); row++) {
        if (!graph.rows.isDropped(row) && graph.rows.keyName(row).equals(message.key())) {
          return why(graph, row);
        }
      }
    }
    return "No live graph has a task ["
        + message.key()
        + "]; "
        + graphs.size()
        + " graphs are live. 'dagwright status' lists them.";
  }

  /** Follows a waiting task to the input that holds it up, and says why that one does not run. */
  private String why(GraphEntry graph, int row) {
    int at = row;
    int steps = 0;
    while (at < graph.state.size()
        && graph.state.state(at) == RowState.WAITING
        && !graph.rows.isExternal(at)) {
      Ints missing = graph.state.missingInputs(at);
      if (missing.isEmpty()) {
        break;
      }
      at = missing.get(0);
      steps++;
    }
    TaskFailure failure = graph.state.failure(at);
    if (failure != null) {
      return "Task [" + graph.rows.keyName(at) + "] failed: " + failure.message();
    }
    String reason = state.why(Task.of(graph.ordinal, at));
    return steps == 0
        ? reason
        : "Task ["
            + graph.rows.keyName(row)
            + "] waits, "
            + (steps == 1 ? "" : "through " + (steps - 1) + " others, ")
            + "for ["
            + graph.rows.keyName(at)
            + "]. "
            + reason;
  }
}

package io.dagwright.internal.actor;

import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.telemetry.StepLog;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.ProcessEnd;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.ToWorker;
import io.dagwright.internal.wire.WorkerId;
import io.dagwright.internal.wire.WorkerMessage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
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
 * peer, see {@link Turn}. This class has the workers' side; {@link Sessions} has the clients' and
 * {@link Graphs} that of the graphs, on this thread too. Supervision: a graph's actor that fails
 * takes its graph with it; if this actor fails its node gives up the role.
 */
public final class SchedulerActor extends AbstractBehavior<SchedulerMessage>
    implements SchedulerInstruction.Handler {

  private static final int REMOVED_NODES_MAX = 1024;
  private static final Duration TICK = Duration.ofMillis(250);

  /**
   * So long after its connection has ended a worker is lost, unless its supervisor has told how: it
   * takes an eighth of a second, more on a host that is busy. Without one there are only messages
   * on their way to wait for, such as that it leaves.
   */
  private static final Duration WATCHED_GRACE = Duration.ofSeconds(2);

  private static final Duration UNWATCHED_GRACE = Duration.ofMillis(300);

  /** Links of former workers that are remembered, to answer those that come back. */
  private static final int FORMER_WORKERS = 1024;

  /** Keys named when many are left behind. */
  private static final int NAMES_SHOWN = 5;

  private enum Flush implements SchedulerMessage {
    INSTANCE
  }

  /** Said before the workers of a cluster are ended on purpose: losing them is no news then. */
  public enum ClusterEnds implements SchedulerMessage {
    INSTANCE
  }

  private enum Tick implements SchedulerMessage {
    INSTANCE
  }

  /** A worker's socket ended and does not answer any more. */
  private record SocketGone(int worker) implements SchedulerMessage {}

  private final ActorContext<SchedulerMessage> context;
  private final SchedulerPorts ports;
  private final long epoch;
  private final long startedMillis;
  private final Numbers numbers;
  private final Turn turn;
  private final Graphs graphs;
  private final Copying copying;
  private final Sessions sessions;
  private final Dispatch dispatch;
  private final Answers answers;
  private final Map<Integer, WorkerPeer> workers = new TreeMap<>();
  private final LongMap<WorkerPeer> workersByLink = new LongMap<>();
  private final WorkerEnds ends = new WorkerEnds();
  private final Stories stories;
  private boolean clusterEnds;

  /** Nodes that left the cluster or were removed from it, whose workers may not have noticed. */
  private final Set<Address> removedNodes = new LinkedHashSet<>();

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
    this.numbers = new Numbers(nowMillis);
    SchedulerState state = new SchedulerState(ports.settings());
    this.turn = new Turn(state, () -> context.getSelf().tell(Flush.INSTANCE));
    StepLog steps = new StepLog(ports.storySteps());
    this.stories = new Stories(steps, ends);
    if (!steps.isOff()) {
      state.listen(steps);
    }
    this.graphs = new Graphs(context, ports.allowedFailures(), numbers, turn, workers, stories);
    this.copying = new Copying(numbers, turn, graphs, workers);
    this.sessions = new Sessions(context, ports, epoch, numbers, turn, graphs, copying);
    this.dispatch = new Dispatch(graphs, turn);
    this.answers = new Answers(state, workers, ends, sessions, graphs);
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
        .onMessage(Sessions.Decoded.class, this::onDecoded)
        .onMessage(Tick.class, message -> onTick())
        .onMessage(Handshake.RegisterWorker.class, this::onRegisterWorker)
        .onMessage(Handshake.RegisterClient.class, this::onRegisterClient)
        .onMessage(Handshake.WorkerExited.class, this::onWorkerExited)
        .onMessage(SocketGone.class, this::onSocketGone)
        .onMessage(ClusterEnds.class, message -> onClusterEnds())
        .onMessage(Handshake.GetStatus.class, this::onGetStatus)
        .onMessage(Handshake.GetWhy.class, this::onGetWhy)
        .onMessage(Handshake.GetStory.class, this::onGetStory)
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
    Address node = offer.worker().path().address();
    if (removedNodes.contains(node) && !ports.isMember().test(node)) {
      // It has not heard of it yet; given tasks, it would lose them at once. It asks again.
      context.getLog().debug("The node of worker [{}] was removed", offer.name());
      return this;
    }
    removedNodes.remove(node);
    for (WorkerPeer known : List.copyOf(workers.values())) {
      if (known.id.name().equals(offer.name())) {
        if (known.id.incarnation() == offer.incarnation()) {
          welcome(known); // It did not hear the first welcome.
          return this;
        }
        if (known.id.incarnation() > offer.incarnation()) {
          String why =
              "a newer worker has the name [" + offer.name() + "]; give each a name of its own";
          offer.worker().tell(new Handshake.WorkerRefused(offer.incarnation(), why));
          return this;
        }
        lose(known.ordinal, "replaced by a newer process of the same name", null);
      }
    }
    int ordinal = numbers.nextOrdinal();
    WorkerId id = new WorkerId(offer.name(), offer.incarnation());
    InetSocketAddress address = new InetSocketAddress(offer.data().host(), offer.data().port());
    ActorRef<SchedulerMessage> self = context.getSelf();
    DataClient.Watch watch = ports.data().watch(address, () -> self.tell(new SocketGone(ordinal)));
    PeerLink link = new PeerLink(numbers.nextLink(), frame -> offer.worker().tell(frame));
    WorkerPeer worker = new WorkerPeer(ordinal, id, offer, link, watch);
    workers.put(ordinal, worker);
    stories.onWorker(worker);
    workersByLink.put(link.number(), worker);
    context.watch(offer.worker());
    welcome(worker);
    introduce(worker);
    copying.introduceSources(worker);
    context
        .getLog()
        .info("Worker [{}] joined from [{}] with [{}] slots", id, offer.host(), offer.slots());
    turn.apply(
        new SchedulerEvent.WorkerJoined(
            ordinal, id, offer.host(), offer.slots(), worker.memoryBytes, worker.resources));
    return this;
  }

  private void welcome(WorkerPeer worker) {
    worker.ref.tell(
        new Handshake.WorkerWelcome(
            worker.ordinal,
            worker.id.incarnation(),
            worker.link.number(),
            epoch,
            ports.address(),
            context.getSelf()));
  }

  private void introduce(WorkerPeer worker) {
    turn.say(worker, new ToWorker.MeetPeer(ToWorker.SCHEDULER, 0, ports.address()));
    ToWorker arrival = meet(worker);
    for (WorkerPeer other : workers.values()) {
      if (other != worker) {
        turn.say(other, arrival);
        turn.say(worker, meet(other));
      }
    }
  }

  private static ToWorker meet(WorkerPeer worker) {
    return new ToWorker.MeetPeer(worker.ordinal, worker.id.incarnation(), worker.data);
  }

  private Behavior<SchedulerMessage> onRegisterClient(Handshake.RegisterClient offer) {
    sessions.open(offer);
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
    ClientPeer client = sessions.onLink(frame.link());
    if (client != null) {
      sessions.receive(client, frame);
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
      turn.apply(
          new SchedulerEvent.TasksFinished(
              from, m.tasks(), m.runs(), m.sizes(), m.nanos(), m.inline()));
    } else if (message instanceof ToScheduler.Erred m) {
      GraphEntry graph = graphs.get(Task.graph(m.task()));
      TaskFailure failure =
          graph == null ? m.failure() : m.failure().withKey(graph.rows.keyName(Task.row(m.task())));
      turn.apply(new SchedulerEvent.TaskErred(from, m.task(), m.run(), failure));
    } else if (message instanceof ToScheduler.Missing m) {
      turn.apply(
          new SchedulerEvent.InputsMissing(from, m.task(), m.run(), m.missing(), m.holders()));
    } else if (message instanceof ToScheduler.Replicas m) {
      turn.apply(new SchedulerEvent.ReplicasAdded(from, m.tasks()));
    } else if (message instanceof ToScheduler.NoReplicas m) {
      turn.apply(new SchedulerEvent.ReplicasNotAdded(from, m.tasks(), m.holders()));
    } else if (message instanceof ToScheduler.Blocked m) {
      turn.apply(
          m.blocked()
              ? new SchedulerEvent.TaskBlocked(from, m.task(), m.run())
              : new SchedulerEvent.TaskUnblocked(from, m.task(), m.run()));
    } else if (message instanceof ToScheduler.Inventory m) {
      turn.apply(new SchedulerEvent.WorkerInventory(from, quiet, m.tasks(), m.runs(), m.held()));
    } else if (message instanceof ToScheduler.Beat m) {
      worker.vitals.note(m.bytes(), m.figures(), System.nanoTime());
      turn.apply(new SchedulerEvent.WorkerBeat(from, quiet, m.runs(), m.replicas(), m.memory()));
    } else if (message instanceof ToScheduler.Noted m) {
      stories.onNoted(from, m, System.nanoTime());
    } else if (message instanceof ToScheduler.Memory m) {
      turn.apply(new SchedulerEvent.WorkerMemory(from, m.level()));
    } else if (message instanceof ToScheduler.Returned m) {
      turn.apply(new SchedulerEvent.RunsReturned(from, m.tasks(), m.runs()));
    } else {
      turn.apply(new SchedulerEvent.WorkerLeaving(from));
    }
  }

  private Behavior<SchedulerMessage> onDecoded(Sessions.Decoded decoded) {
    sessions.onDecoded(decoded);
    return this;
  }

  private Behavior<SchedulerMessage> onOutcome(TaskStateActor.Outcome outcome) {
    graphs.onOutcome(outcome);
    return this;
  }

  // ---- the machine
  // --------------------------------------------------------------------------------

  private Behavior<SchedulerMessage> onFlush() {
    turn.end(this);
    return this;
  }

  private Behavior<SchedulerMessage> onTick() {
    turn.apply(new SchedulerEvent.ClockTicked());
    workers.values().forEach(worker -> worker.link.tick());
    sessions.tick();
    graphs.tick();
    return this;
  }

  @Override
  public void onComputeTasks(SchedulerInstruction.ComputeTasks instruction) {
    WorkerPeer worker = workers.get(instruction.worker());
    if (worker != null) {
      dispatch.compute(worker, instruction);
    }
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
    WorkerPeer worker = workers.get(instruction.worker());
    if (worker != null) {
      worker.comparisons++;
    }
    context
        .getLog()
        .warn(
            "Worker [{}] and the scheduler disagree on what it runs and holds; comparing",
            worker == null ? instruction.worker() : worker.id);
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
  public void onReportLeftBehind(SchedulerInstruction.ReportLeftBehind instruction) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < Math.min(NAMES_SHOWN, instruction.tasks().size()); i++) {
      long task = instruction.tasks().get(i);
      GraphEntry graph = graphs.get(Task.graph(task));
      names.add(graph == null ? Task.show(task) : graph.rows.keyName(Task.row(task)));
    }
    WorkerPeer worker = workers.get(instruction.worker());
    context
        .getLog()
        .warn(
            "Worker [{}] leaves, and only it holds [{}] results of [{}] bytes, such as {}: nobody"
                + " managed to copy them within dagwright.scheduler.replicas.retire-within, or"
                + " nobody else is there. They are computed again when they are needed; scattered"
                + " values are lost",
            worker == null ? instruction.worker() : worker.id,
            instruction.tasks().size(),
            instruction.bytes(),
            names);
  }

  @Override
  public void onAnswerRequest(SchedulerInstruction.AnswerRequest instruction) {
    copying.answer(instruction);
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
    if (workers.values().stream().noneMatch(other -> other.data.equals(worker.data))) {
      ports.data().disconnect(new InetSocketAddress(worker.data.host(), worker.data.port()));
    } // else: its process lives on, with other workers.
    if (worker.letGo || clusterEnds) {
      context.getLog().info("Worker [{}] left", worker.id);
    } else {
      context.getLog().warn("Lost worker [{}]: {}", worker.id, instruction.reason());
      ends.note(worker.id.name(), instruction.reason(), "", System.nanoTime());
    }
  }

  private Behavior<SchedulerMessage> onClusterEnds() {
    clusterEnds = true;
    return this;
  }

  @Override
  public void onTellGraph(SchedulerInstruction.TellGraph instruction) {
    graphs.mail(instruction.graph(), instruction.event());
  }

  @Override
  public void onReportStall(SchedulerInstruction.ReportStall instruction) {
    context.getLog().warn("Stalled: {}", instruction.why());
  }

  private void send(int worker, ToWorker message) {
    WorkerPeer peer = workers.get(worker);
    if (peer != null) {
      turn.say(peer, message);
    }
  }

  // ---- losses
  // -------------------------------------------------------------------------------------

  private void lose(int worker, String exit, @Nullable Longs running) {
    turn.apply(new SchedulerEvent.WorkerLost(worker, exit, running));
    onFlush(); // What was said of the old life must not mix with a new one's.
  }

  private Behavior<SchedulerMessage> onWorkerExited(Handshake.WorkerExited message) {
    String why = "";
    for (WorkerPeer worker : List.copyOf(workers.values())) {
      if (worker.id.name().equals(message.name())
          && worker.id.incarnation() >= message.incarnation()
          && worker.id.incarnation() < message.incarnation() + Handshake.LIVES_OF_A_PROCESS) {
        if (message.known()) {
          why = answers.whyEnded(worker, message);
        }
        ports.down().accept(worker.ref.path().address());
        lose(worker.ordinal, message.exit(), message.known() ? Longs.of(message.tasks()) : null);
      }
    }
    if (message.known()) { // Also of one that never got so far that it joined.
      ends.note(message.name(), message.exit(), why, System.nanoTime());
    }
    return this;
  }

  private Behavior<SchedulerMessage> onSocketGone(SocketGone message) {
    // A supervisor says more, and is about as fast; let it speak first.
    WorkerPeer worker = workers.get(message.worker());
    if (worker != null) {
      context.scheduleOnce(
          worker.isWatched ? WATCHED_GRACE : UNWATCHED_GRACE,
          context.getSelf(),
          new Handshake.WorkerExited(
              worker.id.name(),
              worker.id.incarnation(),
              "its process is gone",
              new long[0],
              false,
              ProcessEnd.UNKNOWN));
    }
    return this;
  }

  private Behavior<SchedulerMessage> onTerminated(Terminated signal) {
    ActorPath gone = signal.getRef().path();
    for (WorkerPeer worker : List.copyOf(workers.values())) {
      if (worker.ref.path().equals(gone)) {
        removedNodes.add(gone.address());
        if (removedNodes.size() > REMOVED_NODES_MAX) {
          removedNodes.remove(removedNodes.iterator().next());
        }
        lose(worker.ordinal, "its node left or was removed from the cluster", null);
      }
    }
    sessions.onTerminated(gone);
    graphs.onTerminated(gone);
    return this;
  }

  private Behavior<SchedulerMessage> onPostStop() {
    workers.values().forEach(worker -> worker.watch.close());
    return this;
  }

  // ---- questions
  // ----------------------------------------------------------------------------------

  private Behavior<SchedulerMessage> onGetStatus(Handshake.GetStatus message) {
    long upMillis = System.currentTimeMillis() - startedMillis;
    message.replyTo().tell(answers.status(ownAddress(), epoch, upMillis));
    return this;
  }

  private String ownAddress() {
    Address address = context.getSystem().address();
    return address.getHost().map(host -> host + ":" + address.getPort().orElse(0)).orElse("local");
  }

  private Behavior<SchedulerMessage> onGetWhy(Handshake.GetWhy message) {
    message.replyTo().tell(new Handshake.Why(answers.why(message)));
    return this;
  }

  private Behavior<SchedulerMessage> onGetStory(Handshake.GetStory message) {
    long now = System.nanoTime();
    message
        .replyTo()
        .tell(stories.of(message.key(), graphs, workers, now, System.currentTimeMillis()));
    return this;
  }
}

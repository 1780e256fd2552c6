package io.dagwright.internal.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.dagwright.config.Settings;
import io.dagwright.error.DataTransferException;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.graph.Scheduler;
import io.dagwright.internal.actor.Handshake;
import io.dagwright.internal.actor.NodeServices;
import io.dagwright.internal.actor.SchedulerActor;
import io.dagwright.internal.actor.SchedulerPorts;
import io.dagwright.internal.actor.WorkerActor;
import io.dagwright.internal.actor.WorkerPorts;
import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.executor.SlotPool;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.supervisor.ExitReport;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.WorkerMessage;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.apache.pekko.cluster.typed.SingletonActor;
import org.apache.pekko.cluster.typed.Subscribe;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One actor system of Dagwright's own and what runs in it. Thread-safe; closing it leaves the
 * cluster and frees threads and sockets.
 */
public final class NodeSystem implements AutoCloseable {

  /** Name of every actor system we start; nodes with another cannot join. */
  public static final String NAME = "dagwright";

  static final String GATEWAY = "dagwright-gateway";
  private static final String SCHEDULER_ROLE = "scheduler";
  private static final String DISPATCHER = "dagwright.control-dispatcher";
  private static final Logger LOG = LoggerFactory.getLogger(NodeSystem.class);

  /** How a system is connected to others. */
  public enum Reach {
    /** To none: everything is in this JVM. */
    LOCAL("local"),
    /** It can be reached and reach others, without being a member of a cluster. */
    REMOTE("remote"),
    /** It is a member. */
    CLUSTER("cluster");

    private final String provider;

    Reach(String provider) {
      this.provider = provider;
    }
  }

  private static final int PORT_MAX = 65_535;

  private final ActorSystem<Void> system;
  private final Settings settings;
  private final NodeServices services;
  private final Reach reach;
  private @Nullable ClusterClient clientOfTasks;
  private final List<ActorRef<WorkerMessage>> workers = new ArrayList<>();
  private volatile boolean endsWithScheduler;
  private volatile boolean refused;
  private @Nullable ActorRef<SchedulerMessage> scheduler;
  private List<ActorRef<SchedulerMessage>> gateways = List.of();

  private NodeSystem(ActorSystem<Void> system, Settings settings, Choice choice, Reach reach) {
    this.system = system;
    this.settings = settings;
    this.reach = reach;
    this.services =
        new NodeServices(
            new InetSocketAddress(settings.host(), settings.dataPort()),
            MachineSettings.transfer(settings),
            choice,
            MachineSettings.code(settings),
            MachineSettings.memory(settings),
            settings.captureBytes());
  }

  /**
   * Starts an actor system.
   *
   * @param roles of a cluster member; empty otherwise
   * @param overrides settings that win over all others, by their paths
   */
  public static NodeSystem start(
      String profile, Reach reach, Set<String> roles, Map<String, ?> overrides) {
    return start(profile, reach, roles, Settings.overrides(overrides));
  }

  /**
   * Starts an actor system.
   *
   * @param roles of a cluster member; empty otherwise
   * @param overrides settings that win over all others
   */
  public static NodeSystem start(String profile, Reach reach, Set<String> roles, Config overrides) {
    Config ours =
        ConfigFactory.empty()
            .withValue("pekko.actor.provider", ConfigValueFactory.fromAnyRef(reach.provider))
            .withValue("pekko.cluster.roles", ConfigValueFactory.fromIterable(roles));
    Settings settings = Settings.load(profile, ours.withFallback(overrides));
    settings.port(); // Of all settings these fail least understandably later.
    settings.dataPort();
    Choice choice = MachineSettings.serializers(settings);
    ActorSystem<Void> system;
    try {
      system = ActorSystem.create(Behaviors.<Void>empty(), NAME, settings.config());
    } catch (RuntimeException e) {
      throw refused(e, settings);
    }
    try {
      return new NodeSystem(system, settings, choice, reach);
    } catch (DataTransferException e) {
      system.terminate();
      throw new InvalidConfigurationException(
          e.reason() == DataTransferException.Reason.UNSAFE_ADDRESS
              ? "dagwright.host"
              : "dagwright.data-port",
          String.valueOf(e.getMessage()),
          e);
    } catch (RuntimeException e) {
      system.terminate();
      throw e;
    }
  }

  /** Says which port cannot be had, if that is why nothing started. */
  private static RuntimeException refused(RuntimeException failure, Settings settings) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof UnresolvedAddressException || at instanceof UnknownHostException) {
        return new InvalidConfigurationException(
            "dagwright.host", "there is no host called [" + settings.host() + "]", failure);
      }
      if (String.valueOf(at.getMessage()).contains("BindException")
          || at instanceof BindException) {
        return new InvalidConfigurationException(
            "dagwright.port",
            "cannot listen at ["
                + settings.host()
                + ":"
                + settings.port()
                + "]; another process"
                + " may have the port, or the host is not this one. Choose others, or 0 for any"
                + " free port",
            failure);
      }
    }
    return failure;
  }

  public ActorSystem<Void> system() {
    return system;
  }

  public Settings settings() {
    return settings;
  }

  public NodeServices services() {
    return services;
  }

  /** Where this system's control messages arrive, {@code host:port}. */
  public String address() {
    Address address = reach == Reach.LOCAL ? system.address() : selfAddress();
    return address.host().isDefined() ? address.host().get() + ":" + address.port().get() : "local";
  }

  private Address selfAddress() {
    return Adapter.toClassic(system).provider().getDefaultAddress();
  }

  /** Starts the scheduler here, or makes this node a standby for it. */
  public void startScheduler() {
    SchedulerPorts ports =
        new SchedulerPorts(
            MachineSettings.scheduler(settings),
            settings.allowedFailures(),
            services.client(),
            services.address(),
            services.ingest(),
            settings.clientSilence().toNanos(),
            settings.storySteps(),
            this::isMember,
            this::down);
    Behavior<SchedulerMessage> behavior =
        Behaviors.setup(context -> SchedulerActor.create(ports, System.currentTimeMillis()));
    if (reach == Reach.LOCAL) {
      scheduler = spawn(behavior, "dagwright-scheduler");
    } else {
      scheduler = singleton(behavior);
      ActorRef<SchedulerMessage> to = scheduler;
      spawn(
          Behaviors.<SchedulerMessage>receiveMessage(
              message -> {
                to.tell(message);
                return Behaviors.same();
              }),
          GATEWAY);
    }
    services.takeExits(
        report -> {
          reportExit(ExitReport.of(report));
          return true;
        });
  }

  private ActorRef<SchedulerMessage> singleton(Behavior<SchedulerMessage> behavior) {
    return ClusterSingleton.get(system)
        .init(
            SingletonActor.of(behavior, "dagwright-scheduler")
                .withSettings(ClusterSingletonSettings.create(system).withRole(SCHEDULER_ROLE))
                .withProps(DispatcherSelector.fromConfig(DISPATCHER)));
  }

  /** Whether the node at this address is one of the cluster's now. */
  private boolean isMember(Address address) {
    if (reach != Reach.CLUSTER || !address.hasGlobalScope()) {
      return true;
    }
    for (Member member : Cluster.get(system).state().getMembers()) {
      boolean isThere =
          member.status() != MemberStatus.down() && member.status() != MemberStatus.removed();
      if (isThere && member.address().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /** A process is certainly dead: its node need not be suspected first. */
  private void down(Address address) {
    if (reach == Reach.CLUSTER && address.hasGlobalScope()) {
      Cluster.get(system).manager().tell(Down.apply(address));
    }
  }

  /** Joins the cluster: through these nodes, or founding it if there are none. */
  public void join(List<String> seeds) {
    List<Address> addresses = new ArrayList<>();
    for (String seed : seeds) {
      addresses.add(parse(seed));
    }
    if (addresses.isEmpty()) {
      addresses.add(selfAddress());
    }
    gateways = seeds.stream().map(this::gateway).toList();
    Cluster.get(system).manager().tell(new JoinSeedNodes(addresses));
  }

  /**
   * From now on this system ends when the last scheduler has left its cluster: a scheduler that is
   * started again founds a new one, which this member would never hear of.
   */
  public void endWithItsScheduler() {
    endsWithScheduler = true;
    Cluster cluster = Cluster.get(system);
    Behavior<ClusterEvent.MemberRemoved> watch =
        Behaviors.receiveMessage(
            removed -> {
              if (removed.member().hasRole(SCHEDULER_ROLE)
                  && !hasSchedulerBesides(removed.member(), cluster)) {
                system.terminate();
                return Behaviors.stopped();
              }
              return Behaviors.same();
            });
    ActorRef<ClusterEvent.MemberRemoved> watcher = spawn(watch, "scheduler-watch");
    cluster.subscriptions().tell(Subscribe.create(watcher, ClusterEvent.MemberRemoved.class));
  }

  /** The cluster's state may still have a member that was said to be removed. */
  private static boolean hasSchedulerBesides(Member gone, Cluster cluster) {
    for (Member member : cluster.state().getMembers()) {
      if (member.hasRole(SCHEDULER_ROLE) && !member.uniqueAddress().equals(gone.uniqueAddress())) {
        return true;
      }
    }
    return false;
  }

  private void onRefused() {
    if (endsWithScheduler) { // Otherwise it has more to do than to work.
      refused = true;
      system.terminate();
    }
  }

  /** Whether this ended because the scheduler does not want its workers. */
  public boolean isRefused() {
    return refused;
  }

  /**
   * Checks {@code host:port} without a system.
   *
   * @throws InvalidConfigurationException if it is something else
   */
  static void requireAddress(String hostAndPort) {
    parse(hostAndPort);
  }

  private static Address parse(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    try {
      String host = hostAndPort.substring(0, colon);
      int port = Integer.parseInt(hostAndPort.substring(colon + 1));
      if (host.isBlank() || port < 1 || port > PORT_MAX) {
        throw new IllegalArgumentException("host and port, from 1 to " + PORT_MAX);
      }
      return new Address("pekko", NAME, host, port);
    } catch (RuntimeException e) {
      throw InvalidConfigurationException.ofAddress(hostAndPort, e);
    }
  }

  /** Starts one worker in this JVM, which nobody watches but the scheduler. */
  public ActorRef<WorkerMessage> startWorker(
      String name, int slots, Map<String, Double> resources) {
    return startWorker(name, slots, resources, SlotFile.NONE, null);
  }

  /** Starts one worker in this JVM. */
  public ActorRef<WorkerMessage> startWorker(
      String name,
      int slots,
      Map<String, Double> resources,
      SlotFile slotFile,
      @Nullable Long incarnation) {
    long first = incarnation == null ? System.currentTimeMillis() << 16 : incarnation;
    AtomicLong next = new AtomicLong(first + ((long) workers.size() << 10));
    WorkerPorts ports =
        new WorkerPorts(
            name,
            settings.host(),
            MachineSettings.worker(settings, slots),
            settings.reportDelayNanos(),
            settings.blockedMax(),
            resources,
            registrar(),
            next::getAndIncrement,
            slotFile,
            classLoader(),
            this::graphsOfTasks,
            this::onRefused);
    if (reach == Reach.LOCAL) {
      services.allWorkersHave(ports.classLoader());
    }
    ActorRef<WorkerMessage> worker =
        spawn(WorkerActor.create(ports, services), "worker-" + workers.size());
    workers.add(worker);
    return worker;
  }

  /**
   * Where workers of this node register. Until the node is a full member its proxy does not find
   * the scheduler, which takes seconds; a gateway answers at once. Registering twice does no harm.
   */
  private ActorRef<SchedulerMessage> registrar() {
    ActorRef<SchedulerMessage> proxy = schedulerRef();
    List<ActorRef<SchedulerMessage>> others = List.copyOf(gateways);
    if (reach != Reach.CLUSTER || others.isEmpty()) {
      return proxy;
    }
    Cluster cluster = Cluster.get(system);
    return spawn(
        Behaviors.<SchedulerMessage>receiveMessage(
            message -> {
              proxy.tell(message);
              if (cluster.selfMember().status() != MemberStatus.up()) {
                others.forEach(gateway -> gateway.tell(message));
              }
              return Behaviors.same();
            }),
        "registrar-" + workers.size());
  }

  /** One client for all tasks of this JVM, made when the first of them computes a graph. */
  private Scheduler graphsOfTasks() {
    synchronized (workers) {
      if (clientOfTasks == null) {
        clientOfTasks = ClusterClient.on(this);
      }
      return clientOfTasks.scheduler();
    }
  }

  /** Runs the graphs of the task the calling thread runs; empty outside of tasks. */
  public static Optional<Scheduler> schedulerOfTask() {
    return Optional.ofNullable(SlotPool.schedulerOfTask()).map(Supplier::get);
  }

  private static ClassLoader classLoader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? NodeSystem.class.getClassLoader() : context;
  }

  /** The scheduler as this node reaches it. */
  public ActorRef<SchedulerMessage> schedulerRef() {
    if (scheduler == null) {
      // Only a proxy: this node has no role in which it could run the scheduler.
      scheduler = singleton(Behaviors.<SchedulerMessage>empty());
    }
    return scheduler;
  }

  /** The scheduler as a process that is no member reaches it. */
  public ActorRef<SchedulerMessage> gateway(String hostAndPort) {
    Address address = parse(hostAndPort);
    return ActorRefResolver.get(system).resolveActorRef(address + "/system/" + GATEWAY);
  }

  /** Starts an actor of ours. */
  public <M> ActorRef<M> spawn(Behavior<M> behavior, String name) {
    Props props = DispatcherSelector.fromConfig(DISPATCHER);
    return system.systemActorOf(behavior, name, props);
  }

  /** Asks the scheduler something. */
  public <R> CompletionStage<R> ask(
      ActorRef<SchedulerMessage> whom,
      org.apache.pekko.japi.function.Function<ActorRef<R>, SchedulerMessage> question,
      Duration timeout) {
    return AskPattern.ask(whom, question, timeout, system.scheduler());
  }

  /** Tells the scheduler how a worker's process has ended. */
  void reportExit(ExitReport report) {
    long[] tasks = report.running().stream().mapToLong(SlotFile.Line::task).toArray();
    schedulerRef()
        .tell(
            new Handshake.WorkerExited(
                report.worker(), report.incarnation(), report.exit(), tasks, true, report.end()));
  }

  /** Tells the scheduler that losing workers is no news from now on. */
  public void announceEnd() {
    schedulerRef().tell(SchedulerActor.ClusterEnds.INSTANCE);
  }

  /** Lets this JVM's workers leave once nothing of value is with them; returns when they have. */
  public void leave(Duration timeout) throws InterruptedException {
    workers.forEach(worker -> worker.tell(new WorkerActor.Leave()));
    long deadline = System.nanoTime() + timeout.toNanos();
    while (services.hasWorkers() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /**
   * Leaves the cluster, if there are others in it, and ends. Results that only workers of this node
   * hold are lost, and computed again elsewhere; {@link #leave} first avoids that.
   */
  @Override
  public void close() {
    workers.forEach(worker -> worker.tell(new WorkerActor.Stop()));
    if (reach == Reach.CLUSTER && isAmongOthers()) {
      CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.actorSystemTerminateReason());
      free();
    } else {
      terminate();
    }
  }

  /** Ends without a word to the others: for a cluster that ends as a whole. */
  public void terminate() {
    system.terminate();
    free();
  }

  /** Whether this has ended, for whatever reason. */
  public boolean isEnded() {
    return system.getWhenTerminated().toCompletableFuture().isDone();
  }

  /** Removes the files that hold results; for a process that is about to end. */
  void dropFiles() {
    services.dropFiles();
  }

  /** Waits until this has ended, for whatever reason. */
  public void awaitEnd() {
    system.getWhenTerminated().toCompletableFuture().join();
    closeWorkerLocals();
  }

  /** Closes what tasks made once per worker, as when this JVM is told to end. */
  void closeWorkerLocals() {
    services.closeWorkerLocals(settings.closeWithin());
  }

  private boolean isAmongOthers() {
    for (Member member : Cluster.get(system).state().getMembers()) {
      if (!member.uniqueAddress().equals(Cluster.get(system).selfMember().uniqueAddress())) {
        return true;
      }
    }
    return false;
  }

  private void free() {
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("The actor system did not end in time: {}", e.toString());
    }
    closeWorkerLocals();
    services.close();
  }
}

package io.dagwright.internal.node;

import com.typesafe.config.Config;
import io.dagwright.config.Settings;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.Scheduler;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.actor.ClientActor;
import io.dagwright.internal.actor.ClientPorts;
import io.dagwright.internal.actor.ClusterRun;
import io.dagwright.internal.actor.ClusterScheduler;
import io.dagwright.internal.actor.ClusterStatus.WorkerStatus;
import io.dagwright.internal.actor.Handshake;
import io.dagwright.internal.actor.SubmitterActor;
import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;
import io.dagwright.protocol.ClusterStatus;
import io.dagwright.protocol.GraphCommand;
import io.dagwright.protocol.Moved;
import io.dagwright.protocol.TaskStory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.jspecify.annotations.Nullable;

/** One client's session, on a system of its own or on another's. Thread-safe. */
public final class ClusterClient implements AutoCloseable {

  private static final long CALLBACK_IDLE_SECONDS = 5;
  private static final Map<String, Integer> ANY_FREE_PORTS =
      Map.of("dagwright.port", 0, "dagwright.data-port", 0);

  private final NodeSystem node;
  private final boolean ownsNode;
  private final ActorRef<SchedulerMessage> scheduler;
  private final ClusterScheduler graphs;
  private final Scatterings scatterings;
  private final Executor callbacks;

  private ClusterClient(NodeSystem node, boolean ownsNode, ActorRef<SchedulerMessage> scheduler) {
    this.node = node;
    this.ownsNode = ownsNode;
    this.scheduler = scheduler;
    AtomicInteger count = new AtomicInteger();
    // Never shut down: what hangs on futures runs even after close. Idle threads end by themselves.
    this.callbacks =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            CALLBACK_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "dagwright-client-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    String session = UUID.randomUUID().toString();
    CompletableFuture<Void> connected = new CompletableFuture<>();
    ClientPorts ports =
        new ClientPorts(
            "client@" + node.settings().host() + "/" + ProcessHandle.current().pid(),
            session,
            scheduler,
            callbacks,
            node.settings().schedulerSilence().toNanos());
    ActorRef<ClientMessage> actor =
        node.spawn(ClientActor.create(ports, node.services(), connected), "client-" + session);
    this.graphs = new ClusterScheduler(actor, node.services(), ports);
    this.scatterings = new Scatterings(graphs);
    await(connected);
  }

  /** A client of the scheduler this node reaches anyway. */
  public static ClusterClient on(NodeSystem node) {
    return new ClusterClient(node, false, node.schedulerRef());
  }

  /** A client of a scheduler elsewhere, {@code host:port}, on an actor system of its own. */
  public static ClusterClient connect(
      String hostAndPort, String profile, Map<String, ?> overrides) {
    return connect(hostAndPort, profile, Settings.overrides(overrides));
  }

  /** A client of a scheduler elsewhere, {@code host:port}, on an actor system of its own. */
  public static ClusterClient connect(String hostAndPort, String profile, Config overrides) {
    NodeSystem.requireAddress(hostAndPort);
    // What an environment or a file says of ports is meant for nodes.
    Config ours = overrides.withFallback(Settings.overrides(ANY_FREE_PORTS));
    NodeSystem node = NodeSystem.start(profile, NodeSystem.Reach.REMOTE, Set.of(), ours);
    try {
      return new ClusterClient(node, true, node.gateway(hostAndPort));
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
  }

  private void await(CompletableFuture<Void> connected) {
    Duration timeout = node.settings().connectTimeout();
    try {
      connected.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SchedulerLostException("the thread that connected was interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      graphs.close();
      throw SchedulerLostException.notFound(
          "No scheduler answered at ["
              + (scheduler.path().address().hasGlobalScope()
                  ? scheduler.path().address().host().get()
                      + ":"
                      + scheduler.path().address().port().get()
                  : node.address())
              + "] within "
              + timeout.toSeconds()
              + " s (dagwright.client.connect-timeout). Is it running, and reachable from ["
              + node.address()
              + "]?");
    }
  }

  public GraphRun start(TaskGraph graph, String name, ProgressListener progress) {
    return graphs.start(graph, name, progress);
  }

  public KeptGraph persist(TaskGraph graph, String name, ProgressListener progress) {
    return new KeptGraph(graphs.persist(graph, name, progress));
  }

  /**
   * Scatters values; {@code io.dagwright.ScatterOptions} says what the parameters mean.
   *
   * @param names what to call each value; an empty one gets a name
   */
  public List<KeptValue> scatter(
      List<String> names,
      List<? extends @Nullable Object> values,
      int copies,
      Set<String> workers,
      boolean byContent,
      boolean keptByClient) {
    return scatterings.scatter(
        names, values, new Scatterings.Spread(copies, workers, byContent, keptByClient));
  }

  /** So many workers are to hold each of these results. */
  public CompletableFuture<Moved> replicate(List<ResultRef> results, int copies) {
    return graphs.replicate(results, copies).thenApply(ClusterClient::moved);
  }

  /** Results, all if none are named, move from full to empty workers. */
  public CompletableFuture<Moved> rebalance(List<ResultRef> results) {
    return graphs.rebalance(results).thenApply(ClusterClient::moved);
  }

  private static Moved moved(ToClient.RequestDone done) {
    return new Moved(done.copies(), done.bytes(), done.left());
  }

  /** Runs graphs in this session. */
  public Scheduler scheduler() {
    return graphs;
  }

  /**
   * Starts an actor on a service's own system that other actors tell their graphs.
   *
   * @param host the service's system; the actor stays there
   */
  public ActorRef<GraphCommand> submitter(ActorSystem<?> host) {
    return host.systemActorOf(
        SubmitterActor.create(graphs, callbacks),
        "dagwright-submitter-" + UUID.randomUUID(),
        Props.empty());
  }

  /** What the scheduler sees now. */
  public CompletionStage<ClusterStatus> status() {
    CompletionStage<io.dagwright.internal.actor.ClusterStatus> answer =
        node.ask(scheduler, Handshake.GetStatus::new, node.settings().connectTimeout());
    return answer.thenApply(ClusterClient::published);
  }

  private static ClusterStatus published(io.dagwright.internal.actor.ClusterStatus status) {
    return new ClusterStatus(
        status.scheduler(),
        status.upMillis(),
        status.workers().stream().map(ClusterClient::published).toList(),
        status.graphs().stream()
            .map(
                of ->
                    new ClusterStatus.Graph(
                        of.id(),
                        of.name(),
                        of.client(),
                        of.total(),
                        of.waiting(),
                        of.ready(),
                        of.memory(),
                        of.erred(),
                        of.why()))
            .toList(),
        status.clients(),
        status.queued());
  }

  private static ClusterStatus.Worker published(WorkerStatus of) {
    WorkerBytes bytes = of.bytes();
    WorkerFigures figures = of.figures();
    return new ClusterStatus.Worker(
        of.name(),
        of.host(),
        of.slots(),
        of.runs(),
        figures.waiting(),
        of.results(),
        bytes.managed(),
        bytes.spilled(),
        bytes.unmanaged(),
        bytes.limit(),
        bytes.freeDisk(),
        bytes.pauses(),
        of.comparisons(),
        new ClusterStatus.Spills(
            figures.spills(), figures.spillBytes(), figures.reads(), figures.readBytes()),
        new ClusterStatus.Transfers(
            figures.sent(),
            figures.sentBytes(),
            figures.received(),
            figures.receivedBytes(),
            figures.retries(),
            figures.detours(),
            figures.relayed(),
            figures.busyAnswers(),
            figures.damaged()),
        ClusterStatus.Memory.valueOf(of.memory().name()),
        of.resources());
  }

  /** Why the first output of a graph is not there. */
  public CompletionStage<String> why(GraphRun run) {
    if (!(run instanceof ClusterRun of)) {
      throw new IllegalArgumentException("The future is of another runner than this client.");
    }
    return why(of.id().value(), of.rows().get(0), "");
  }

  public CompletionStage<String> why(String graph, int row, String key) {
    CompletionStage<Handshake.Why> answer =
        node.ask(
            scheduler,
            replyTo -> new Handshake.GetWhy(graph, row, key, replyTo),
            node.settings().connectTimeout());
    return answer.thenApply(Handshake.Why::sentence);
  }

  /** What happened to the tasks with this key. */
  public CompletionStage<TaskStory> story(String key) {
    CompletionStage<Handshake.Story> answer =
        node.ask(
            scheduler,
            replyTo -> new Handshake.GetStory(key, replyTo),
            node.settings().connectTimeout());
    return answer.thenApply(
        story ->
            new TaskStory(
                key,
                story.lines().stream().map(ClusterClient::published).toList(),
                story.dropped(),
                story.isKept()));
  }

  private static TaskStory.Step published(Handshake.StoryLine line) {
    return new TaskStory.Step(
        line.atMillis(),
        line.graph(),
        line.step().name(),
        line.step().words(),
        line.worker(),
        line.bytes(),
        line.why());
  }

  public NodeSystem node() {
    return node;
  }

  @Override
  public void close() {
    graphs.close();
    if (ownsNode) {
      node.close();
    }
  }
}

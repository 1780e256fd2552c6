package io.dagwright;

import io.dagwright.config.Settings;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.Optimizations;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.KeptGraph;
import io.dagwright.internal.node.Stages;
import io.dagwright.protocol.ClusterStatus;
import io.dagwright.protocol.GraphCommand;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The front door to a cluster: computes graphs there, keeps results there, and says what is going
 * on. Thread-safe.
 *
 * <p>Everything a client submitted belongs to its session: closing it cancels what runs and
 * releases what is kept. If the scheduler is gone, everything that has not ended fails with {@link
 * io.dagwright.error.SchedulerLostException} within seconds, and so does everything later.
 */
public final class Client implements GraphRunner {

  private static final Logger LOG = LoggerFactory.getLogger(Client.class);

  private final ClusterClient cluster;
  private final AtomicReference<@Nullable ActorSystem<?>> host = new AtomicReference<>();
  private final AtomicReference<@Nullable ActorRef<GraphCommand>> submitter =
      new AtomicReference<>();

  Client(ClusterClient cluster) {
    this.cluster = cluster;
  }

  /**
   * Connects to a scheduler.
   *
   * @param address {@code host:port} of the scheduler's control port
   * @throws io.dagwright.error.SchedulerLostException if no scheduler answers in time
   */
  public static Client connect(String address) {
    return connect(address, Map.of());
  }

  /**
   * Connects to a scheduler.
   *
   * @param settings of the configuration, by path, such as {@code dagwright.client.connect-timeout}
   * @throws io.dagwright.error.SchedulerLostException if no scheduler answers in time
   * @throws InvalidConfigurationException if the address or a setting cannot be used
   */
  public static Client connect(String address, Map<String, String> settings) {
    return new Client(ClusterClient.connect(address, "", settings));
  }

  /**
   * A client for a service that already runs Pekko: an actor system of ours beside the service's,
   * whose settings stay as they are. It finds the scheduler through {@code dagwright.seeds} of the
   * service's configuration, the first of them that answers, and ends with the service's system.
   * All other settings are those of {@code application.conf} and the environment.
   *
   * @param system the service's system: any provider, any settings
   */
  public static Client attach(ActorSystem<?> system) {
    List<String> seeds = Settings.of(system.settings().config()).seeds();
    if (seeds.isEmpty()) {
      throw new InvalidConfigurationException(
          "dagwright.seeds",
          "it is empty, so there is no scheduler to attach to. Name one as host:port there, in the"
              + " environment's DAGWRIGHT_SEEDS, or in the call",
          null);
    }
    for (String seed : seeds.subList(0, seeds.size() - 1)) {
      try {
        return attach(system, seed);
      } catch (SchedulerLostException e) {
        LOG.warn("Attaching to the next scheduler: {}", e.getMessage());
      }
    }
    return attach(system, seeds.get(seeds.size() - 1));
  }

  /**
   * A client for a service that already runs Pekko.
   *
   * @param system the service's system; classic ones through {@code Adapter.toTyped}
   * @param address {@code host:port} of the scheduler
   */
  public static Client attach(ActorSystem<?> system, String address) {
    Client client = connect(address);
    client.host.set(system);
    system.getWhenTerminated().thenRun(client::close);
    return client;
  }

  /** A client of an embedded cluster for a service that runs Pekko in the same JVM. */
  public static Client attach(ActorSystem<?> system, LocalCluster cluster) {
    Client client = cluster.client();
    client.host.set(system);
    system.getWhenTerminated().thenRun(client::close);
    return client;
  }

  /**
   * The actor, on the service's own system, that any of its actors may tell graphs. Each {@link
   * io.dagwright.protocol.SubmitGraph} is answered once.
   *
   * @throws IllegalStateException if this client was not attached to a service
   */
  public ActorRef<GraphCommand> submitter() {
    ActorSystem<?> system = host.get();
    if (system == null) {
      throw new IllegalStateException(
          "This client is not attached to an actor system: get it from Client.attach(system).");
    }
    synchronized (submitter) {
      ActorRef<GraphCommand> known = submitter.get();
      if (known == null) {
        known = cluster.submitter(system);
        submitter.set(known);
      }
      return known;
    }
  }

  @Override
  public GraphRun start(TaskGraph graph, ComputeOptions options) {
    return cluster.start(
        Optimizations.optimize(graph, options.graph()), nameOf(graph, options), options.progress());
  }

  private static String nameOf(TaskGraph graph, ComputeOptions options) {
    int[] outputs = graph.columns().outputs();
    if (!options.name().isEmpty()) {
      return options.name();
    }
    return outputs.length == 0 ? "empty" : graph.key(outputs[0]).toString();
  }

  /** Computes one task and keeps its result on the workers, for later graphs of any client. */
  public <T extends @Nullable Object> Persisted<T> persist(Lazy<T> lazy) {
    return persist(List.of(lazy)).get(0);
  }

  /** Computes several tasks in one graph and keeps their results on the workers. */
  public <T extends @Nullable Object> List<Persisted<T>> persist(
      Collection<? extends Lazy<? extends T>> lazies) {
    return persist(lazies, ComputeOptions.DEFAULT);
  }

  /** Computes several tasks in one graph and keeps their results on the workers. */
  public <T extends @Nullable Object> List<Persisted<T>> persist(
      Collection<? extends Lazy<? extends T>> lazies, ComputeOptions options) {
    TaskGraph graph = Optimizations.optimize(Lazy.graph(lazies), options.graph());
    KeptGraph run = cluster.persist(graph, nameOf(graph, options), options.progress());
    List<Persisted<T>> persisted = new ArrayList<>();
    for (int row : graph.columns().outputs()) {
      persisted.add(new PersistedResult<>(this, run, row, graph.key(row)));
    }
    return persisted;
  }

  /** Fetches results that are kept on the workers, as they come. */
  public <T extends @Nullable Object> CompletionStage<List<T>> gatherAsync(
      Collection<? extends Persisted<T>> persisted) {
    CompletionStage<List<T>> all = CompletableFuture.completedStage(new ArrayList<>());
    List<CompletionStage<T>> stages = new ArrayList<>(persisted.size());
    persisted.forEach(each -> stages.add(each.toCompletionStage())); // They all begin now.
    for (CompletionStage<T> stage : stages) {
      all =
          all.thenCombine(
              stage,
              (results, result) -> {
                results.add(result);
                return results;
              });
    }
    return RunFuture.mapped(all, Collections::unmodifiableList);
  }

  /** Fetches results that are kept on the workers, waiting for those that are not there yet. */
  public <T extends @Nullable Object> List<T> gather(Collection<? extends Persisted<T>> persisted) {
    persisted.forEach(
        each -> each.toCompletionStage()); // All transfers begin before the first wait.
    List<T> results = new ArrayList<>(persisted.size());
    for (Persisted<T> each : persisted) {
      results.add(each.join());
    }
    return results;
  }

  /**
   * Why a task does not run, in one sentence.
   *
   * @param future what this client's {@code submit} or {@code persist} gave
   */
  public CompletionStage<String> whyAsync(TaskFuture<?> future) {
    if (future instanceof PersistedResult<?> persisted) {
      return cluster.why(persisted.graph(), persisted.row(), "");
    }
    return cluster.why(((RunFuture<?>) future).run());
  }

  /** Why a task of any live graph does not run, in one sentence; by the task's key. */
  public CompletionStage<String> whyAsync(String key) {
    return cluster.why("", -1, key);
  }

  /**
   * Why a task does not run, in one sentence.
   *
   * @param future what this client's {@code submit} or {@code persist} gave
   */
  public String why(TaskFuture<?> future) {
    return Stages.join(whyAsync(future), "Client.why", "whyAsync");
  }

  /**
   * Why a task of any live graph does not run, in one sentence; or how the last process of a worker
   * ended, with what it said last.
   *
   * @param key of the task, or name of the worker
   */
  public String why(String key) {
    return Stages.join(whyAsync(key), "Client.why", "whyAsync");
  }

  /** What the scheduler sees now: workers, graphs, and why one of them does not go on. */
  public CompletionStage<ClusterStatus> statusAsync() {
    return cluster.status();
  }

  /** What the scheduler sees now: workers, graphs, and why one of them does not go on. */
  public ClusterStatus status() {
    return Stages.join(statusAsync(), "Client.status", "statusAsync");
  }

  @Override
  public void close() {
    cluster.close();
  }

  @Override
  public String toString() {
    return "Client[" + cluster.node().address() + "]";
  }
}

package io.dagwright;

import io.dagwright.config.Settings;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.Optimizations;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.KeptGraph;
import io.dagwright.internal.node.Stages;
import io.dagwright.protocol.ClusterStatus;
import io.dagwright.protocol.GraphCommand;
import io.dagwright.protocol.Moved;
import io.dagwright.protocol.TaskStory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

  /**
   * Brings a value to a worker and keeps it there, for graphs of any client: from this process
   * straight to the worker. Waits until it is there.
   *
   * <p>The value is encoded by the calling thread; what is done to it later does not matter. It is
   * held by one worker, and cannot be computed again: if that worker is lost, whatever needs the
   * value fails with {@link io.dagwright.error.ScatteredValueLostException}. {@link ScatterOptions}
   * has ways to make it survive.
   *
   * @throws io.dagwright.error.NotSerializableTaskException if the value will not encode
   * @throws io.dagwright.error.ScatteredValueLostException if no worker can fetch it from here
   */
  public <T extends @Nullable Object> Persisted<T> scatter(T value) {
    return scatter(value, ScatterOptions.DEFAULT);
  }

  /** As {@link #scatter(Object)}, on as many workers and on those that the options say. */
  public <T extends @Nullable Object> Persisted<T> scatter(T value, ScatterOptions options) {
    return scatterAll(Collections.singletonList(value), options).get(0);
  }

  /** As {@link #scatter(Object, ScatterOptions)}; completes when the value is there. */
  @SuppressWarnings("FutureReturnValueIgnored") // A persisted value is no future to wait for.
  public <T extends @Nullable Object> CompletionStage<Persisted<T>> scatterAsync(
      T value, ScatterOptions options) {
    return RunFuture.mapped(
        this.<T>scatterAllAsync(Collections.singletonList(value), options), all -> all.get(0));
  }

  /**
   * As {@link #scatter(Object, ScatterOptions)}, several values, spread over the workers by their
   * bytes and the workers' slots.
   */
  public <T extends @Nullable Object> List<Persisted<T>> scatterAll(
      Collection<? extends T> values, ScatterOptions options) {
    return Stages.await(
        this.<T>scatterAllAsync(values, options), "Client.scatterAll", "scatterAllAsync");
  }

  /** As {@link #scatterAll(Collection, ScatterOptions)}; completes when all values are there. */
  public <T extends @Nullable Object> CompletionStage<List<Persisted<T>>> scatterAllAsync(
      Collection<? extends T> values, ScatterOptions options) {
    return scatterNamed(Collections.nCopies(values.size(), ""), values, options);
  }

  /**
   * As {@link #scatterAll(Collection, ScatterOptions)}; the values' keys begin with their names.
   */
  public <T extends @Nullable Object> Map<String, Persisted<T>> scatterAll(
      Map<String, ? extends T> values, ScatterOptions options) {
    return Stages.await(
        this.<T>scatterAllAsync(values, options), "Client.scatterAll", "scatterAllAsync");
  }

  /** As {@link #scatterAll(Map, ScatterOptions)}; completes when all values are there. */
  public <T extends @Nullable Object> CompletionStage<Map<String, Persisted<T>>> scatterAllAsync(
      Map<String, ? extends T> values, ScatterOptions options) {
    Map<String, T> copy = new LinkedHashMap<>(values);
    List<String> names = List.copyOf(copy.keySet());
    return RunFuture.mapped(
        this.<T>scatterNamed(names, copy.values(), options),
        all -> {
          Map<String, Persisted<T>> named = new LinkedHashMap<>();
          for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), all.get(i));
          }
          return Collections.unmodifiableMap(named);
        });
  }

  private <T extends @Nullable Object> CompletionStage<List<Persisted<T>>> scatterNamed(
      List<String> names, Collection<? extends T> values, ScatterOptions options) {
    List<Persisted<T>> scattered = new ArrayList<>(names.size());
    cluster
        .scatter(
            names,
            new ArrayList<>(values),
            options.replicas(),
            options.workers(),
            options.byContent(),
            options.keptByClient())
        .forEach(value -> scattered.add(new PersistedResult<>(this, value)));
    return RunFuture.mapped(allReady(scattered), nothing -> List.copyOf(scattered));
  }

  private static CompletionStage<@Nullable Void> allReady(
      Collection<? extends Persisted<?>> results) {
    return CompletableFuture.allOf(
        results.stream()
            .map(each -> each.readyAsync().toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Copies results to more workers, and keeps it so: if one of these workers is lost and another is
   * there, the result is copied again. Waits for the results, and for the copies.
   *
   * <p>Each copy is where the next may come from, so many copies take little longer than a few.
   *
   * @param replicas workers that are to hold each result, 1 or more; {@link Integer#MAX_VALUE}
   *     means all
   * @return what was copied; results for which there are too few workers are left
   */
  public Moved replicate(Collection<? extends Persisted<?>> results, int replicas) {
    return Stages.await(replicateAsync(results, replicas), "Client.replicate", "replicateAsync");
  }

  /** As {@link #replicate}; completes when the copies are there. */
  public CompletionStage<Moved> replicateAsync(
      Collection<? extends Persisted<?>> results, int replicas) {
    if (replicas < 1) {
      throw new IllegalArgumentException("replicas must be 1 or more, not " + replicas);
    }
    List<ResultRef> refs = refs(results);
    return RunFuture.flat(allReady(results), nothing -> cluster.replicate(refs, replicas));
  }

  /**
   * Moves results of all clients from workers that hold much to workers that hold little, until
   * they differ by less than {@code dagwright.scheduler.replicas.balance-gap}, as far as whole
   * results allow. Nothing is computed again: a result is dropped only when its copy is there.
   * Waits for the copies.
   */
  public Moved rebalance() {
    return Stages.await(rebalanceAsync(), "Client.rebalance", "rebalanceAsync");
  }

  /** As {@link #rebalance()}; completes when the results have moved. */
  public CompletionStage<Moved> rebalanceAsync() {
    return cluster.rebalance(List.of());
  }

  /** As {@link #rebalance()}, of these results only; waits for them first. */
  public Moved rebalance(Collection<? extends Persisted<?>> results) {
    return Stages.await(rebalanceAsync(results), "Client.rebalance", "rebalanceAsync");
  }

  /** As {@link #rebalance(Collection)}; completes when the results have moved. */
  public CompletionStage<Moved> rebalanceAsync(Collection<? extends Persisted<?>> results) {
    List<ResultRef> refs = refs(results);
    return refs.isEmpty()
        ? CompletableFuture.completedStage(new Moved(0, 0, 0))
        : RunFuture.flat(allReady(results), nothing -> cluster.rebalance(refs));
  }

  private static List<ResultRef> refs(Collection<? extends Persisted<?>> results) {
    return results.stream().map(each -> ((PersistedResult<?>) each).ref()).toList();
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
    String ended = ended(future);
    if (!ended.isEmpty()) {
      return CompletableFuture.completedStage(ended);
    }
    if (future instanceof PersistedResult<?> persisted) {
      return cluster.why(persisted.graph(), persisted.row(), "");
    }
    return cluster.why(((RunFuture<?>) future).run());
  }

  /** What is known here of a task that has ended, which the scheduler may have forgotten. */
  private static String ended(TaskFuture<?> future) {
    CompletableFuture<?> here =
        future instanceof PersistedResult<?> persisted
            ? persisted.readyAsync().toCompletableFuture()
            : future.toCompletionStage().toCompletableFuture();
    if (!here.isDone()) {
      return "";
    }
    try {
      here.join();
    } catch (CompletionException | CancellationException e) {
      Throwable failure = e.getCause() == null ? e : e.getCause();
      return "Task [" + future.key() + "] failed: " + failure.getMessage();
    }
    return future instanceof PersistedResult<?>
        ? ""
        : "Task [" + future.key() + "] has run; its result is here.";
  }

  /** As {@link #why(String)}. */
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
   * Why a task of any live graph does not run, in one sentence; or why a worker is paused or slow,
   * with what would help, and how its last process ended, with what it said last.
   *
   * @param key of the task, or name of the worker
   */
  public String why(String key) {
    return Stages.join(whyAsync(key), "Client.why", "whyAsync");
  }

  /** As {@link #story}. */
  public CompletionStage<TaskStory> storyAsync(String key) {
    return cluster.story(key);
  }

  /**
   * What happened to the tasks with a key: when, on which worker, and why. The scheduler remembers
   * the last {@code dagwright.scheduler.story-steps} steps of all tasks.
   */
  public TaskStory story(String key) {
    return Stages.join(storyAsync(key), "Client.story", "storyAsync");
  }

  /** What the scheduler sees now: workers, graphs, and why one of them does not go on. */
  public CompletionStage<ClusterStatus> statusAsync() {
    return cluster.status();
  }

  /** What the scheduler sees now: workers, graphs, and why one of them does not go on. */
  public ClusterStatus status() {
    return Stages.join(statusAsync(), "Client.status", "statusAsync");
  }

  /** The figures of {@link #statusAsync} under the names of metrics. */
  public CompletionStage<ClusterMetrics> metricsAsync() {
    return statusAsync().thenApply(ClusterMetrics::of);
  }

  /** The figures of {@link #status} under the names of metrics. */
  public ClusterMetrics metrics() {
    return Stages.join(metricsAsync(), "Client.metrics", "metricsAsync");
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

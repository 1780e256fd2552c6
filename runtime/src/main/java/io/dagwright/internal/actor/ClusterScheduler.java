package io.dagwright.internal.actor;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.graph.GraphId;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.Scheduler;
import io.dagwright.graph.TaskGraph;
import io.dagwright.graph.TaskKey;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.ToClient;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Runs graphs on a cluster, through one client's session. Thread-safe. */
public final class ClusterScheduler implements Scheduler {

  private final ActorRef<ClientMessage> actor;
  private final NodeServices services;
  private final String session;
  private final Executor callbacks;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Session runs;
  private final ShippedCode code;
  private volatile boolean closed;

  public ClusterScheduler(ActorRef<ClientMessage> actor, NodeServices services, ClientPorts ports) {
    this.actor = actor;
    this.services = services;
    this.session = ports.session();
    this.callbacks = ports.callbacks();
    this.runs = ports.runs();
    this.code =
        new ShippedCode(
            services, session, message -> actor.tell(new ClientActor.SendToScheduler(message)));
  }

  @Override
  public ClusterRun start(TaskGraph graph, String name, ProgressListener progress) {
    return start(graph, name, progress, true);
  }

  /**
   * Starts a graph whose results stay on the workers until they are released.
   *
   * @throws io.dagwright.error.NotSerializableTaskException if something in it will not serialize
   */
  public ClusterRun persist(TaskGraph graph, String name, ProgressListener progress) {
    return start(graph, name, progress, false);
  }

  private ClusterRun start(
      TaskGraph graph, String name, ProgressListener progress, boolean gathers) {
    if (closed) {
      throw new IllegalStateException(
          "Graph [" + name + "] was not started: this client is closed. Connect a new one.");
    }
    int number = numbers.incrementAndGet();
    GraphId id = new GraphId(session + "-" + number);
    ClusterRun run =
        new ClusterRun(
            number, id, name, graph, gathers, progress, actor, services.values(), callbacks);
    if (graph.columns().outputs().length == 0 && gathers && graph.size() == 0) {
      return run;
    }
    FromClient.OpenGraph open =
        new FromClient.OpenGraph(number, id.value(), name, graph.size(), gathers, false, gathers);
    runs.add(run);
    actor.tell(new ClientActor.OpenRun(run));
    try {
      GraphEncoder encoder = new GraphEncoder(services, code, graph, open);
      encoder.encode(message -> actor.tell(new ClientActor.SendToScheduler(message)));
      run.findClassesLike(encoder.classes());
      run.keep(encoder.kept());
    } catch (RuntimeException e) {
      run.cancel("it could not be encoded");
      actor.tell(
          new ClientActor.SendToScheduler(MessageCodec.encode(new FromClient.SealGraph(number))));
      throw e;
    }
    return run;
  }

  /** Encodes a value to scatter, on the calling thread. */
  public EncodedValue encode(@Nullable Object value) {
    return new EncodedValue(value, services);
  }

  /**
   * Brings values to workers; the result's outputs are the values, in their order.
   *
   * @param keys of the values, each once
   * @param copies workers that are to have each; {@link Integer#MAX_VALUE} means all
   * @param workers names or hosts of those that may have them; all may if it is empty
   * @param keptByClient whether this client keeps them, to bring them again when they are lost
   */
  public ClusterRun scatter(
      List<TaskKey> keys,
      List<EncodedValue> values,
      int copies,
      Set<String> workers,
      boolean keptByClient) {
    String name = "scatter " + keys.get(0) + (keys.size() == 1 ? "" : " and " + (keys.size() - 1));
    requireOpen(name);
    int number = numbers.incrementAndGet();
    GraphId id = new GraphId(session + "-" + number);
    TaskGraph graph = ScatteredGraph.of(keys);
    ClusterRun run =
        new ClusterRun(
            number,
            id,
            name,
            graph,
            false,
            ProgressListener.NONE,
            actor,
            services.values(),
            callbacks);
    values.forEach(value -> code.ship(value.code));
    runs.add(run);
    List<byte[]> bytes = values.stream().map(value -> value.bytes).toList();
    Scatter.Spread spread = new Scatter.Spread(copies, workers, keptByClient);
    actor.tell(new ClientActor.OpenScatter(run, new Scatter(bytes, spread)));
    ScatteredGraph.encode(
        graph,
        new FromClient.OpenGraph(number, id.value(), name, graph.size(), false, false, false),
        message -> actor.tell(new ClientActor.SendToScheduler(message)));
    values.forEach(value -> run.findClassesLike(value.code.classes()));
    return run;
  }

  /** So many workers are to hold each of these results; completes when that is so, or cannot be. */
  public CompletableFuture<ToClient.RequestDone> replicate(List<ResultRef> results, int copies) {
    CompletableFuture<ToClient.RequestDone> done = new CompletableFuture<>();
    requireOpen("replicate");
    actor.tell(new ClientActor.CopyResults(List.copyOf(results), copies, done));
    return done;
  }

  /** Results, all if none are named, move from full to empty workers; completes when they have. */
  public CompletableFuture<ToClient.RequestDone> rebalance(List<ResultRef> results) {
    CompletableFuture<ToClient.RequestDone> done = new CompletableFuture<>();
    requireOpen("rebalance");
    actor.tell(new ClientActor.BalanceResults(List.copyOf(results), done));
    return done;
  }

  private void requireOpen(String what) {
    if (closed) {
      throw new IllegalStateException(
          "[" + what + "] was not started: this client is closed. Connect a new one.");
    }
  }

  @Override
  public void close() {
    closed = true;
    runs.end(graph -> new GraphCancelledException(graph, "its client was closed"));
    code.close();
    actor.tell(new ClientActor.Close());
  }
}

package io.dagwright.internal.actor;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.graph.GraphId;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.Scheduler;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.FromClient;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;

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

  @Override
  public void close() {
    closed = true;
    runs.end(new GraphCancelledException("all", "their client was closed"));
    code.close();
    actor.tell(new ClientActor.Close());
  }
}

package io.dagwright.internal.actor;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.DataTransferException;
import io.dagwright.error.GraphBrokenException;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.graph.ResultRef;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.transfer.FetchReceiver;
import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.ToClient;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
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
 * One client's session with the scheduler: sends its graphs, learns where results are, fetches what
 * is waited for.
 *
 * <p>Protocol: registers until welcomed; then everything travels on the session's link. If the
 * scheduler is gone, every run that has not ended fails, and so does every later one. Supervision:
 * none; if it fails its runs fail.
 */
public final class ClientActor extends AbstractBehavior<ClientMessage> {

  private static final Duration TICK = Duration.ofMillis(250);

  /** Chunks under way to the scheduler; what is beyond waits here. */
  private static final int WINDOW = 32;

  private static final Duration FETCH_AGAIN = Duration.ofMillis(300);
  private static final int MOST_FETCHES = 20;

  /** A worker that is busy sending is asked again after so long, as often as it is. */
  private static final Duration FETCH_PUT_OFF = Duration.ofSeconds(1);

  private enum Tick implements ClientMessage {
    INSTANCE
  }

  /** A run of this client begins; its messages follow. */
  record OpenRun(ClusterRun run) implements ClientMessage {}

  /** A run begins whose results are values of this client; its messages follow. */
  record OpenScatter(ClusterRun run, Scatter scatter) implements ClientMessage {}

  /** A user wants results to have more copies. */
  record CopyResults(
      List<ResultRef> results, int copies, CompletableFuture<ToClient.RequestDone> done)
      implements ClientMessage {}

  /** A user wants workers to hold the same. */
  record BalanceResults(List<ResultRef> results, CompletableFuture<ToClient.RequestDone> done)
      implements ClientMessage {}

  /** One encoded message of a run. */
  record SendToScheduler(byte[] message) implements ClientMessage {}

  /** A user waits for an output. */
  record FetchOutput(ClusterRun run, int row) implements ClientMessage {}

  /** A user lets go of outputs. */
  record ReleaseOutputs(ClusterRun run, Ints rows) implements ClientMessage {}

  /** A user cancels a run. */
  record CancelRun(ClusterRun run, String reason) implements ClientMessage {}

  /** Ends the session. */
  public record Close() implements ClientMessage {}

  private record FetchFailed(ClusterRun run, int row, String reason) implements ClientMessage {}

  /** A worker has too much to send at the moment. */
  private record FetchPutOff(ClusterRun run, int row) implements ClientMessage {}

  private record FetchAgain(ClusterRun run, int row) implements ClientMessage {}

  private record RunArrived(ClusterRun run) implements ClientMessage {}

  private record SocketGone() implements ClientMessage {}

  private final ActorContext<ClientMessage> context;
  private final ClientPorts ports;
  private final NodeServices services;
  private final CompletableFuture<Void> connected;
  private final Map<Integer, ClusterRun> runs = new LinkedHashMap<>();
  private final Map<Integer, ToClient.GraphProgress> progress = new HashMap<>();
  private final Queue<byte[]> outgoing = new ArrayDeque<>();
  private final Map<Integer, Scatter> scatters = new HashMap<>();
  private final ScatterSource source;
  private final Map<Long, CompletableFuture<ToClient.RequestDone>> asked = new LinkedHashMap<>();
  private long lastRequest;
  private @Nullable PeerLink link;
  private DataClient.@Nullable Watch watch;
  private long lastHeardNanos;
  private @Nullable DagwrightException gone;

  private ClientActor(
      ActorContext<ClientMessage> context,
      TimerScheduler<ClientMessage> timers,
      ClientPorts ports,
      NodeServices services,
      CompletableFuture<Void> connected) {
    super(context);
    this.context = context;
    this.ports = ports;
    this.services = services;
    this.connected = connected;
    this.source = new ScatterSource(services);
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
    register();
  }

  /**
   * The behavior.
   *
   * @param connected completes once the scheduler has answered
   */
  public static Behavior<ClientMessage> create(
      ClientPorts ports, NodeServices services, CompletableFuture<Void> connected) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new ClientActor(context, timers, ports, services, connected)));
  }

  @Override
  public Receive<ClientMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(Frame.class, this::onFrame)
        .onMessage(OpenRun.class, this::onOpenRun)
        .onMessage(OpenScatter.class, this::onOpenScatter)
        .onMessage(CopyResults.class, this::onCopyResults)
        .onMessage(BalanceResults.class, this::onBalanceResults)
        .onMessage(SendToScheduler.class, message -> send(message.message()))
        .onMessage(FetchOutput.class, this::onFetchOutput)
        .onMessage(FetchFailed.class, this::onFetchFailed)
        .onMessage(FetchPutOff.class, this::onFetchPutOff)
        .onMessage(FetchAgain.class, message -> fetch(message.run(), Ints.of(message.row())))
        .onMessage(RunArrived.class, this::onRunArrived)
        .onMessage(ReleaseOutputs.class, this::onReleaseOutputs)
        .onMessage(CancelRun.class, this::onCancelRun)
        .onMessage(Tick.class, message -> onTick())
        .onMessage(Handshake.ClientWelcome.class, this::onWelcome)
        .onMessage(Handshake.ClientRefused.class, this::onRefused)
        .onMessage(SocketGone.class, message -> onSocketGone())
        .onMessage(Close.class, message -> onClose())
        .onSignal(Terminated.class, signal -> onSchedulerTerminated())
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  // ---- the session
  // ----------------------------------------------------------------------------------

  private void register() {
    ports
        .gateway()
        .tell(
            new Handshake.RegisterClient(
                Handshake.PROTOCOL, ports.session(), ports.name(), context.getSelf()));
  }

  private Behavior<ClientMessage> onWelcome(Handshake.ClientWelcome welcome) {
    if (link != null || !welcome.session().equals(ports.session())) {
      return this;
    }
    ActorRef<io.dagwright.internal.wire.SchedulerMessage> scheduler = welcome.scheduler();
    link = new PeerLink(welcome.link(), scheduler::tell);
    lastHeardNanos = System.nanoTime();
    ActorRef<ClientMessage> self = context.getSelf();
    watch =
        services
            .client()
            .watch(
                new InetSocketAddress(welcome.data().host(), welcome.data().port()),
                () -> self.tell(new SocketGone()));
    if (!scheduler.path().address().hasGlobalScope()) {
      context.watch(scheduler); // In this JVM there is no socket that would end with it.
    }
    connected.complete(null);
    pump();
    return this;
  }

  private Behavior<ClientMessage> onRefused(Handshake.ClientRefused refused) {
    if (refused.session().equals(ports.session())) {
      lose("it refused this client: " + refused.why());
    }
    return this;
  }

  private Behavior<ClientMessage> onSchedulerTerminated() {
    lose("it stopped; the log of its process says why");
    return this;
  }

  private Behavior<ClientMessage> onSocketGone() {
    lose("its process is gone");
    return this;
  }

  private void lose(String why) {
    if (gone == null) {
      gone = new SchedulerLostException(why);
      DagwrightException failure = gone;
      connected.completeExceptionally(failure);
      ports.runs().end(graph -> failure);
      runs.clear();
      scatters.clear();
      source.close();
      asked.values().forEach(done -> done.completeExceptionally(failure));
      asked.clear();
      outgoing.clear();
    }
  }

  private Behavior<ClientMessage> onTick() {
    if (gone != null) {
      return this;
    }
    if (link == null) {
      register();
      return this;
    }
    if (System.nanoTime() - lastHeardNanos > ports.silenceNanos()) {
      lose("it was silent for " + ports.silenceNanos() / 1_000_000_000L + " s");
      return this;
    }
    link.tick();
    if (link.unacked() == 0) {
      link.send(MessageCodec.encode(new FromClient.ClientBeat()));
      link.flush();
    }
    return this;
  }

  private Behavior<ClientMessage> send(byte[] message) {
    if (gone == null) {
      outgoing.add(message); // As much as the user has submitted and the scheduler not yet taken.
      pump();
    }
    return this;
  }

  private void pump() {
    while (link != null && link.unacked() < WINDOW && !outgoing.isEmpty()) {
      link.send(outgoing.remove());
    }
    if (link != null) {
      link.flush();
    }
  }

  private Behavior<ClientMessage> onClose() {
    if (link != null && gone == null) {
      link.send(MessageCodec.encode(new FromClient.CloseSession()));
      link.flush();
    }
    return Behaviors.stopped();
  }

  private Behavior<ClientMessage> onPostStop() {
    lose("this client was closed");
    if (watch != null) {
      watch.close();
    }
    return this;
  }

  // ---- runs
  // -----------------------------------------------------------------------------------------

  private Behavior<ClientMessage> onOpenRun(OpenRun message) {
    if (gone != null) {
      message.run().fail(gone);
      ports.runs().remove(message.run());
    } else {
      runs.put(message.run().number(), message.run());
    }
    return this;
  }

  private Behavior<ClientMessage> onOpenScatter(OpenScatter message) {
    onOpenRun(new OpenRun(message.run()));
    if (gone == null) {
      scatters.put(message.run().number(), message.scatter());
    }
    return this;
  }

  private Behavior<ClientMessage> onCopyResults(CopyResults message) {
    long request = ask(message.done());
    return send(
        MessageCodec.encode(
            new FromClient.CopyResults(request, message.copies(), message.results())));
  }

  private Behavior<ClientMessage> onBalanceResults(BalanceResults message) {
    long request = ask(message.done());
    return send(MessageCodec.encode(new FromClient.BalanceResults(request, message.results())));
  }

  private long ask(CompletableFuture<ToClient.RequestDone> done) {
    lastRequest++;
    if (gone != null) {
      done.completeExceptionally(gone);
    } else {
      asked.put(lastRequest, done);
    }
    return lastRequest;
  }

  private Behavior<ClientMessage> onFrame(Frame<?> any) {
    @SuppressWarnings("unchecked") // All frames between our actors carry chunks.
    Frame<Chunk> frame = (Frame<Chunk>) any;
    if (link == null || link.number() != frame.link()) {
      return this;
    }
    lastHeardNanos = System.nanoTime();
    link.receive(frame).forEach(message -> onScheduler(MessageCodec.decodeToClient(message)));
    pump();
    return this;
  }

  private void onScheduler(ToClient message) {
    if (message instanceof ToClient.Outputs outputs) {
      ClusterRun run = runs.get(outputs.graph());
      if (run != null) {
        Scatter scatter = scatters.get(outputs.graph());
        if (scatter != null) {
          scatter.arrived(outputs.rows(), source);
        }
        Ints toFetch = run.onOutputs(outputs);
        if (toFetch.isEmpty()) {
          endIfArrived(run);
        } else {
          fetchFrom(
              run,
              new ClusterRun.Place(
                  outputs.worker(),
                  new InetSocketAddress(outputs.address().host(), outputs.address().port())),
              toFetch);
        }
      }
    } else if (message instanceof ToClient.OutputsLost lost) {
      ClusterRun run = runs.get(lost.graph());
      if (run != null) {
        run.onLost(lost.rows());
      }
    } else if (message instanceof ToClient.OutputsFailed failed) {
      ClusterRun run = runs.get(failed.graph());
      if (run != null) {
        dropScattered(failed.graph(), failed.rows());
        run.onFailed(
            failed.rows(),
            Failures.toException(failed.failure(), run.name(), services.values(), run.loader()));
        if (run.gathers()) {
          end(run);
        }
      }
    } else if (message instanceof ToClient.GraphProgress report) {
      ClusterRun run = runs.get(report.graph());
      if (run != null) {
        progress.put(report.graph(), report);
        boolean last = !run.gathers() && report.finished() + report.erred() == run.size();
        run.report(report.finished(), report.erred(), last);
      }
    } else if (message instanceof ToClient.GraphOrdinal numbered) {
      Scatter scatter = scatters.get(numbered.graph());
      if (scatter != null) {
        send(MessageCodec.encode(scatter.offer(numbered.graph(), numbered.ordinal(), source)));
      }
    } else if (message instanceof ToClient.RequestDone done) {
      CompletableFuture<ToClient.RequestDone> waiting = asked.remove(done.request());
      if (waiting != null) {
        waiting.completeAsync(() -> done, ports.callbacks());
      }
    } else if (message instanceof ToClient.GraphBroken broken) {
      ClusterRun run = runs.get(broken.graph());
      if (run != null) {
        forget(run);
        run.fail(new GraphBrokenException(run.name(), broken.why()));
      }
    }
  }

  /** A run that gathers is over when everything is here: the cluster may forget it. */
  private void endIfArrived(ClusterRun run) {
    if (run.gathers() && run.isEnded()) {
      end(run);
    }
  }

  private void end(ClusterRun run) {
    ToClient.GraphProgress last = progress.get(run.number());
    if (forget(run)) {
      boolean well = run.isComplete();
      run.report(well ? run.size() : last == null ? 0 : last.finished(), well ? 0 : 1, true);
      send(MessageCodec.encode(new FromClient.Release(run.number(), run.rows())));
    }
  }

  /** Nothing more will be heard of the run, or asked for; false if that is so already. */
  private boolean forget(ClusterRun run) {
    dropScattered(run.number(), run.rows());
    scatters.remove(run.number());
    ports.runs().remove(run);
    progress.remove(run.number());
    return runs.remove(run.number()) != null;
  }

  private void dropScattered(int graph, Ints rows) {
    Scatter scatter = scatters.get(graph);
    if (scatter != null) {
      scatter.drop(rows, source);
    }
  }

  private Behavior<ClientMessage> onRunArrived(RunArrived message) {
    endIfArrived(message.run());
    return this;
  }

  private Behavior<ClientMessage> onReleaseOutputs(ReleaseOutputs message) {
    ClusterRun run = message.run();
    if (runs.containsKey(run.number())) {
      // The rest may have been let go of, too, since this was told; nobody asks for it again.
      dropScattered(run.number(), message.rows());
      boolean isLast = run.isReleased();
      send(
          MessageCodec.encode(
              new FromClient.Release(run.number(), isLast ? run.rows() : message.rows())));
      if (isLast) {
        forget(run);
      }
    }
    return this;
  }

  private Behavior<ClientMessage> onCancelRun(CancelRun message) {
    if (forget(message.run())) {
      int number = message.run().number();
      send(MessageCodec.encode(new FromClient.CancelGraph(number, message.reason())));
      send(MessageCodec.encode(new FromClient.Release(number, message.run().rows())));
    }
    return this;
  }

  // ---- fetching
  // -------------------------------------------------------------------------------------

  private Behavior<ClientMessage> onFetchOutput(FetchOutput message) {
    return fetch(message.run(), Ints.of(message.row()));
  }

  private Behavior<ClientMessage> fetch(ClusterRun run, Ints rows) {
    for (int i = 0; i < rows.size(); i++) {
      ClusterRun.Place place = run.beginFetch(rows.get(i));
      if (place != null) {
        fetchFrom(run, place, Ints.of(rows.get(i)));
      }
    }
    return this;
  }

  private void fetchFrom(ClusterRun run, ClusterRun.Place place, Ints rows) {
    ActorRef<ClientMessage> self = context.getSelf();
    ResultStore neighbour = services.neighbour(place.worker(), place.address());
    Longs tasks = new Longs(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      tasks.add(Task.of(run.ordinal(), rows.get(i)));
    }
    if (neighbour != null) {
      for (int i = 0; i < rows.size(); i++) {
        try {
          run.onBorrowed(rows.get(i), neighbour.value(tasks.get(i), run.loader()));
        } catch (NoSuchElementException e) {
          self.tell(new FetchFailed(run, rows.get(i), "Its worker does not have it any more."));
        } catch (DagwrightException e) { // Written or read with another loader, it will not do.
          run.onFailed(Ints.of(rows.get(i)), e);
        }
      }
      self.tell(new RunArrived(run));
      return;
    }
    services
        .client()
        .fetch(place.address(), place.worker(), tasks.toArray(), new Receiver(run, rows, self));
  }

  private Behavior<ClientMessage> onFetchFailed(FetchFailed message) {
    ClusterRun run = message.run();
    if (!runs.containsKey(run.number())) {
      return this;
    }
    int times = run.onFetchFailed(message.row());
    if (times > MOST_FETCHES) {
      run.fail(
          new DataTransferException(
              DataTransferException.Reason.CONNECTION_LOST,
              "A result of ["
                  + run.name()
                  + "] could not be fetched in "
                  + times
                  + " attempts. "
                  + message.reason()
                  + " Can this client reach the data ports of the workers?",
              null));
      end(run);
    } else {
      // Either its worker is gone, and we shall be told of another, or it answers the next time.
      context.scheduleOnce(FETCH_AGAIN, context.getSelf(), new FetchAgain(run, message.row()));
    }
    return this;
  }

  private Behavior<ClientMessage> onFetchPutOff(FetchPutOff message) {
    message.run().onFetchPutOff(message.row());
    context.scheduleOnce(
        FETCH_PUT_OFF, context.getSelf(), new FetchAgain(message.run(), message.row()));
    return this;
  }

  /** Hands what arrives to the run; on the data plane's thread. */
  private record Receiver(ClusterRun run, Ints rows, ActorRef<ClientMessage> self)
      implements FetchReceiver {

    @Override
    public void onResult(int index, Payload result) {
      run.onFetched(rows.get(index), result);
    }

    @Override
    public void onMissing(int index) {
      failed(index, "Its worker does not have it any more.");
    }

    @Override
    public void onBusy(int index) {
      self.tell(new FetchPutOff(run, rows.get(index)));
    }

    @Override
    public void onUnreachable(int index) {
      failed(index, "Its worker cannot be reached.");
    }

    @Override
    public void onCorrupt(int index) {
      failed(index, "It arrived with a wrong checksum.");
    }

    private void failed(int index, String why) {
      self.tell(new FetchFailed(run, rows.get(index), why));
    }

    @Override
    public void onEncodingFailed(int index, String message) {
      run.onFailed(
          Ints.of(rows.get(index)), Failures.notSerializable(run.key(rows.get(index)), message));
      self.tell(new RunArrived(run));
    }

    @Override
    public void onFinished() {
      self.tell(new RunArrived(run));
    }

    @Override
    public void onFailed(DataTransferException failure) {
      for (int i = 0; i < rows.size(); i++) {
        if (!run.isHere(rows.get(i))) {
          self.tell(new FetchFailed(run, rows.get(i), String.valueOf(failure.getMessage())));
        }
      }
      self.tell(new RunArrived(run));
    }
  }
}

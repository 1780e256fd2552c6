package io.dagwright.internal.actor;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.StaticInitializerException;
import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.executor.SlotListener;
import io.dagwright.internal.executor.SlotPool;
import io.dagwright.internal.executor.SlotRun;
import io.dagwright.internal.executor.WorkerLocals;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.FailedInitializer;
import io.dagwright.internal.serialization.LargeParts;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.serialization.SerializerScope;
import io.dagwright.internal.serialization.Subject;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.HeapBudget;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.telemetry.StepBuffer;
import io.dagwright.internal.transfer.TransferCounts;
import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.ToWorker;
import io.dagwright.internal.wire.Wording;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerFigures;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.wire.WorkerMessage;
import io.dagwright.internal.worker.WorkerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.ExecutionContextExecutor;

/**
 * Runs one worker's {@link WorkerState}: what the scheduler, the slots and the data plane say in,
 * instructions out.
 *
 * <p>Protocol: registers until welcomed; each life has an incarnation of its own, with a store,
 * slots and a link that end with it. A worker that is dismissed, or hears nothing for long, begins
 * a new life with nothing. Supervision: none; if it fails its worker is over, and whoever started
 * the process starts another.
 */
public final class WorkerActor extends AbstractBehavior<WorkerMessage> {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerActor.class);

  private static final Duration TICK = Duration.ofMillis(250);

  /** Reports that were to wait for others that did not come are sent after so long. */
  private static final Duration GUARD = Duration.ofMillis(5);

  /** A worker that is to leave and belongs to no scheduler waits so long for one. */
  private static final long WELCOME_NANOS = 2_000_000_000L;

  private static final long SILENCE_NANOS = 15_000_000_000L;

  /** Larger results do not ride reports. */
  private static final int INLINE_BYTES = 1024;

  private static final SlotPool.Going NOTHING_RUNS = new SlotPool.Going(WorkerFigures.NOTHING, 0);

  private enum Tick implements WorkerMessage {
    INSTANCE
  }

  private enum Flush implements WorkerMessage {
    INSTANCE
  }

  /** Something is in the inbox that other threads fill. */
  private enum Drain implements WorkerMessage {
    INSTANCE
  }

  /** Asks the worker to leave once nothing of value is with it; answered by stopping. */
  public record Leave() implements WorkerMessage {}

  /** Ends the worker as it is. */
  public record Stop() implements WorkerMessage {}

  /**
   * What a run needs besides its inputs being here; read by its slot's thread, while the actor goes
   * on adding to what it knows of the graph.
   */
  private record Spec(
      int run,
      GraphCode.@Nullable Function function,
      Supplier<ClassLoader> loader,
      WorkerLocals locals,
      LargeParts.Finder parts,
      String prefix,
      long timeoutNanos,
      boolean wanted,
      byte[] arguments,
      int argumentOffset,
      int argumentLength,
      long[] inputs) {}

  private final ActorContext<WorkerMessage> context;
  private final WorkerPorts ports;
  private final NodeServices services;
  private Life life;

  private WorkerActor(
      ActorContext<WorkerMessage> context,
      TimerScheduler<WorkerMessage> timers,
      WorkerPorts ports,
      NodeServices services) {
    super(context);
    this.context = context;
    this.ports = ports;
    this.services = services;
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
    life = new Life();
    life.register();
  }

  public static Behavior<WorkerMessage> create(WorkerPorts ports, NodeServices services) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new WorkerActor(context, timers, ports, services)));
  }

  @Override
  public Receive<WorkerMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(Frame.class, this::onFrame)
        .onMessage(Drain.class, message -> onDrain())
        .onMessage(Flush.class, message -> onFlush())
        .onMessage(Tick.class, message -> onTick())
        .onMessage(Handshake.WorkerWelcome.class, this::onWelcome)
        .onMessage(Handshake.WorkerDismissed.class, this::onDismissed)
        .onMessage(Handshake.WorkerRefused.class, this::onRefused)
        .onMessage(Leave.class, message -> onLeave())
        .onMessage(Stop.class, message -> Behaviors.stopped())
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  private Behavior<WorkerMessage> onWelcome(Handshake.WorkerWelcome welcome) {
    if (welcome.incarnation() == life.incarnation && life.link == null) {
      life.join(welcome);
      ports.slotFile().joined(welcome.data().host() + ":" + welcome.data().port());
      context.getLog().info("Joined as worker [{}]", ports.name());
    }
    return this;
  }

  private Behavior<WorkerMessage> onDismissed(Handshake.WorkerDismissed message) {
    if (life.link != null && life.link.number() == message.link()) {
      beginAgain(message.why());
    }
    return this;
  }

  private Behavior<WorkerMessage> onRefused(Handshake.WorkerRefused message) {
    if (message.incarnation() == life.incarnation) {
      context.getLog().error("Refused as worker: {}", message.why());
      life.end();
      ports.refused().run();
      return Behaviors.stopped();
    }
    return this;
  }

  private void beginAgain(String why) {
    context.getLog().warn("Worker [{}] begins again: {}", ports.name(), why);
    boolean leaving = life.leaving;
    life.end();
    life = new Life();
    life.leaving = leaving;
    life.leavingSinceNanos = System.nanoTime();
    life.register();
  }

  private Behavior<WorkerMessage> onFrame(Frame<?> any) {
    @SuppressWarnings("unchecked") // All frames between our actors carry chunks.
    Frame<Chunk> frame = (Frame<Chunk>) any;
    PeerLink link = life.link;
    if (link == null || link.number() != frame.link()) {
      return this; // Said to an earlier life.
    }
    life.lastHeardNanos = System.nanoTime();
    for (byte[] message : link.receive(frame)) {
      Behavior<WorkerMessage> next = life.onScheduler(MessageCodec.decodeToWorker(message));
      if (next != this) {
        return next; // This life has ended; the rest was for it.
      }
    }
    return this;
  }

  private Behavior<WorkerMessage> onDrain() {
    life.drain();
    return this;
  }

  private Behavior<WorkerMessage> onFlush() {
    life.flush();
    return this;
  }

  private Behavior<WorkerMessage> onTick() {
    PeerLink link = life.link;
    if (link == null) {
      if (life.leaving && System.nanoTime() - life.leavingSinceNanos > WELCOME_NANOS) {
        return Behaviors.stopped();
      }
      life.register();
      return this;
    }
    if (System.nanoTime() - life.lastHeardNanos > SILENCE_NANOS) {
      beginAgain("the scheduler was silent for " + SILENCE_NANOS / 1_000_000_000L + " s");
      return this;
    }
    life.beat();
    return this;
  }

  private Behavior<WorkerMessage> onLeave() {
    life.leaving = true; // Without a link yet, the welcome may be on its way, and work behind it.
    life.leavingSinceNanos = System.nanoTime();
    life.say(new ToScheduler.Leaving());
    life.flush();
    return this;
  }

  private Behavior<WorkerMessage> onPostStop() {
    life.end();
    return this;
  }

  /** One incarnation: everything that must not outlive it. */
  private final class Life implements SlotListener, WorkerInstruction.Handler {

    final long incarnation = ports.incarnations().getAsLong();
    final ResultStore store =
        new ResultStore(
            services.values(),
            services.heap(),
            task -> post(new WorkerEvent.ResultsLost(Longs.of(task))));
    final SlotPool slots =
        new SlotPool(
            ports.name(),
            ports.settings().slots(),
            ports.blockedMax(),
            this,
            ports.slotFile(),
            ports.graphs());
    final ActorRef<WorkerMessage> self = context.getSelf();
    final Scheduler timer = context.getSystem().scheduler();
    final ExecutionContextExecutor dispatcher = context.getExecutionContext();
    final Inbox inbox =
        new Inbox(
            () -> self.tell(Drain.INSTANCE),
            ports.reportDelayNanos(),
            action -> timer.scheduleOnce(GUARD, action, dispatcher));
    final LongMap<Spec> specs = new LongMap<>();
    final LongMap<GraphCode> graphs = new LongMap<>();
    final SessionLoaders sessions = new SessionLoaders(services, ports.classLoader());
    final Map<String, WorkerLocals> locals = new HashMap<>();
    final Map<String, PartsOfSession> parts = new HashMap<>();
    final InputFetcher inputs = new InputFetcher(services, store, this::post);
    @Nullable WorkerState state;
    @Nullable PeerLink link;
    long lastHeardNanos;
    boolean flushing;
    boolean leaving;
    long pauses;
    long leavingSinceNanos;
    volatile boolean ended;

    void register() {
      services.open(incarnation, store);
      ports
          .scheduler()
          .tell(
              new Handshake.RegisterWorker(
                  Handshake.PROTOCOL,
                  ports.name(),
                  incarnation,
                  ports.host(),
                  services.address(),
                  ports.settings().slots(),
                  services.heap().limitBytes(),
                  ports.resources(),
                  ports.slotFile() != SlotFile.NONE,
                  self));
    }

    void join(Handshake.WorkerWelcome welcome) {
      state = new WorkerState(welcome.worker(), ports.settings());
      link = new PeerLink(welcome.link(), frame -> welcome.scheduler().tell(frame));
      lastHeardNanos = System.nanoTime();
      if (leaving) {
        say(new ToScheduler.Leaving());
        flush();
      }
    }

    void end() {
      ended = true;
      slots.close();
      locals.values().forEach(services::closeSoon);
      parts.values().forEach(PartsOfSession::forget);
      services.close(incarnation);
    }

    /** With the next flush, in the same turn or the one that is on its way. */
    void say(ToScheduler message) {
      if (link != null) {
        link.send(MessageCodec.encode(message));
      }
    }

    void beat() {
      if (state != null && link != null) {
        apply(services.heap().measure());
        flush();
        if (state.memoryLevel() == MemoryLevel.PAUSED && state.handed() == 0) {
          services.heap().relieve();
        }
        StepBuffer.Batch steps = store.takeSteps();
        if (!steps.isEmpty()) {
          say(new ToScheduler.Noted(steps.tasks(), steps.steps(), steps.bytes(), steps.dropped()));
        }
        say(
            new ToScheduler.Beat(
                state.runDigest(),
                state.replicaDigest(),
                state.memoryLevel(),
                bytes(),
                figures(state)));
        link.flush(); // Before anything is heard that the digests do not know of.
        link.tick();
      }
      store.giveUpWaiting();
    }

    private WorkerBytes bytes() {
      return new WorkerBytes(
          store.managedBytes(),
          services.heap().unmanagedBytes(),
          store.spilledBytes(),
          services.heap().limitBytes(),
          services.heap().freeDiskBytes(),
          pauses,
          services.heap().budgetBytes(),
          services.heap().pauseBytes());
    }

    private WorkerFigures figures(WorkerState of) {
      HeapBudget heap = services.heap();
      TransferCounts.Snapshot moved = services.transfers().snapshot();
      SlotPool.Going longest = slots.longest().orElse(NOTHING_RUNS);
      return new WorkerFigures(
          of.waiting(),
          of.handed(),
          longest.task(),
          longest.nanos(),
          heap.spilledTotalResults(),
          heap.spilledTotalBytes(),
          heap.readTotalResults(),
          heap.readTotalBytes(),
          moved.sentResults(),
          moved.sentBytes(),
          moved.receivedResults(),
          moved.receivedBytes(),
          moved.retries(),
          moved.detours(),
          moved.relayed(),
          moved.busyAnswers(),
          moved.checksumMismatches());
    }

    // ---- events in
    // --------------------------------------------------------------------------------

    Behavior<WorkerMessage> onScheduler(ToWorker message) {
      if (message instanceof ToWorker.Compute compute) {
        onCompute(compute);
      } else if (message instanceof ToWorker.DefineGraph define) {
        onDefine(define);
      } else if (message instanceof ToWorker.AddCode code) {
        sessions.add(code);
      } else if (message instanceof ToWorker.ForgetSession ended) {
        sessions.forget(ended.session());
        services.closeSoon(locals.remove(ended.session()));
        PartsOfSession captured = parts.remove(ended.session());
        if (captured != null) {
          captured.forget();
        }
      } else if (message instanceof ToWorker.Free free) {
        apply(new WorkerEvent.KeysFreed(free.tasks()));
      } else if (message instanceof ToWorker.Cancel cancel) {
        onCancel(cancel);
      } else if (message instanceof ToWorker.MeetPeer peer) {
        inputs.meet(peer);
      } else if (message instanceof ToWorker.Acquire acquire) {
        apply(new WorkerEvent.ReplicasWanted(acquire.tasks(), acquire.holders()));
      } else if (message instanceof ToWorker.AskInventory) {
        apply(new WorkerEvent.InventoryRequested());
      } else if (message instanceof ToWorker.ForgetGraph forget) {
        graphs.remove(forget.graph());
      } else if (message instanceof ToWorker.LetGo) {
        context.getLog().info("Worker [{}] leaves", ports.name());
        end();
        return Behaviors.stopped();
      }
      return WorkerActor.this;
    }

    private void onDefine(ToWorker.DefineGraph define) {
      GraphCode code = code(define.graph());
      code.loader = sessions.loader(define.session(), define.epoch());
      code.locals =
          locals.computeIfAbsent(define.session(), session -> services.openWorkerLocals());
      code.parts = parts.computeIfAbsent(define.session(), session -> new PartsOfSession(services));
      for (int i = 0; i < define.prefixes().size(); i++) {
        if (define.firstPrefix() + i == code.prefixes.size()) {
          code.prefixes.add(define.prefixes().get(i));
        }
      }
      for (int i = 0; i < define.functionIds().size(); i++) {
        code.functions.put(
            define.functionIds().get(i), new GraphCode.Function(define.functions().get(i)));
      }
    }

    private GraphCode code(int graph) {
      GraphCode code = graphs.get(graph);
      if (code == null) {
        code = new GraphCode(ports::classLoader);
        graphs.put(graph, code);
      }
      return code;
    }

    private void onCompute(ToWorker.Compute compute) {
      int input = 0;
      int argument = 0;
      for (int i = 0; i < compute.tasks().size(); i++) {
        long task = compute.tasks().get(i);
        int count = compute.inputCounts().get(i);
        long[] inputs = new long[count];
        int data = 0;
        for (int k = 0; k < count; k++) {
          long each = compute.inputs().get(input++);
          if (each >= 0) {
            inputs[data++] = each;
          }
        }
        int length = compute.argumentLengths().get(i);
        GraphCode code = code(Task.graph(task));
        specs.put(
            task,
            new Spec(
                compute.runs().get(i),
                code.functions.get(compute.functions().get(i)),
                code.loader,
                code.locals,
                code.parts,
                code.prefix(compute.prefixes().get(i)),
                compute.timeoutNanos().get(i),
                compute.wanted().get(i) != 0,
                compute.arguments(),
                argument,
                length,
                data == count ? inputs : Arrays.copyOf(inputs, data)));
        argument += length;
      }
      apply(
          new WorkerEvent.TasksAssigned(
              compute.tasks(),
              compute.runs(),
              compute.inputCounts(),
              compute.inputs(),
              compute.holders(),
              compute.memory(),
              compute.priorities()));
    }

    private void onCancel(ToWorker.Cancel cancel) {
      for (int i = 0; i < cancel.tasks().size(); i++) {
        forget(cancel.tasks().get(i), cancel.runs().get(i));
      }
      apply(new WorkerEvent.RunsCancelled(cancel.tasks(), cancel.runs()));
    }

    /** The run is not to begin any more; the next of its task may be here already. */
    private void forget(long task, int run) {
      Spec spec = specs.get(task);
      if (spec != null && spec.run() == run) {
        specs.remove(task);
      }
    }

    private void apply(WorkerEvent event) {
      if (state == null) {
        return;
      }
      state.apply(event);
      if (!flushing) {
        flushing = true;
        self.tell(Flush.INSTANCE);
      }
    }

    private void post(WorkerEvent event) {
      if (!ended) {
        inbox.post(event);
      }
    }

    void drain() {
      inbox.open();
      for (WorkerEvent event = inbox.poll(); event != null; event = inbox.poll()) {
        apply(event);
      }
    }

    // ---- instructions out
    // -------------------------------------------------------------------------

    void flush() {
      flushing = false;
      if (state != null) {
        state.flush().forEach(instruction -> instruction.deliverTo(this));
      }
      if (link != null) {
        link.flush();
      }
    }

    @Override
    public void onExecute(WorkerInstruction.Execute instruction) {
      List<SlotRun> runs = new ArrayList<>(instruction.tasks().size());
      for (int i = 0; i < instruction.tasks().size(); i++) {
        long task = instruction.tasks().get(i);
        int run = instruction.runs().get(i);
        Spec spec = specs.remove(task);
        if (spec == null) {
          throw new IllegalStateException("nothing is known of run " + Task.show(task));
        }
        runs.add(new SlotRun(task, run, spec.timeoutNanos(), spec.locals(), new Work(spec)));
      }
      slots.execute(runs);
    }

    @Override
    public void onFetch(WorkerInstruction.Fetch instruction) {
      inputs.fetch(instruction);
    }

    @Override
    public void onInterrupt(WorkerInstruction.Interrupt instruction) {
      slots.interrupt(instruction.task(), instruction.run());
    }

    @Override
    public void onDrop(WorkerInstruction.Drop instruction) {
      store.remove(instruction.tasks().toArray());
    }

    @Override
    public void onReportFinished(WorkerInstruction.ReportFinished m) {
      say(new ToScheduler.Finished(m.tasks(), m.runs(), m.sizes(), m.nanos(), m.inline()));
    }

    @Override
    public void onReportErred(WorkerInstruction.ReportErred m) {
      say(new ToScheduler.Erred(m.task(), m.run(), m.failure()));
    }

    @Override
    public void onReportMissing(WorkerInstruction.ReportMissing m) {
      forget(m.task(), m.run());
      say(new ToScheduler.Missing(m.task(), m.run(), m.missing(), m.holders()));
    }

    @Override
    public void onReportReplicas(WorkerInstruction.ReportReplicas m) {
      say(new ToScheduler.Replicas(m.tasks()));
    }

    @Override
    public void onReportNoReplicas(WorkerInstruction.ReportNoReplicas m) {
      say(new ToScheduler.NoReplicas(m.tasks(), m.holders()));
    }

    @Override
    public void onReportBlocked(WorkerInstruction.ReportBlocked m) {
      say(new ToScheduler.Blocked(m.task(), m.run(), m.blocked()));
    }

    @Override
    public void onReportInventory(WorkerInstruction.ReportInventory m) {
      say(new ToScheduler.Inventory(m.tasks(), m.runs(), m.held()));
    }

    @Override
    public void onReportMemory(WorkerInstruction.ReportMemory m) {
      if (m.level() == MemoryLevel.PAUSED) {
        pauses++;
        context.getLog().warn("Paused: {}", services.heap().describe());
      }
      say(new ToScheduler.Memory(m.level()));
    }

    @Override
    public void onReportReturned(WorkerInstruction.ReportReturned m) {
      for (int i = 0; i < m.tasks().size(); i++) {
        forget(m.tasks().get(i), m.runs().get(i));
      }
      say(new ToScheduler.Returned(m.tasks(), m.runs()));
    }

    // ---- on the slots' threads
    // ----------------------------------------------------------------------

    /** One run: its inputs from the store, its argument decoded, its function called. */
    private final class Work implements SlotRun.Body {

      private final Spec spec;

      /** Finds the classes of the function and of its result. */
      private ClassLoader loader = ports.classLoader();

      /** How the client wants results written. */
      private Choice choice = Choice.DEFAULT;

      Work(Spec spec) {
        this.spec = spec;
      }

      @Override
      public @Nullable Object call() throws Exception {
        loader = spec.loader().get();
        GraphCode.Function code = spec.function();
        if (code == null) {
          throw new IllegalStateException("the function was not sent");
        }
        Thread.currentThread().setContextClassLoader(loader);
        try {
          return call(code.get(services.closures(), loader, spec.parts()));
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
          StaticInitializerException typed = FailedInitializer.of(e, loader);
          if (typed != null) {
            throw typed;
          }
          throw e;
        } finally {
          Thread.currentThread().setContextClassLoader(ports.classLoader()); // Keeps none alive.
        }
      }

      private @Nullable Object call(ClosureCodec.Decoded function) throws Exception {
        choice = function.choice();
        @Nullable Object[] inputs = new @Nullable Object[spec.inputs().length];
        for (int i = 0; i < inputs.length; i++) {
          inputs[i] = input(spec.inputs()[i]);
        }
        Object argument =
            spec.argumentLength() == 0
                ? null
                : services
                    .values()
                    .read(
                        spec.arguments(),
                        spec.argumentOffset(),
                        spec.argumentLength(),
                        loader,
                        spec.parts());
        if (choice.equals(Choice.DEFAULT)) {
          return function.function().call(argument, inputs);
        }
        Runnable close = SerializerScope.open(choice); // For graphs the task computes itself.
        try {
          return function.function().call(argument, inputs);
        } finally {
          close.run();
        }
      }

      private @Nullable Object input(long task) {
        try {
          return store.value(task, loader);
        } catch (NoSuchElementException e) { // No fault of the task's: it will be run again.
          post(new WorkerEvent.ResultsLost(Longs.of(task)));
          throw e;
        }
      }
    }

    @Override
    public void onSucceeded(SlotRun run, @Nullable Object result, long nanos, boolean more) {
      long size = ValueCodec.estimateSize(result);
      Work work = (Work) run.body();
      byte[] inline = null;
      if (work.spec.wanted() && size <= INLINE_BYTES) {
        try {
          ByteSink sink = new ByteSink(64);
          services.values().write(result, sink, work.choice, type -> {});
          inline = sink.size() <= INLINE_BYTES ? sink.toByteArray() : null;
        } catch (RuntimeException | Error e) { // It cannot be sent: that is the task's failure.
          boolean isTyped = e instanceof NotSerializableTaskException;
          onThrew(
              run,
              isTyped
                  ? ((NotSerializableTaskException) e).with(Subject.result(key(run)).toString())
                  : e,
              End.THREW);
          return;
        }
      }
      store.put(run.task(), result, size, nanos, work.loader, work.choice);
      services.heap().awaitRoom();
      WorkerEvent event = new WorkerEvent.TaskSucceeded(run.task(), run.run(), size, nanos, inline);
      if (more && inline == null && !ended) {
        inbox.postQuietly(event);
      } else {
        post(event);
      }
    }

    private String key(SlotRun run) {
      return ((Work) run.body()).spec.prefix() + "-" + Task.row(run.task());
    }

    @Override
    public void onThrew(SlotRun run, Throwable thrown, End end) {
      TaskFailure.Kind kind =
          switch (end) {
            case THREW, OUT_OF_MEMORY -> TaskFailure.Kind.THREW;
            case TIMED_OUT -> TaskFailure.Kind.TIMED_OUT;
            case CANCELLED -> TaskFailure.Kind.CANCELLED;
          };
      Throwable cause =
          end == End.OUT_OF_MEMORY && thrown instanceof OutOfMemoryError error
              ? services.heap().outOfMemory(ports.name(), error)
              : end == End.TIMED_OUT ? timedOut(run, thrown) : thrown;
      TaskFailure failure = Failures.of(cause, kind, key(run), ports.name(), services.values());
      post(new WorkerEvent.TaskThrew(run.task(), run.run(), failure));
    }

    /** How it ended when it was interrupted says less than why it was. */
    private static Throwable timedOut(SlotRun run, Throwable thrown) {
      TimeoutException late =
          new TimeoutException(
              "took longer than its timeout of "
                  + Wording.duration(Duration.ofNanos(run.timeoutNanos())));
      late.addSuppressed(thrown);
      return late;
    }

    @Override
    public void onOutOfMemory(SlotRun run) {
      LOG.warn(
          "[{}] found no room on the heap; it is tried once more, alone, and all results go to files",
          key(run));
      services.heap().empty();
    }

    @Override
    public void onBlocked(SlotRun run) {
      post(new WorkerEvent.TaskBlocked(run.task(), run.run()));
    }

    @Override
    public void onUnblocked(SlotRun run) {
      post(new WorkerEvent.TaskUnblocked(run.task(), run.run()));
    }
  }
}

package io.dagwright.internal.actor;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.InvalidGraphException;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.graph.GraphRun;
import io.dagwright.graph.Optimizations;
import io.dagwright.graph.ProgressListener;
import io.dagwright.graph.Scheduler;
import io.dagwright.protocol.CancelGraph;
import io.dagwright.protocol.GraphCommand;
import io.dagwright.protocol.GraphReply;
import io.dagwright.protocol.SubmitGraph;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * The actor of a service's own system that other actors tell their graphs.
 *
 * <p>Protocol: each {@link SubmitGraph} is answered by exactly one {@code GraphFinished} or {@code
 * GraphFailed}; encoding happens on another thread. An id that is still running is refused.
 * Supervision: none; it keeps no more than the runs that have not ended.
 */
public final class SubmitterActor extends AbstractBehavior<GraphCommand> {

  private final Scheduler scheduler;
  private final Executor encoding;
  private final Map<String, Pending> pending = new HashMap<>();

  /**
   * One submission; the run is known once its graph is encoded. Touched by its own lock's holder.
   */
  private static final class Pending {
    private boolean answered;
    private @Nullable Cancellable timer;
    private String cancelReason = "";
    private GraphRun run = NOT_STARTED;
  }

  private static final GraphRun NOT_STARTED = new NotStarted();

  private SubmitterActor(
      ActorContext<GraphCommand> context, Scheduler scheduler, Executor encoding) {
    super(context);
    this.scheduler = scheduler;
    this.encoding = encoding;
  }

  public static Behavior<GraphCommand> create(Scheduler scheduler, Executor encoding) {
    return Behaviors.setup(context -> new SubmitterActor(context, scheduler, encoding));
  }

  @Override
  public Receive<GraphCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(SubmitGraph.class, this::onSubmit)
        .onMessage(CancelGraph.class, this::onCancel)
        .build();
  }

  private Behavior<GraphCommand> onSubmit(SubmitGraph submit) {
    pending.values().removeIf(SubmitterActor::isAnswered);
    if (pending.containsKey(submit.id())) {
      answer(
          submit,
          new InvalidGraphException(
              "A graph with id ["
                  + submit.id()
                  + "] is still running, and goes on; this one was not started. Give each"
                  + " submission an id of its own."));
      return this;
    }
    Pending entry = new Pending();
    pending.put(submit.id(), entry);
    if (!submit.timeout().isZero()) {
      entry.timer =
          getContext()
              .scheduleOnce(
                  submit.timeout(),
                  getContext().getSelf(),
                  CancelGraph.of(
                      submit.id(), "it took longer than " + inSeconds(submit.timeout())));
    }
    encoding.execute(() -> start(submit, entry));
    return this;
  }

  /** Whether it is; its timer must not end a later graph of the same id. */
  private static boolean isAnswered(Pending entry) {
    synchronized (entry) {
      if (entry.answered && entry.timer != null) {
        entry.timer.cancel();
      }
      return entry.answered;
    }
  }

  private static String inSeconds(Duration time) {
    return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The reply is what comes of it.
  private void start(SubmitGraph submit, Pending entry) {
    ActorRef<GraphReply> replyTo = submit.replyTo();
    ProgressListener listener =
        submit.wantsProgress()
            ? progress ->
                replyTo.tell(
                    new GraphReply.GraphProgress(
                        submit.id(),
                        progress.total(),
                        progress.finished(),
                        progress.failed(),
                        progress.elapsed()))
            : ProgressListener.NONE;
    try {
      GraphRun run =
          scheduler.start(
              Optimizations.optimize(submit.graph(), submit.options()),
              submit.name().isEmpty() ? submit.id() : submit.name(),
              listener);
      String cancelReason;
      synchronized (entry) {
        entry.run = run;
        cancelReason = entry.cancelReason;
      }
      if (!cancelReason.isEmpty()) {
        run.cancel(cancelReason);
      }
      run.results()
          .whenComplete(
              (results, failure) -> {
                synchronized (entry) {
                  entry.answered = true;
                }
                if (failure == null) {
                  replyTo.tell(new GraphReply.GraphFinished(submit.id(), results));
                } else {
                  answer(submit, typed(failure));
                }
              });
    } catch (RuntimeException e) { // It could not be encoded.
      synchronized (entry) {
        entry.answered = true;
      }
      answer(submit, typed(e));
    }
  }

  private static DagwrightException typed(Throwable failure) {
    return failure instanceof DagwrightException typed
        ? typed
        : SchedulerLostException.notFound("The graph could not be started: " + failure);
  }

  private static void answer(SubmitGraph submit, DagwrightException failure) {
    submit.replyTo().tell(new GraphReply.GraphFailed(submit.id(), failure));
  }

  private Behavior<GraphCommand> onCancel(CancelGraph cancel) {
    Pending entry = pending.get(cancel.id());
    if (entry != null) {
      GraphRun run;
      synchronized (entry) {
        entry.cancelReason = cancel.reason();
        run = entry.run;
      }
      run.cancel(cancel.reason());
    }
    return this;
  }

  /** Stands for a run whose graph is still being encoded. */
  private static final class NotStarted implements GraphRun {
    @Override
    public CompletionStage<List<@Nullable Object>> results() {
      throw new IllegalStateException("not started");
    }

    @Override
    public List<@Nullable Object> join() {
      throw new IllegalStateException("not started");
    }

    @Override
    public void cancel(String reason) {
      // The reason is noted; the run is cancelled as soon as it is known.
    }
  }
}

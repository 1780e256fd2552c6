package io.dagwright.internal.actor;

import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.taskstate.RowState;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.SchedulerMessage;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Runs one graph's {@link GraphState}: events in, instructions to the scheduler's actor out.
 *
 * <p>A child of the scheduler's actor on the same single thread, so that both may read the graph's
 * rows. Whatever is queued before a {@code Flush} shares one answer. If it fails it is not started
 * again: the scheduler fails its graph, and only that.
 */
final class TaskStateActor extends AbstractBehavior<TaskStateActor.Command> {

  /** What it may be sent. */
  sealed interface Command {}

  /** Events of this graph, in order. */
  record Events(List<GraphEvent> events) implements Command {}

  private enum Flush implements Command {
    INSTANCE
  }

  /** What a graph wants done, and how far it is. */
  record Outcome(int graph, List<GraphInstruction> instructions, int total, int finished, int erred)
      implements SchedulerMessage {}

  private final int graph;
  private final GraphState state;
  private final ActorRef<SchedulerMessage> scheduler;
  private boolean flushing;

  private TaskStateActor(
      ActorContext<Command> context,
      int graph,
      GraphState state,
      ActorRef<SchedulerMessage> scheduler) {
    super(context);
    this.graph = graph;
    this.state = state;
    this.scheduler = scheduler;
  }

  static Behavior<Command> create(
      int graph, GraphState state, ActorRef<SchedulerMessage> scheduler) {
    return Behaviors.setup(context -> new TaskStateActor(context, graph, state, scheduler));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Events.class, this::onEvents)
        .onMessage(Flush.class, message -> onFlush())
        .build();
  }

  private Behavior<Command> onEvents(Events message) {
    message.events().forEach(state::apply);
    if (!flushing) {
      flushing = true;
      getContext().getSelf().tell(Flush.INSTANCE);
    }
    return this;
  }

  private Behavior<Command> onFlush() {
    flushing = false;
    List<GraphInstruction> instructions = state.flush();
    int erred = state.count(RowState.ERRED);
    int finished = state.size() - state.unfinished() - erred;
    scheduler.tell(new Outcome(graph, instructions, state.size(), finished, erred));
    return this;
  }
}

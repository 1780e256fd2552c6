package io.dagwright.protocol;

import static java.util.Objects.requireNonNull;

import io.dagwright.graph.GraphOptions;
import io.dagwright.graph.TaskGraph;
import java.time.Duration;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Asks for a graph to be run. The answer is any number of {@link GraphReply.GraphProgress} if they
 * are asked for, and then exactly one {@link GraphReply.GraphFinished} or {@link
 * GraphReply.GraphFailed}. Immutable; grows by further {@code with…} methods.
 */
public final class SubmitGraph implements GraphCommand {

  private final String id;
  private final TaskGraph graph;
  private final ActorRef<GraphReply> replyTo;
  private final String name;
  private final Duration timeout;
  private final GraphOptions options;
  private final boolean progress;

  private SubmitGraph(
      String id,
      TaskGraph graph,
      ActorRef<GraphReply> replyTo,
      String name,
      Duration timeout,
      GraphOptions options,
      boolean progress) {
    this.id = requireNonNull(id, "id");
    this.graph = requireNonNull(graph, "graph");
    this.replyTo = requireNonNull(replyTo, "replyTo");
    this.name = requireNonNull(name, "name");
    this.timeout = requireNonNull(timeout, "timeout");
    this.options = requireNonNull(options, "options");
    this.progress = progress;
  }

  /** A graph under a fresh id, without time limit and progress reports, fully optimised. */
  public static SubmitGraph of(TaskGraph graph, ActorRef<GraphReply> replyTo) {
    return new SubmitGraph(
        UUID.randomUUID().toString(),
        graph,
        replyTo,
        "",
        Duration.ZERO,
        GraphOptions.DEFAULT,
        false);
  }

  /** The same under an id of the sender's choice; replies carry it. */
  public SubmitGraph withId(String other) {
    return new SubmitGraph(other, graph, replyTo, name, timeout, options, progress);
  }

  /** The same under a name for people. */
  public SubmitGraph withName(String other) {
    return new SubmitGraph(id, graph, replyTo, other, timeout, options, progress);
  }

  /** The same, cancelled if it takes longer; zero means no limit. */
  public SubmitGraph withTimeout(Duration limit) {
    return new SubmitGraph(id, graph, replyTo, name, limit, options, progress);
  }

  /** The same with other optimisations. */
  public SubmitGraph withOptions(GraphOptions other) {
    return new SubmitGraph(id, graph, replyTo, name, timeout, other, progress);
  }

  /** The same with progress reports, a few times a second. */
  public SubmitGraph withProgress() {
    return new SubmitGraph(id, graph, replyTo, name, timeout, options, true);
  }

  public String id() {
    return id;
  }

  public TaskGraph graph() {
    return graph;
  }

  public ActorRef<GraphReply> replyTo() {
    return replyTo;
  }

  public String name() {
    return name;
  }

  public Duration timeout() {
    return timeout;
  }

  public GraphOptions options() {
    return options;
  }

  public boolean wantsProgress() {
    return progress;
  }

  @Override
  public String toString() {
    return "SubmitGraph[" + id + ", " + graph + "]";
  }
}

package io.dagwright.internal.actor;

import io.dagwright.internal.wire.ClientMessage;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.ProcessEnd;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.WorkerMessage;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/** How workers and clients meet the scheduler. Actor references travel here and nowhere else. */
public final class Handshake {

  /** Version of everything said over links; both sides must agree. */
  public static final int PROTOCOL = 1;

  /** A process draws its workers' incarnations from its first one up to so many beyond it. */
  public static final int LIVES_OF_A_PROCESS = 1 << 16;

  private Handshake() {}

  /**
   * A worker offers itself; said again until it is answered.
   *
   * @param memoryBytes the most its heap may grow to
   * @param isWatched whether a supervisor will tell how its process ended
   */
  public record RegisterWorker(
      int protocol,
      String name,
      long incarnation,
      String host,
      PeerAddress data,
      int slots,
      long memoryBytes,
      Map<String, Double> resources,
      boolean isWatched,
      ActorRef<WorkerMessage> worker)
      implements SchedulerMessage, Rare {}

  /**
   * The worker is one of the cluster's, under this ordinal, and its link has this number.
   *
   * @param data the data server of the scheduler's node, which takes reports of exits
   */
  public record WorkerWelcome(
      int worker,
      long incarnation,
      long link,
      long epoch,
      PeerAddress data,
      ActorRef<SchedulerMessage> scheduler)
      implements WorkerMessage, Rare {}

  /** The worker was given up; it should register as a new one. */
  public record WorkerDismissed(long link, String why) implements WorkerMessage, Rare {}

  /** The worker cannot be one of the cluster's. */
  public record WorkerRefused(long incarnation, String why) implements WorkerMessage, Rare {}

  /** A client opens a session; said again until it is answered. */
  public record RegisterClient(
      int protocol, String session, String name, ActorRef<ClientMessage> client)
      implements SchedulerMessage, Rare {}

  /** The session's link has this number. */
  public record ClientWelcome(
      String session, long link, long epoch, PeerAddress data, ActorRef<SchedulerMessage> scheduler)
      implements ClientMessage, Rare {}

  /** The session cannot be opened, or is not known any more. */
  public record ClientRefused(String session, String why) implements ClientMessage, Rare {}

  /**
   * A worker's process ended; said by whoever started it.
   *
   * @param incarnation the process's first; those it drew later ended too
   * @param exit how it ended, in a line; what it said last may follow in further lines
   * @param tasks what it was running then, packed
   * @param known whether {@code tasks} could be read
   * @param end what else is known of it
   */
  public record WorkerExited(
      String name, long incarnation, String exit, long[] tasks, boolean known, ProcessEnd end)
      implements SchedulerMessage, Rare {}

  /** What is going on? */
  public record GetStatus(ActorRef<ClusterStatus> replyTo) implements SchedulerMessage, Rare {}

  /**
   * Why does this task not run? {@code graph} may be empty: then {@code key} is looked for, and may
   * be the name of a worker, living or not.
   */
  public record GetWhy(String graph, int row, String key, ActorRef<Why> replyTo)
      implements SchedulerMessage, Rare {}

  /** What happened to the tasks with this key? */
  public record GetStory(String key, ActorRef<Story> replyTo) implements SchedulerMessage, Rare {}

  /**
   * What is remembered, oldest first.
   *
   * @param dropped steps of whatever tasks that are not remembered any more
   * @param isKept whether steps are remembered at all
   */
  public record Story(List<StoryLine> lines, long dropped, boolean isKept) implements Rare {}

  /** One step of a task of a graph with this name; worker and cause may be empty. */
  public record StoryLine(
      long atMillis, String graph, Step step, String worker, long bytes, String why) {}

  /** One sentence, for people. */
  public record Why(String sentence) implements Rare {}
}

package io.dagwright.internal.actor;

import io.dagwright.internal.wire.SchedulerMessage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What a client's actor needs from its node.
 *
 * @param name what people call the client
 * @param session tells this client's life from all others'
 * @param gateway whom to register with
 * @param callbacks runs what users hang on futures and listeners
 * @param silenceNanos a scheduler that says nothing for so long is taken for gone
 * @param runs what fails when the session ends
 */
public record ClientPorts(
    String name,
    String session,
    ActorRef<SchedulerMessage> gateway,
    Executor callbacks,
    long silenceNanos,
    Session runs) {

  public ClientPorts(
      String name,
      String session,
      ActorRef<SchedulerMessage> gateway,
      Executor callbacks,
      long silenceNanos) {
    this(name, session, gateway, callbacks, silenceNanos, new Session());
  }
}

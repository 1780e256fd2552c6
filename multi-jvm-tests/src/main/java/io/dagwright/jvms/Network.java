package io.dagwright.jvms;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.remote.RemoteActorRefProvider;
import scala.concurrent.Await;

/**
 * Drops messages between one actor system and others, through the test mode of Pekko's transport,
 * which has to be on in that system. The one class that knows of these internals.
 */
public final class Network {

  /** The setting that makes this possible, to be {@code on}. */
  public static final String TEST_MODE = "pekko.remote.artery.advanced.test-mode";

  private static final String THROTTLER =
      "org.apache.pekko.remote.transport.ThrottlerTransportAdapter$";

  private Network() {}

  /** Drops all messages to and from an address, {@code host:port}, from now on. */
  public static void cut(ActorSystem<?> system, String hostAndPort) throws Exception {
    command(system, hostAndPort, "Blackhole$");
  }

  /** Lets messages to and from an address pass again. */
  public static void mend(ActorSystem<?> system, String hostAndPort) throws Exception {
    command(system, hostAndPort, "Unthrottled$");
  }

  private static void command(ActorSystem<?> system, String hostAndPort, String mode)
      throws Exception {
    int colon = hostAndPort.lastIndexOf(':');
    Address address =
        new Address(
            "pekko",
            system.name(),
            hostAndPort.substring(0, colon),
            Integer.parseInt(hostAndPort.substring(colon + 1)));
    Object throttle =
        Class.forName(THROTTLER + "SetThrottle")
            .getConstructor(
                Address.class,
                Class.forName(THROTTLER + "Direction"),
                Class.forName(THROTTLER + "ThrottleMode"))
            .newInstance(address, object("Direction$Both$"), object(mode));
    RemoteActorRefProvider provider =
        (RemoteActorRefProvider) Adapter.toClassic(system).provider();
    Object done =
        Await.result(
            provider.transport().managementCommand(throttle),
            scala.concurrent.duration.Duration.create(
                Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS));
    if (!Boolean.TRUE.equals(done)) {
      throw new TimeoutException("The transport refused; is " + TEST_MODE + " on?");
    }
  }

  /** A Scala object, by its class. */
  private static Object object(String name) throws ReflectiveOperationException {
    return Class.forName(THROTTLER + name).getField("MODULE$").get(null);
  }
}

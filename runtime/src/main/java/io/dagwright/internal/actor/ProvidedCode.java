package io.dagwright.internal.actor;

import io.dagwright.internal.code.CodeLocation;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.slf4j.Logger;

/** What every node has whatever its user does: this runtime, and what its own interfaces name. */
public final class ProvidedCode implements Predicate<CodeLocation> {

  private final Set<CodeLocation> places =
      Stream.of(
              ProvidedCode.class,
              ActorSystem.class,
              org.apache.pekko.actor.ActorSystem.class,
              Cluster.class,
              scala.Function1.class,
              Logger.class)
          .map(CodeLocation::of)
          .collect(Collectors.toUnmodifiableSet());

  @Override
  public boolean test(CodeLocation location) {
    return places.contains(location);
  }
}

package io.dagwright.examples;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.dagwright.Client;
import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * A service with an actor system and settings of its own, which computes graphs through a client
 * beside it. Dagwright runs on its own actor system and leaves the service's settings alone.
 */
public final class EmbeddingInService {

  /** What the service is asked: what all these parcels cost. */
  record GetPrice(List<Integer> grams, ActorRef<Price> replyTo) {}

  /** The answer, or why there is none. */
  record Price(int cents, String problem) {}

  private EmbeddingInService() {}

  public static void main(String[] arguments) {
    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        Client client = cluster.client()) {
      ActorSystem<GetPrice> service = startService(client);
      Price price = ask(service, List.of(100, 2500, 700)).toCompletableFuture().join();
      System.out.println("three parcels cost " + price.cents() + " cents");
      service.terminate();
    }
  }

  /** The service as it would be without Dagwright, but for the runner it is given. */
  static ActorSystem<GetPrice> startService(GraphRunner runner) {
    return ActorSystem.create(pricing(runner), "shop", settings());
  }

  /** The service's own settings; nothing in them is about Dagwright. */
  static Config settings() {
    return ConfigFactory.parseString(
            """
            pekko.loglevel = ERROR
            pekko.actor.default-dispatcher.throughput = 7
            pekko.coordinated-shutdown.exit-jvm = off
            """)
        .withFallback(ConfigFactory.load());
  }

  /** An actor must not wait, so it takes the result as a stage, and answers when that is done. */
  private static Behavior<GetPrice> pricing(GraphRunner runner) {
    return Behaviors.receiveMessage(
        request -> {
          CompletionStage<Integer> cents = runner.computeAsync(price(request.grams()));
          CompletionStage<Price> answer =
              cents
                  .thenApply(sum -> new Price(sum, ""))
                  .exceptionally(failure -> new Price(0, String.valueOf(failure.getMessage())));
          answer.thenAccept(request.replyTo()::tell);
          return Behaviors.same();
        });
  }

  static CompletionStage<Price> ask(ActorSystem<GetPrice> service, List<Integer> grams) {
    return AskPattern.ask(
        service,
        (ActorRef<Price> replyTo) -> new GetPrice(grams, replyTo),
        Duration.ofSeconds(60),
        service.scheduler());
  }

  private static Lazy<Integer> price(List<Integer> grams) {
    List<Lazy<Integer>> parcels = new ArrayList<>();
    for (int each : grams) {
      parcels.add(Lazy.delayed(each, EmbeddingInService::postage));
    }
    return Lazy.all(parcels, all -> all.stream().mapToInt(Integer::intValue).sum());
  }

  private static int postage(int grams) {
    if (grams <= 0) {
      throw new IllegalArgumentException("a parcel of " + grams + " g");
    }
    return 300 + (grams + 999) / 1000 * 100;
  }
}

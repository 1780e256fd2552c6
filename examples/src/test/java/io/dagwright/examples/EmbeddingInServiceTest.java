package io.dagwright.examples;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.dagwright.LocalCluster;
import io.dagwright.Schedulers;
import io.dagwright.examples.EmbeddingInService.GetPrice;
import io.dagwright.examples.EmbeddingInService.Price;
import java.net.URL;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class EmbeddingInServiceTest {

  @Test
  void theServiceAnswersAndKeepsItsSettings() {
    try (LocalCluster cluster = LocalCluster.threads(1, 1)) {
      ActorSystem<GetPrice> service = EmbeddingInService.startService(cluster.client());
      try {
        Price price = answer(service, List.of(100, 2500));
        Price refused = answer(service, List.of(100, -1));
        Config config = service.settings().config();

        assertThat(price).isEqualTo(new Price(1000, ""));
        assertThat(refused.problem()).contains("a parcel of -1 g");
        assertThat(config.getConfig("pekko")).isEqualTo(settingsOfAServiceAlone());
        assertThat(config.getInt("pekko.actor.default-dispatcher.throughput")).isEqualTo(7);
        assertThat(config.getString("pekko.actor.provider")).isEqualTo("local");
        assertThat(config.getString("pekko.loglevel")).isEqualTo("ERROR");
      } finally {
        service.terminate();
      }
    }
  }

  private static Config settingsOfAServiceAlone() {
    ActorSystem<Void> alone =
        ActorSystem.create(Behaviors.<Void>empty(), "alone", EmbeddingInService.settings());
    alone.terminate();
    return alone.settings().config().getConfig("pekko");
  }

  private static Price answer(ActorSystem<GetPrice> service, List<Integer> grams) {
    return EmbeddingInService.ask(service, grams).toCompletableFuture().join();
  }

  /** Being on the class path is enough for a library's reference.conf to be loaded by everybody. */
  @Test
  void theLibraryAddsSerializersOfItsOwnMessagesAndNothingElse() {
    URL resource = Schedulers.class.getClassLoader().getResource("dagwright-base.conf");
    String ours = String.valueOf(resource).replace("dagwright-base.conf", "reference.conf");

    Set<String> added =
        ConfigFactory.load().getConfig("pekko").entrySet().stream()
            .filter(entry -> entry.getValue().origin().description().contains(ours))
            .map(entry -> entry.getKey().replace("\"", ""))
            .collect(toCollection(TreeSet::new));

    assertThat(added)
        .isNotEmpty()
        .allMatch(
            path ->
                path.startsWith("actor.serializers.dagwright-")
                    || path.startsWith("actor.serialization-bindings.io.dagwright."));
  }

  @Test
  void itRuns() {
    EmbeddingInService.main(new String[0]);
  }
}

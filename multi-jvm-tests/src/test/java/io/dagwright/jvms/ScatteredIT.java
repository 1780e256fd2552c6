package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static io.dagwright.jvms.Clusters.worker;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Persisted;
import io.dagwright.ScatterOptions;
import io.dagwright.error.ScatteredValueLostException;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code kill -9} of a worker that holds scattered values. */
@Tag("jvms")
@Timeout(240)
class ScatteredIT {

  private static final int LENGTH = 300_000;

  @Test
  void scatteredValuesSurviveAsTheyWereScattered() throws Exception {
    try (LocalCluster cluster = Clusters.forked(Map.of(), "steady", "doomed");
        Client client = Clusters.connect(cluster.address())) {
      awaitWorkers(client, "steady", "doomed");
      ScatterOptions once = ScatterOptions.DEFAULT.withWorkers("doomed");
      Persisted<int[]> twice =
          client.scatter(new int[LENGTH], ScatterOptions.DEFAULT.withReplicas(2));
      Persisted<int[]> alone = client.scatter(new int[LENGTH], once);
      Persisted<int[]> remembered =
          client.scatter(new int[LENGTH], ScatterOptions.DEFAULT.withKeptByClient(true));
      assertThat(worker(client, "steady").results() + worker(client, "doomed").results())
          .isEqualTo(4);

      long pid = requireNonNull(cluster.processIds().get("doomed"));
      Jvm.kill(pid);
      until("the loss is known", () -> lengthOf(client, twice) == LENGTH);

      assertThat(client.computeAsync(length(remembered)).toCompletableFuture().get(60, SECONDS))
          .isEqualTo(LENGTH);
      assertThatThrownBy(() -> client.compute(length(alone)))
          .isInstanceOf(ScatteredValueLostException.class)
          .hasMessageContaining(alone.key().toString())
          .hasMessageContaining("one worker")
          .hasMessageContaining("[doomed]")
          .hasMessageContaining("ScatterOptions.withReplicas(2)");
      assertThatThrownBy(alone::join).isInstanceOf(ScatteredValueLostException.class);
      until("two copies again", () -> worker(client, "doomed").results() >= 1);
      assertThat(twice.join()).hasSize(LENGTH);
    }
  }

  private static Lazy<Integer> length(Persisted<int[]> array) {
    return array.lazy().map(values -> values.length);
  }

  private static int lengthOf(Client client, Persisted<int[]> array) {
    return client.compute(length(array));
  }
}

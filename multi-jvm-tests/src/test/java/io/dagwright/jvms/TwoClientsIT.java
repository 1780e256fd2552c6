package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Persisted;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two clients of one cluster, each on an actor system of its own. */
@Tag("jvms")
@Timeout(240)
class TwoClientsIT {

  @TempDir Path traces;
  @TempDir Path slowTraces;

  @Test
  void clientsShareKeptResultsAndLeaveOneAnotherAlone() throws Exception {
    try (LocalCluster cluster = Clusters.forked(Map.of(), "only");
        Client first = cluster.client()) {
      awaitWorkers(first, "only");
      List<Lazy<long[]>> arrays = Work.arrays(traces, "array", 20, 1, UnaryOperator.identity());
      List<Persisted<long[]>> kept = first.persist(arrays);
      CompletableFuture<Long> mine;

      try (Client second = Client.connect(cluster.address())) {
        Lazy<Long> sum = Work.sum(kept.stream().map(Persisted::lazy).toList());
        assertThat(second.computeAsync(sum).toCompletableFuture().get(90, SECONDS))
            .isEqualTo(Work.expected(20));
        assertThat(first.status().clients()).isEqualTo(2);
        mine = first.computeAsync(slowSum()).toCompletableFuture();
        CompletableFuture<Long> abandoned = second.computeAsync(slowSum()).toCompletableFuture();
        assertThat(abandoned).isNotDone();
      }

      assertThat(mine.get(90, SECONDS)).isEqualTo(Work.expected(20));
      Clusters.until("one session", () -> first.status().clients() == 1);
      assertThat(first.gather(kept)).hasSize(20);
      assertThat(Traces.read(traces).values())
          .as("nothing was computed for each client anew")
          .hasSize(20)
          .containsOnly(1L);
    }
  }

  private Lazy<Long> slowSum() {
    return Work.sum(Work.arrays(slowTraces, "slow", 20, 50, UnaryOperator.identity()));
  }
}

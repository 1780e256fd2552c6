package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static io.dagwright.jvms.Clusters.worker;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker that stands still for longer than its silence is borne, and then goes on. */
@Tag("jvms")
@Timeout(300)
class FrozenWorkerIT {

  @TempDir Path traces;
  @TempDir Path laterTraces;

  @Test
  void aWorkerThatComesBackFromTheDeadChangesNothingAndIsOfUseAgain() throws Exception {
    Map<String, String> settings = Map.of("dagwright.scheduler.worker-silence", "4s");
    try (LocalCluster cluster = Clusters.forked(settings, "steady", "frozen");
        Client client = cluster.client()) {
      awaitWorkers(client, "steady", "frozen");
      long pid = requireNonNull(cluster.processIds().get("frozen"));
      List<Lazy<long[]>> arrays = Work.arrays(traces, "mine", 100, 40, UnaryOperator.identity());

      CompletableFuture<Long> sum = client.computeAsync(Work.sum(arrays)).toCompletableFuture();
      until("results on the worker", () -> worker(client, "frozen").results() >= 10);
      Jvm.freeze(pid);
      try {
        assertThat(sum.get(90, SECONDS)).isEqualTo(Work.expected(100));
      } finally {
        Jvm.thaw(pid);
      }

      List<Lazy<long[]>> later =
          Work.arrays(laterTraces, "later", 100, 5, UnaryOperator.identity());
      assertThat(client.computeAsync(Work.sum(later)).toCompletableFuture().get(90, SECONDS))
          .isEqualTo(Work.expected(100));
      String answer =
          client
              .computeAsync(Lazy.delayed("here", String::toUpperCase).workers("frozen"))
              .toCompletableFuture()
              .get(90, SECONDS);
      assertThat(answer).isEqualTo("HERE");
      assertThat(cluster.processIds()).as("it was not started again").containsEntry("frozen", pid);
    }
  }
}

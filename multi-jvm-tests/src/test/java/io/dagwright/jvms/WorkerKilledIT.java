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

/** {@code kill -9} of a worker in the middle of a graph. */
@Tag("jvms")
@Timeout(240)
class WorkerKilledIT {

  @TempDir Path traces;
  @TempDir Path othersTraces;

  @Test
  void whatAKilledWorkerHeldIsComputedAgainAndOthersNoticeNothing() throws Exception {
    try (LocalCluster cluster = Clusters.forked(Map.of(), "steady", "doomed");
        Client client = cluster.client();
        Client other = Clusters.connect(cluster.address())) {
      awaitWorkers(client, "steady", "doomed");
      long pid = requireNonNull(cluster.processIds().get("doomed"));
      List<Lazy<long[]>> arrays = Work.arrays(traces, "mine", 200, 40, UnaryOperator.identity());
      List<Lazy<long[]>> others =
          Work.arrays(othersTraces, "other", 40, 5, array -> array.workers("steady"));

      CompletableFuture<Long> sum = client.computeAsync(Work.sum(arrays)).toCompletableFuture();
      CompletableFuture<Long> othersSum =
          other.computeAsync(Lazy.all(others, Totals::total)).toCompletableFuture();
      until("results on the doomed worker", () -> worker(client, "doomed").results() >= 20);
      Jvm.kill(pid);

      assertThat(sum.get(90, SECONDS)).isEqualTo(Work.expected(200));
      assertThat(othersSum.get(90, SECONDS)).isEqualTo(Work.expected(40));
      Map<String, Long> runs = Traces.read(traces);
      assertThat(runs).hasSize(200);
      assertThat(runs.values()).as("something was computed again").anyMatch(count -> count > 1);
      assertThat(Traces.read(othersTraces).values()).hasSize(40).containsOnly(1L);

      until(
          "the same worker in another process",
          () -> !Long.valueOf(pid).equals(cluster.processIds().get("doomed")));
      long next =
          client.compute(
              Lazy.delayed(() -> ProcessHandle.current().pid()).workers("doomed").named("where"));
      assertThat(next).isEqualTo(cluster.processIds().get("doomed")).isNotEqualTo(pid);
    }
  }
}

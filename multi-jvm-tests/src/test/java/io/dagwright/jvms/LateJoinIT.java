package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.Persisted;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers that come when there is work already, and go while their results are still needed. */
@Tag("jvms")
@Timeout(300)
class LateJoinIT {

  @TempDir Path traces;

  @Test
  void aGraphWithoutWorkersWaitsSaysWhyAndEndsOnceOneJoins() throws Exception {
    try (Node scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
        Client client = scheduler.client()) {
      Persisted<Integer> result = client.persist(Lazy.delayed(20, x -> x + 1).key("patient"));

      until("a reason", () -> client.why(result).contains("no worker"));
      String why = client.why(result);
      assertThat(why).contains("patient").doesNotContain("\n");

      try (Jvm worker = Jvm.start(NodeMain.class, "worker", "late", scheduler.address())) {
        worker.awaitLine("node ");
        assertThat(result.toCompletionStage().toCompletableFuture().get(90, SECONDS)).isEqualTo(21);
      }
    }
  }

  @Test
  void aWorkerThatLeavesTakesNothingWithIt() throws Exception {
    try (Node scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
        Client client = scheduler.client();
        Jvm leaving = Jvm.start(NodeMain.class, "worker", "leaving", scheduler.address())) {
      awaitWorkers(client, "leaving");
      List<Lazy<long[]>> arrays = Work.arrays(traces, "array", 30, 1, UnaryOperator.identity());
      List<Persisted<long[]>> kept = client.persist(arrays);
      kept.forEach(Persisted::awaitReady);

      try (Jvm staying = Jvm.start(NodeMain.class, "worker", "staying", scheduler.address())) {
        awaitWorkers(client, "leaving", "staying");
        leaving.say("leave");
        assertThat(leaving.awaitExit()).isZero();
        assertThat(staying.isAlive()).isTrue();

        Lazy<Long> sum = Work.sum(kept.stream().map(Persisted::lazy).toList());
        assertThat(client.computeAsync(sum).toCompletableFuture().get(90, SECONDS))
            .isEqualTo(Work.expected(30));
        assertThat(Totals.total(client.gather(kept))).isEqualTo(Work.expected(30));
        assertThat(Traces.read(traces).values()).hasSize(30).containsOnly(1L);
      }
    }
  }
}

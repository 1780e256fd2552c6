package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static io.dagwright.jvms.Clusters.worker;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.internal.node.NodeSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Control messages that are lost on their way. */
@Tag("jvms")
@Timeout(240)
class LostMessagesIT {

  private static final long CUT_MILLIS = 2000;

  @TempDir Path traces;

  @Test
  void aGraphEndsRightThoughMessagesToAndFromAWorkerWereLost() throws Exception {
    NodeSystem scheduler =
        NodeSystem.start(
            "laptop",
            NodeSystem.Reach.CLUSTER,
            Set.of("scheduler"),
            Map.of(Network.TEST_MODE, "on"));
    try {
      scheduler.join(List.of());
      scheduler.startScheduler();
      try (Client client = Client.connect(scheduler.address());
          Jvm near = Jvm.start(NodeMain.class, "worker", "near", scheduler.address());
          Jvm far = Jvm.start(NodeMain.class, "worker", "far", scheduler.address())) {
        String address = far.awaitLine("node ");
        awaitWorkers(client, "near", "far");

        CompletableFuture<Long> sum =
            client
                .computeAsync(Work.sum(Work.arrays(traces, "a", 200, 10, UnaryOperator.identity())))
                .toCompletableFuture();
        until("results on the worker", () -> worker(client, "far").results() >= 10);
        Network.cut(scheduler.system(), address);
        Thread.sleep(CUT_MILLIS);
        Network.mend(scheduler.system(), address);

        assertThat(sum.get(90, SECONDS)).isEqualTo(Work.expected(200));
        assertThat(Traces.read(traces)).hasSize(200);
        assertThat(near.isAlive() && far.isAlive()).isTrue();
      }
    } finally {
      scheduler.terminate();
    }
  }
}

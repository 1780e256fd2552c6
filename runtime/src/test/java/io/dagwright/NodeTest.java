package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.protocol.ClusterStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(120)
class NodeTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final NodeOptions SCHEDULER = NodeOptions.SCHEDULER.withProfile("laptop");
  private static final NodeOptions WORKER =
      NodeOptions.WORKER.withProfile("laptop").withWorkers(1, 1);

  /** Tasks run in this JVM, whichever node they run on. */
  private static final AtomicInteger RUNS = new AtomicInteger();

  @Test
  void workersAndClientsJoinBySeed() {
    try (Node scheduler = Node.start(SCHEDULER);
        Node worker =
            Node.start(
                WORKER
                    .withSeeds(scheduler.address())
                    .withName("gpu-1")
                    .withResources(Map.of("GPU", 2.0)));
        Client client = Client.connect(scheduler.address())) {
      int answer = client.compute(Lazy.delayed(() -> 42).resources(Map.of("GPU", 1.0)));

      assertThat(answer).isEqualTo(42);
      assertThat(client.status().workers())
          .extracting(ClusterStatus.Worker::name)
          .containsExactly("gpu-1");
      assertThat(worker.address()).isNotEqualTo(scheduler.address());
    }
  }

  @Test
  void workerMayStartBeforeItsScheduler() throws IOException {
    int port = freePort();

    try (Node worker = Node.start(WORKER.withSeeds("127.0.0.1:" + port));
        Node scheduler =
            Node.start(SCHEDULER.withSettings(Map.of("dagwright.port", Integer.toString(port))));
        Client client = scheduler.client()) {
      assertThat(client.compute(Lazy.delayed(() -> 42))).isEqualTo(42);
      assertThat(worker.address()).isNotEqualTo(scheduler.address());
    }
  }

  @Test
  void oneNodeMayBeBoth() {
    try (Node node = Node.start(SCHEDULER.withWorkers(2, 1).withName("both"));
        Client client = node.client()) {
      assertThat(client.compute(Lazy.delayed(() -> 42))).isEqualTo(42);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(client.status().workers())
                      .extracting(ClusterStatus.Worker::name)
                      .containsExactlyInAnyOrder("both-0", "both-1"));
    }
  }

  @Test
  void leavingMovesResultsAndRecomputesNothing() {
    try (Node scheduler = Node.start(SCHEDULER);
        Node first = Node.start(WORKER.withSeeds(scheduler.address()).withName("first"));
        Client client = scheduler.client()) {
      RUNS.set(0);
      List<Lazy<Integer>> lazies =
          IntStream.range(0, 20)
              .mapToObj(i -> Lazy.delayed(i, n -> n + 0 * RUNS.incrementAndGet()))
              .toList();
      List<Persisted<Integer>> kept = client.persist(lazies);
      client.gather(kept);
      try (Node second = Node.start(WORKER.withSeeds(scheduler.address()).withName("second"))) {
        await().atMost(PATIENCE).until(() -> client.status().workers().size() == 2);

        first.leave();

        assertThat(client.gather(kept)).isEqualTo(IntStream.range(0, 20).boxed().toList());
        assertThat(RUNS).hasValue(20);
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(client.status().workers())
                        .extracting(ClusterStatus.Worker::name)
                        .containsExactly("second"));
        assertThat(second.address()).isNotEqualTo(first.address());
      }
    }
  }

  @Test
  void workerWithoutASchedulerToJoinIsRefused() {
    assertThatThrownBy(() -> Node.start(WORKER))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("DAGWRIGHT_SEEDS");
  }

  @Test
  void nodeWhoseWorkerIsRefusedEnds() throws Exception {
    try (Node scheduler = Node.start(SCHEDULER)) {
      NodeOptions worker = WORKER.withSeeds(scheduler.address()).withName("twin");
      try (Node older = Node.start(worker);
          Client client = scheduler.client()) {
        await().atMost(PATIENCE).until(() -> client.status().workers().size() == 1);

        try (Node newer = Node.start(worker)) {
          older.whenEnded().toCompletableFuture().get(60, TimeUnit.SECONDS);

          assertThat(client.compute(Lazy.delayed(() -> 1))).isEqualTo(1);
          assertThat(newer.whenEnded().toCompletableFuture()).isNotDone();
        }
      }
    }
  }

  @Test
  void settingThatCannotBeUsedFailsTheStart() {
    Map<String, String> wrong = Map.of("dagwright.scheduler.saturation", "0");

    assertThatThrownBy(() -> Node.start(SCHEDULER.withSettings(wrong)))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("dagwright.scheduler.saturation");
  }

  @Test
  void addressThatIsNoneIsNamed() {
    assertThatThrownBy(() -> Node.start(WORKER.withSeeds("localhost")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("[localhost] is not host:port");
    assertThatThrownBy(() -> Client.connect("localhost"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("[localhost] is not host:port");
    Map<String, String> tooLarge = Map.of("dagwright.data-port", "99999");
    assertThatThrownBy(() -> Node.start(SCHEDULER.withSettings(tooLarge)))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("at most 65535");
  }

  @Test
  void portThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());

      assertThatThrownBy(() -> Node.start(SCHEDULER.withSettings(Map.of("dagwright.port", port))))
          .isInstanceOf(InvalidConfigurationException.class)
          .hasMessageContaining("127.0.0.1:" + port);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}

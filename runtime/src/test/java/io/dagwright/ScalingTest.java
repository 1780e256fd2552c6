package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dagwright.internal.actor.WorkerActor;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.NodeSystem;
import io.dagwright.internal.wire.WorkerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers that leave take nothing along, however often they come and go. */
@Tag("slow")
@Timeout(180)
class ScalingTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ROUNDS = 20;
  private static final int KEPT = 40;
  private static final int PASSING = 60;

  /** Tasks run in this JVM. */
  private static final AtomicInteger RUNS = new AtomicInteger();

  @Test
  void fromFourWorkersToOneAndBackTwentyTimesNothingIsComputedTwice() {
    RUNS.set(0);
    NodeSystem node = NodeSystem.start("laptop", NodeSystem.Reach.LOCAL, Set.of(), Map.of());
    node.startScheduler();
    node.startWorker("stays", 1, Map.of());
    try (Client client = new Client(ClusterClient.on(node))) {
      List<ActorRef<WorkerMessage>> leavers = join(node, client, 0);
      List<Persisted<Integer>> kept = client.persist(numbers(KEPT));
      Persisted<String> scattered = client.scatter("a value");
      client.replicate(kept.subList(0, 5), 2);

      for (int round = 1; round <= ROUNDS; round++) {
        CompletionStage<List<Integer>> passing = client.computeAsync(numbers(PASSING));
        leavers.forEach(worker -> worker.tell(new WorkerActor.Leave()));
        await().atMost(PATIENCE).until(() -> client.status().workers().size() == 1);
        assertThat(passing.toCompletableFuture().join()).hasSize(PASSING);
        assertThat(client.gather(kept)).isEqualTo(IntStream.range(0, KEPT).boxed().toList());
        assertThat(client.compute(scattered.lazy().map(String::length)).intValue()).isEqualTo(7);
        leavers = join(node, client, round);
        client.rebalance();
      }

      assertThat(RUNS).hasValue(KEPT + ROUNDS * PASSING);
      kept.forEach(Persisted::release);
      scattered.release();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(CleanCluster.leftovers(client)).isEmpty());
    } finally {
      node.terminate();
    }
  }

  private static List<ActorRef<WorkerMessage>> join(NodeSystem node, Client client, int round) {
    List<ActorRef<WorkerMessage>> joined = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      joined.add(node.startWorker("round-" + round + "-" + i, 1, Map.of()));
    }
    await().atMost(PATIENCE).until(() -> client.status().workers().size() == 4);
    return joined;
  }

  private static List<Lazy<Integer>> numbers(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Lazy.delayed(i, n -> n + 0 * RUNS.incrementAndGet()))
        .toList();
  }
}

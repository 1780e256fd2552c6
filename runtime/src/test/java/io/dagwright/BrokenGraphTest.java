package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.GraphBrokenException;
import io.dagwright.internal.actor.ImpossibleEvents;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.NodeSystem;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(60)
class BrokenGraphTest {

  /** Tasks run in this JVM. */
  private static final CountDownLatch GO_ON = new CountDownLatch(1);

  private static final AtomicBoolean INTERRUPTED = new AtomicBoolean();

  @Test
  void graphWhoseActorThrowsFailsAloneAndItsRunsStop() {
    NodeSystem node = NodeSystem.start("laptop", NodeSystem.Reach.LOCAL, Set.of(), Map.of());
    node.startScheduler();
    node.startWorker("worker", 2, Map.of());
    try (Client client = new Client(ClusterClient.on(node))) {
      TaskFuture<Integer> broken = client.submit(Lazy.delayed(() -> sleepUnlessStopped()));
      ActorRef itsActor = onlyGraph(node);
      TaskFuture<Integer> other = client.submit(Lazy.delayed(() -> waitForTheOther()));

      itsActor.tell(ImpossibleEvents.message(), ActorRef.noSender());

      assertThatThrownBy(broken::join)
          .isInstanceOf(GraphBrokenException.class)
          .hasMessageContaining("Other graphs are not affected");
      await().untilTrue(INTERRUPTED);
      GO_ON.countDown();
      assertThat(other.join()).isEqualTo(2);
      int next = client.compute(Lazy.delayed(() -> 3));
      assertThat(next).isEqualTo(3);
    } finally {
      node.terminate();
    }
  }

  private static ActorRef onlyGraph(NodeSystem node) {
    return await()
        .ignoreExceptions()
        .until(
            () -> {
              CompletionStage<ActorRef> found =
                  Adapter.toClassic(node.system())
                      .actorSelection("/system/dagwright-scheduler/graph-*")
                      .resolveOne(Duration.ofSeconds(5));
              return found.toCompletableFuture().get();
            },
            ref -> true);
  }

  /** Outlives every test unless it is interrupted: that it was, is what the test looks for. */
  private static int sleepUnlessStopped() throws InterruptedException {
    try {
      Thread.sleep(60_000); // Nobody waits so long: the test interrupts it.
      return 1;
    } catch (InterruptedException e) {
      INTERRUPTED.set(true);
      throw e;
    }
  }

  private static int waitForTheOther() throws InterruptedException {
    GO_ON.await();
    return 2;
  }
}

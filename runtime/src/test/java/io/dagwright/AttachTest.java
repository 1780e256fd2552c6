package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.protocol.CancelGraph;
import io.dagwright.protocol.GraphReply;
import io.dagwright.protocol.SubmitGraph;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that runs Pekko for its own purposes, and whose actors send graphs. */
@Timeout(120)
class AttachTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private static final Config HOST =
      ConfigFactory.parseString("pekko.loglevel = WARNING\nservice.name = orders");

  private static ActorTestKit service;
  private static LocalCluster cluster;
  private static Client client;

  @BeforeAll
  static void start() {
    service = ActorTestKit.create("orders", HOST.withFallback(ConfigFactory.load()));
    cluster = LocalCluster.threads(1, 1);
    client = Client.attach(service.system(), cluster);
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    service.shutdownTestKit();
  }

  @Test
  void anActorGetsTheResultsOfItsGraphOnce() {
    TestProbe<GraphReply> actor = service.createTestProbe();
    Lazy<Integer> sum = Lazy.combine(Lazy.value(40), Lazy.value(2), Integer::sum);

    client.submitter().tell(SubmitGraph.of(sum.graph(), actor.getRef()).withId("sum"));

    GraphReply.GraphFinished reply =
        actor.expectMessageClass(GraphReply.GraphFinished.class, PATIENCE);
    assertThat(reply.id()).isEqualTo("sum");
    assertThat(reply.results()).containsExactly(42);
    actor.expectNoMessage(Duration.ofMillis(200));
  }

  @Test
  void anActorGetsTheFailureOfItsGraph() {
    TestProbe<GraphReply> actor = service.createTestProbe();
    Lazy<Integer> bad =
        Lazy.delayed(
            () -> {
              throw new ArithmeticException("by zero");
            });

    client.submitter().tell(SubmitGraph.of(bad.graph(), actor.getRef()).withId("bad"));

    GraphReply.GraphFailed reply = actor.expectMessageClass(GraphReply.GraphFailed.class, PATIENCE);
    assertThat(reply.failure())
        .isInstanceOf(TaskFailedException.class)
        .hasCauseInstanceOf(ArithmeticException.class);
  }

  @Test
  void aGraphThatTakesTooLongOrIsCancelledFails() {
    TestProbe<GraphReply> actor = service.createTestProbe();
    Lazy<String> slow =
        Lazy.delayed(
            () -> {
              NEVER.await();
              return "never";
            });

    client
        .submitter()
        .tell(
            SubmitGraph.of(slow.graph(), actor.getRef())
                .withId("slow")
                .withTimeout(Duration.ofMillis(300)));
    client.submitter().tell(SubmitGraph.of(slow.graph(), actor.getRef()).withId("stopped"));
    client.submitter().tell(CancelGraph.of("stopped", "nobody wants it"));

    GraphReply.GraphFailed first = actor.expectMessageClass(GraphReply.GraphFailed.class, PATIENCE);
    GraphReply.GraphFailed second =
        actor.expectMessageClass(GraphReply.GraphFailed.class, PATIENCE);
    assertThat(first.failure()).isInstanceOf(GraphCancelledException.class);
    assertThat(second.failure()).isInstanceOf(GraphCancelledException.class);
  }

  @Test
  void theServicesSettingsAreItsOwn() {
    Config config = service.system().settings().config();

    assertThat(config.getString("pekko.loglevel")).isEqualTo("WARNING");
    assertThat(config.getString("pekko.actor.provider")).isEqualTo("local");
    assertThat(config.getString("pekko.cluster.downing-provider-class")).isEmpty();
    assertThat(config.getString("service.name")).isEqualTo("orders");
  }

  @Test
  void aServiceWithoutASchedulerIsToldWhatIsMissing() {
    assertThatThrownBy(() -> Client.attach(service.system()))
        .hasMessageContaining("dagwright.seeds")
        .hasMessageContaining("DAGWRIGHT_SEEDS");
  }

  @Test
  void aClientThatIsNotAttachedHasNoSubmitter() {
    try (Client plain = cluster.client()) {
      assertThatThrownBy(plain::submitter)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Client.attach");
    }
  }
}

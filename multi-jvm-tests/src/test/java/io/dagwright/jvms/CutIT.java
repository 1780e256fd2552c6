package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Persisted;
import io.dagwright.internal.node.NodeSystem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections that are cut: what was sent is dropped, and nobody is told. */
@Tag("jvms")
@Timeout(240)
class CutIT {

  private static final String FAR = "127.0.0.2";
  private static final String NEAR = "127.0.0.3";
  private static final int LENGTH = 50_000;

  /** Longer than until a node that nobody can reach is removed from the cluster. */
  private static final Duration LONG = Duration.ofSeconds(6);

  @TempDir Path traces;

  private record Piece(String traces, int number) {}

  @BeforeAll
  static void needRoot() {
    Optional<String> why = Firewall.whyImpossible();
    assumeTrue(why.isEmpty(), () -> "needs root and nft: " + why.orElseThrow());
  }

  @Test
  void twoWorkersThatCannotReachOneAnotherWorkOnThroughAThird() throws Exception {
    NodeSystem scheduler =
        NodeSystem.start("fast", NodeSystem.Reach.CLUSTER, Set.of("scheduler"), Map.of());
    try {
      scheduler.join(List.of());
      scheduler.startScheduler();
      try (Client client = Clusters.connect(scheduler.address());
          Jvm far = worker("far", FAR, scheduler.address());
          Jvm near = worker("near", NEAR, scheduler.address())) {
        awaitWorkers(client, "near", "far");
        List<Persisted<long[]>> held = hold(client, "far");
        assertThat(sums(client, held.subList(0, 10), "near")).isEqualTo(expected(0, 10));

        Firewall cut = Firewall.between(FAR, NEAR);
        try {
          assertThat(sums(client, held.subList(10, 20), "near"))
              .as("over a connection that was there")
              .isEqualTo(expected(10, 20));
          until("each says that the other cannot be reached", () -> unreachable(scheduler) == 2);
          await().during(LONG).atMost(LONG.plusSeconds(20)).until(() -> members(scheduler) == 3);
          assertThat(sums(client, held.subList(20, 30), "near")).isEqualTo(expected(20, 30));
          assertThat(client.status().workers()).hasSize(2);
        } finally {
          cut.close();
        }

        until("both reach one another again", () -> unreachable(scheduler) == 0);
        assertThat(sums(client, held.subList(30, 40), "near")).isEqualTo(expected(30, 40));
        assertThat(Traces.read(traces)).as("nothing was computed again").hasSize(40);
        assertThat(Traces.read(traces).values()).containsOnly(1L);
        assertThat(far.isAlive() && near.isAlive()).isTrue();
      }
    } finally {
      scheduler.terminate();
    }
  }

  @Test
  void aCutFromTheSchedulerToAWorkerCostsThatWorkerAndNothingElse() throws Exception {
    NodeSystem scheduler =
        NodeSystem.start("fast", NodeSystem.Reach.CLUSTER, Set.of("scheduler"), Map.of());
    try {
      scheduler.join(List.of());
      scheduler.startScheduler();
      try (Client client = Clusters.connect(scheduler.address());
          Jvm far = worker("far", FAR, scheduler.address());
          Jvm near = worker("near", NEAR, scheduler.address())) {
        awaitWorkers(client, "near", "far");

        Firewall cut = Firewall.oneWay("127.0.0.1", FAR);
        try {
          until("it is removed", () -> members(scheduler) == 2);
          assertThat(answer(client, Lazy.delayed(20, CutIT::next))).isEqualTo(21);
          assertThat(scheduler.isEnded()).isFalse();
        } finally {
          cut.close();
        }

        awaitWorkers(client, "near", "far");
        assertThat(answer(client, Lazy.delayed(20, CutIT::next).workers("far"))).isEqualTo(21);
        assertThat(far.isAlive() && near.isAlive()).isTrue();
      }
    } finally {
      scheduler.terminate();
    }
  }

  private static int next(int number) {
    return number + 1;
  }

  private static int answer(Client client, Lazy<Integer> question) throws Exception {
    return client.computeAsync(question).toCompletableFuture().get(60, SECONDS);
  }

  private static Jvm worker(String name, String host, String scheduler) {
    return Jvm.start(
        NodeMain.class,
        "worker",
        name,
        scheduler,
        "dagwright.host=" + host,
        "dagwright.profile=fast");
  }

  private List<Persisted<long[]>> hold(Client client, String worker) {
    List<Lazy<long[]>> made = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      made.add(Lazy.delayed(new Piece(traces.toString(), i), CutIT::make).workers(worker));
    }
    List<Persisted<long[]>> held = client.persist(made);
    held.forEach(Persisted::awaitReady);
    return held;
  }

  /** Computes on a worker with what others hold. */
  private static List<Long> sums(Client client, List<Persisted<long[]>> held, String worker)
      throws Exception {
    List<Lazy<Long>> sums = new ArrayList<>();
    held.forEach(each -> sums.add(each.lazy().map(CutIT::sum).workers(worker)));
    return client.computeAsync(sums).toCompletableFuture().get(60, SECONDS);
  }

  private static List<Long> expected(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> sum(array(i))).toList();
  }

  private static long[] make(Piece piece) {
    Traces.leave(piece.traces(), "array-" + piece.number());
    return array(piece.number());
  }

  private static long[] array(int seed) {
    long[] array = new long[LENGTH];
    Arrays.setAll(array, i -> seed * 0x9E3779B97F4A7C15L + i);
    return array;
  }

  private static long sum(long[] array) {
    return Arrays.stream(array).reduce(0, (sum, each) -> sum * 31 + each);
  }

  private static long members(NodeSystem system) {
    return count(Cluster.get(system.system()).state().getMembers());
  }

  private static long unreachable(NodeSystem system) {
    return count(Cluster.get(system.system()).state().getUnreachable());
  }

  private static long count(Iterable<?> some) {
    return StreamSupport.stream(some.spliterator(), false).count();
  }
}

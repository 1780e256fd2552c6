package io.dagwright;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.protocol.ClusterStatus;
import io.dagwright.protocol.Moved;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Values brought to workers, and results on as many workers as they should be on. */
@SuppressWarnings("FutureReturnValueIgnored") // What is scattered is released with its client.
@Timeout(120)
class ReplicasTest {

  private static final int WORKERS = 4;
  private static final int MB = 1 << 20;

  @RegisterExtension static final CleanCluster CLUSTER = new CleanCluster(WORKERS, 1);

  record Point(int x, int y) {}

  // ---- scattering ------------------------------------------------------------------------------

  @Test
  void aScatteredValueIsAnInputLikeAnyOtherResult() {
    Persisted<List<Point>> points = client().scatter(List.of(new Point(1, 2), new Point(3, 4)));

    int x = client().compute(points.lazy().map(all -> all.get(1).x()));
    assertThat(x).isEqualTo(3);
    assertThat(points.isDone()).isTrue();
    assertThat(points.join()).containsExactly(new Point(1, 2), new Point(3, 4));
    points.release();
    await().untilAsserted(() -> assertThat(results()).isZero());
    assertThatThrownBy(points::join).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsDoneToAValueAfterItWasScatteredDoesNotMatter() {
    List<Integer> changing = new ArrayList<>(List.of(1));

    Persisted<List<Integer>> value = client().scatter(changing);
    changing.add(2);

    assertThat(value.join()).containsExactly(1);
  }

  @Test
  @SuppressWarnings("NullAway") // It does not look at what type arguments allow.
  void nothingIsAValueToo() {
    assertThat(client().<@Nullable String>scatter(null).join()).isNull();
  }

  @Test
  void otherClientsUseScatteredValues() {
    Persisted<String> value = client().scatter("shared");

    try (Client other = CLUSTER.cluster().client()) {
      assertThat(other.compute(value.lazy().map(String::length))).isEqualTo(6);
    }
  }

  @Test
  void valuesAreSpreadOverTheWorkers() {
    List<byte[]> blocks = new ArrayList<>();
    for (int i = 0; i < 2 * WORKERS; i++) {
      blocks.add(new byte[MB]);
    }

    List<Persisted<byte[]>> scattered = client().scatterAll(blocks, ScatterOptions.DEFAULT);

    assertThat(scattered).hasSize(2 * WORKERS);
    assertThat(client().status().workers())
        .extracting(ClusterStatus.Worker::results)
        .containsOnly(2);
  }

  @Test
  void namedValuesKeepTheirNames() {
    Map<String, Persisted<Integer>> named =
        client().scatterAll(Map.of("low", 1, "high", 9), ScatterOptions.DEFAULT);

    assertThat(requireNonNull(named.get("high")).join()).isEqualTo(9);
    assertThat(requireNonNull(named.get("low")).key()).hasToString("low");
  }

  @Test
  void theSameContentIsOneValueIfThatIsAskedFor() {
    ScatterOptions byContent = ScatterOptions.DEFAULT.withByContent(true);

    Persisted<String> first = client().scatter("twice", byContent);
    Persisted<String> second = client().scatter("twice", byContent);
    Persisted<String> other = client().scatter("other", byContent);

    assertThat(second.key()).isEqualTo(first.key()).isNotEqualTo(other.key());
    assertThat(results()).isEqualTo(2);
    first.release();
    assertThat(second.join()).as("it is still there for the other").isEqualTo("twice");
    second.release();
    assertThat(client().scatter("twice", byContent).join()).isEqualTo("twice");
  }

  @Test
  void aBroadcastValueIsOnEveryWorker() {
    client().scatter(new byte[MB], ScatterOptions.DEFAULT.withBroadcast());

    assertThat(client().status().workers())
        .extracting(ClusterStatus.Worker::results)
        .containsOnly(1);
  }

  @Test
  void valuesGoOnlyWhereTheyMay() {
    String only = client().status().workers().get(2).name();

    client().scatter("here", ScatterOptions.DEFAULT.withReplicas(3).withWorkers(only));

    assertThat(client().status().workers())
        .filteredOn(worker -> worker.results() == 1)
        .extracting(ClusterStatus.Worker::name)
        .containsExactly(only);
  }

  @Test
  void whatCannotBeEncodedIsSaidAtOnce() {
    assertThatThrownBy(() -> client().scatterAsync(new Thread(), ScatterOptions.DEFAULT))
        .isInstanceOf(NotSerializableTaskException.class);
  }

  @Test
  void scatteringNothingIsFine() {
    assertThat(client().scatterAll(List.of(), ScatterOptions.DEFAULT)).isEmpty();
  }

  /** That nothing is left is checked after every test. */
  @Test
  void valuesOnTheirWayWhenTheirClientClosesLeaveNothing() {
    List<CompletionStage<Persisted<byte[]>>> values = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      ScatterOptions options = ScatterOptions.DEFAULT.withReplicas(1 + i % WORKERS);
      values.add(client().scatterAsync(new byte[1000], options));
    }

    values.get(0).toCompletableFuture().join().release();

    assertThat(values).hasSize(50);
  }

  // ---- replicating and balancing ---------------------------------------------------------------

  @Test
  void aResultIsCopiedToAsManyWorkersAsAreWanted() {
    Persisted<byte[]> result = client().persist(Lazy.delayed(() -> new byte[MB]));

    Moved moved = client().replicate(List.of(result), 3);

    assertThat(moved.copies()).isEqualTo(2);
    assertThat(moved.bytes()).isBetween(2L * MB, 2L * MB + 1000);
    assertThat(moved.left()).isZero();
    assertThat(results()).isEqualTo(3);
    assertThat(client().replicate(List.of(result), 99).left()).isEqualTo(1);
    assertThat(results()).isEqualTo(WORKERS);
    result.release();
    await().untilAsserted(() -> assertThat(results()).isZero());
  }

  @Test
  void replicatingWhatFailedFailsWithItsFailure() {
    Persisted<Integer> bad =
        client()
            .persist(
                Lazy.<Integer>delayed(
                    () -> {
                      throw new IllegalStateException("broken");
                    }));

    assertThatThrownBy(() -> client().replicate(List.of(bad), 2)).hasMessageContaining("broken");
  }

  @Test
  void resultsMoveFromTheFullestWorkerToTheOthers() {
    String full = client().status().workers().get(0).name();
    List<byte[]> blocks = new ArrayList<>();
    for (int i = 0; i < 2 * WORKERS; i++) {
      blocks.add(new byte[MB]);
    }
    List<Persisted<byte[]>> scattered =
        client().scatterAll(blocks, ScatterOptions.DEFAULT.withWorkers(full));

    Moved moved = client().rebalance();

    assertThat(moved.copies()).isEqualTo(2 * WORKERS - 2);
    assertThat(moved.left()).isZero();
    await()
        .untilAsserted(
            () ->
                assertThat(client().status().workers())
                    .extracting(ClusterStatus.Worker::results)
                    .containsOnly(2));
    assertThat(client().gather(scattered)).allMatch(block -> block.length == MB);
    assertThat(client().rebalance().copies()).isZero();
  }

  private static Client client() {
    return CLUSTER.client();
  }

  private static int results() {
    return client().status().workers().stream().mapToInt(ClusterStatus.Worker::results).sum();
  }
}

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
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large results on their way from one worker to another. */
@Tag("jvms")
@Timeout(300)
class TransferIT {

  private static final int LENGTH = 1 << 20;
  private static final int ARRAYS = 40;

  @ParameterizedTest
  @ValueSource(strings = {"0", "64 MiB"})
  void aResultOfAGigabyteMoves(String shared) throws Exception {
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT
            .withForked(true)
            .withWorkers(2, 1)
            .withNames("holder", "taker")
            .withJvmFlags("-Xmx3g", "-XX:TieredStopAtLevel=1")
            .withSettings(Map.of("dagwright.transfer.same-host.bytes", shared));
    try (LocalCluster cluster = LocalCluster.start(options);
        Client client = cluster.client()) {
      awaitWorkers(client, "holder", "taker");
      Lazy<List<long[]>> large = Lazy.delayed(128, TransferIT::gigabyte).workers("holder");

      long sum = client.compute(large.map(all -> sumOfAll(all)).workers("taker"));

      assertThat(sum).isEqualTo(sumOfAll(128));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"holder", "taker"})
  void aWorkerIsKilledWhileResultsMove(String killed) throws Exception {
    try (LocalCluster cluster = cluster();
        Client client = cluster.client()) {
      awaitWorkers(client, "holder", "taker");
      CompletableFuture<List<Long>> sums = move(client);
      until("results on the way", () -> worker(client, "taker").results() > 0);
      Jvm.kill(requireNonNull(cluster.processIds().get(killed)));

      assertThat(sums.get(120, SECONDS)).isEqualTo(expected());
    }
  }

  @Test
  void aHolderStandsStillWhileResultsMove() throws Exception {
    try (LocalCluster cluster = cluster();
        Client client = cluster.client()) {
      awaitWorkers(client, "holder", "taker", "other");
      CompletableFuture<List<Long>> sums = move(client);
      until("results on the way", () -> worker(client, "taker").results() > 0);
      long pid = requireNonNull(cluster.processIds().get("holder"));
      Jvm.freeze(pid);
      try {
        for (int i = 0; i < 100; i++) { // Others notice nothing.
          int number = i;
          assertThat(client.compute(Lazy.delayed(() -> number).workers("other"))).isEqualTo(number);
        }
      } finally {
        Jvm.thaw(pid);
      }

      assertThat(sums.get(120, SECONDS)).isEqualTo(expected());
      assertThat(cluster.processIds()).as("it was not started again").containsEntry("holder", pid);
    }
  }

  private static LocalCluster cluster() {
    return LocalCluster.start(
        LocalClusterOptions.DEFAULT
            .withForked(true)
            .withWorkers(3, 1)
            .withNames("holder", "taker", "other")
            .withJvmFlags("-Xmx1g", "-XX:TieredStopAtLevel=1"));
  }

  /** Arrays that one worker holds, each taken by a task of the other. */
  private static CompletableFuture<List<Long>> move(Client client) {
    List<Lazy<long[]>> made = new ArrayList<>();
    for (int i = 0; i < ARRAYS; i++) {
      made.add(Lazy.delayed(i, TransferIT::array).workers("holder"));
    }
    List<Persisted<long[]>> held = client.persist(made);
    held.forEach(Persisted::awaitReady);
    List<Lazy<Long>> taken = new ArrayList<>();
    held.forEach(each -> taken.add(each.lazy().map(TransferIT::sum).workers("taker")));
    return client.computeAsync(taken).toCompletableFuture();
  }

  private static List<Long> expected() {
    List<Long> sums = new ArrayList<>();
    for (int i = 0; i < ARRAYS; i++) {
      sums.add(sum(array(i)));
    }
    return sums;
  }

  private static List<long[]> gigabyte(int arrays) {
    List<long[]> all = new ArrayList<>();
    for (int i = 0; i < arrays; i++) {
      all.add(array(i));
    }
    return all;
  }

  private static long sumOfAll(int arrays) {
    long sum = 0;
    for (int i = 0; i < arrays; i++) {
      sum = sum * 31 + sum(array(i));
    }
    return sum;
  }

  private static long sumOfAll(List<long[]> arrays) {
    long sum = 0;
    for (long[] array : arrays) {
      sum = sum * 31 + sum(array);
    }
    return sum;
  }

  private static long[] array(int seed) {
    long[] array = new long[LENGTH];
    Arrays.setAll(array, i -> seed * 0x9E3779B97F4A7C15L + i);
    return array;
  }

  private static long sum(long[] array) {
    long sum = 0;
    for (long each : array) {
      sum = sum * 31 + each;
    }
    return sum;
  }
}

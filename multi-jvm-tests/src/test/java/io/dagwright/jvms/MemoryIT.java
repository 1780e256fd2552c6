package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import io.dagwright.protocol.ClusterStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers with small heaps: what they begin, when they pause, and how it goes on. */
@Tag("jvms")
@Timeout(240)
class MemoryIT {

  private static final int MEBIBYTE = 1 << 20;

  /** On a worker: how many tasks run now, and what they leave behind. */
  private static final AtomicInteger RUNNING = new AtomicInteger();

  private static final List<byte[]> LEFT = new CopyOnWriteArrayList<>();

  private static LocalClusterOptions small(String... names) {
    return LocalClusterOptions.DEFAULT
        .withForked(true)
        .withNames(names)
        .withWorkers(names.length, 4)
        .withJvmFlags("-Xmx128m", "-XX:+UseSerialGC");
  }

  @Test
  void tasksThatDeclareMuchMemoryRunOneByOne() throws Exception {
    try (LocalCluster cluster = LocalCluster.start(small("small"));
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      List<Lazy<Integer>> tasks =
          IntStream.range(0, 8)
              .mapToObj(i -> Lazy.delayed(i, MemoryIT::countRunning).memory(60L * MEBIBYTE))
              .toList();

      assertThat(client.compute(Lazy.list(tasks))).containsOnly(1);
    }
  }

  private static int countRunning(int number) throws InterruptedException {
    byte[] work = new byte[50 * MEBIBYTE];
    try {
      int now = RUNNING.incrementAndGet();
      Thread.sleep(50); // The work, during which others would be seen.
      return now + work[number];
    } finally {
      RUNNING.decrementAndGet();
    }
  }

  @Test
  void aWorkerThatIsFullPausesAndTasksGoOnElsewhereAndThenOneByOne() throws Exception {
    try (LocalCluster cluster = LocalCluster.start(small("full", "other"));
        Client client = cluster.client()) {
      awaitWorkers(client, "full", "other");
      fill(client, "full");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> memoryOf(client, "full") == ClusterStatus.Memory.PAUSED);
      assertThat(client.why("full"))
          .startsWith("Worker [full@127.0.0.1] is paused for want of memory: of a heap of ")
          .contains("It would have passed with a heap of ");

      assertThat(client.compute(Lazy.list(numbers(50)))).hasSize(50);

      fill(client, "other");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> memoryOf(client, "other") == ClusterStatus.Memory.PAUSED);
      assertThat(client.compute(Lazy.list(numbers(20)))).hasSize(20);
      assertThat(cluster.processIds()).containsOnlyKeys("full", "other");
    }
  }

  private static List<Lazy<Integer>> numbers(int count) {
    return IntStream.range(0, count).mapToObj(i -> Lazy.delayed(i, MemoryIT::square)).toList();
  }

  private static int square(int number) {
    return number * number;
  }

  /** Leaves so much behind that it must pause; not so much that it cannot go on at all. */
  private static void fill(Client client, String worker) {
    client.compute(Lazy.delayed(MemoryIT::leave).workers(worker).impure());
  }

  private static int leave() {
    for (int i = 0; i < 104; i++) {
      LEFT.add(new byte[MEBIBYTE]);
    }
    return LEFT.size();
  }

  private static ClusterStatus.Memory memoryOf(Client client, String name) {
    return client.status().workers().stream()
        .filter(worker -> worker.name().equals(name))
        .findFirst()
        .orElseThrow()
        .memory();
  }

  private static byte[] part(int seed) {
    byte[] bytes = new byte[10 * MEBIBYTE];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void moreResultsThanTheHeapHoldsComeThroughAsTheyWere() throws Exception {
    try (LocalCluster cluster = LocalCluster.start(small("small"));
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      List<Lazy<byte[]>> parts = new ArrayList<>();
      List<Lazy<Integer>> checks = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        Lazy<byte[]> part = Lazy.delayed(i, MemoryIT::part);
        parts.add(part);
        int seed = i;
        checks.add(part.map(bytes -> sum(bytes) - sum(part(seed))));
      }
      List<Persisted<byte[]>> kept = client.persist(parts);
      kept.forEach(Persisted::awaitReady);

      assertThat(client.compute(Lazy.list(checks))).containsOnly(0);
      assertThat(cluster.processIds()).containsOnlyKeys("small");
    }
  }

  private static int sum(byte[] bytes) {
    int sum = 1;
    for (byte each : bytes) {
      sum = 31 * sum + each;
    }
    return sum;
  }
}

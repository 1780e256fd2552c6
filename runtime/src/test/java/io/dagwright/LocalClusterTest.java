package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class LocalClusterTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Test
  void closingLeavesNoThread() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();

    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        Client client = cluster.client()) {
      assertThat(client.compute(Lazy.delayed(() -> 42))).isEqualTo(42);
    }

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> thread.getName().startsWith("dagwright"))
                    .isSubsetOf(before));
  }

  @Tag("jvms")
  @Test
  void whySaysHowWorkersEndThatNeverJoin() {
    try (LocalCluster cluster =
            LocalCluster.start(
                LocalClusterOptions.DEFAULT
                    .withForked(true)
                    .withWorkers(1, 1)
                    .withJvmFlags("-Xnonsense"));
        Client client = cluster.client()) {
      TaskFuture<Integer> waits = client.submit(Lazy.delayed(() -> 1));

      await().atMost(PATIENCE).until(() -> client.why(waits).contains("-Xnonsense"));
      assertThat(client.why("worker-0")).contains("worker [worker-0] ended", "exit code 1");
      assertThat(cluster.whenStartFailed().toCompletableFuture()).isCompletedExceptionally();
    }
  }

  @Tag("jvms")
  @Test
  void forkedWorkersAreJvmsThatStartAgainAndEndWithTheCluster() {
    LocalCluster cluster =
        LocalCluster.start(
            LocalClusterOptions.DEFAULT
                .withForked(true)
                .withWorkers(2, 1)
                .withNames("red", "blue")
                .withResources(Map.of("GPU", 1.0))
                .withJvmFlags("-Xmx128m", "-XX:TieredStopAtLevel=1"));
    Set<Long> all;
    try (cluster;
        Client client = cluster.client()) {
      long pid =
          client.compute(
              Lazy.delayed(() -> ProcessHandle.current().pid()).resources(Map.of("GPU", 1.0)));
      assertThat(cluster.processIds()).containsOnlyKeys("red", "blue").containsValue(pid);

      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);

      await()
          .atMost(PATIENCE)
          .until(
              () -> cluster.processIds().size() == 2 && !cluster.processIds().containsValue(pid));
      assertThat(client.compute(Lazy.delayed(() -> 42))).isEqualTo(42);
      all = Set.copyOf(cluster.processIds().values());
    }

    assertThat(all.stream().filter(id -> ProcessHandle.of(id).isPresent()).toList()).isEmpty();
  }

  @Test
  void optionsThatMakeNoSenseAreRefused() {
    LocalClusterOptions options = LocalClusterOptions.DEFAULT;

    assertThatThrownBy(() -> options.withWorkers(-1, 1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> options.withResources(Map.of("GPU", -1.0)))
        .hasMessageContaining("[GPU] must have an amount of 0 or more, not -1.0");
    assertThatThrownBy(() -> NodeOptions.WORKER.withResources(Map.of("GPU", -1.0)))
        .hasMessageContaining("-1.0");
    assertThatThrownBy(
            () -> LocalCluster.start(options.withSettings(Map.of("dagwright.worker.slot", "1"))))
        .hasMessageContaining("Did you mean [dagwright.worker.slots]?");
    assertThatThrownBy(() -> options.withNames("a", "a")).hasMessageContaining("[a, a]");
  }
}

package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Persisted;
import io.dagwright.WorkerLocal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Worker processes of an embedded cluster: fewer, more, and none. */
@Tag("jvms")
@Timeout(600)
class LocalClusterIT {

  /** {@code -Ddagwright.scaling.times=20} takes minutes. */
  private static final int TIMES = Integer.getInteger("dagwright.scaling.times", 3);

  private static final int KEPT = 40;

  @TempDir Path traces;

  @Test
  void fromFourToOneAndBackNothingIsComputedAgain() throws Exception {
    String[] names = {"worker-0", "worker-1", "worker-2", "worker-3"};
    try (LocalCluster cluster = Clusters.forked(Map.of(), names);
        Client client = cluster.client()) {
      awaitWorkers(client, names);
      List<Persisted<long[]>> kept =
          client.persist(Work.arrays(traces, "kept", KEPT, 1, UnaryOperator.identity()));
      kept.forEach(Persisted::awaitReady);
      AtomicBoolean enough = new AtomicBoolean();
      AtomicInteger rounds = new AtomicInteger();
      CompletableFuture<Void> graphs =
          CompletableFuture.runAsync(
              () -> {
                while (!enough.get()) {
                  compute(client, kept, rounds.getAndIncrement());
                }
              });

      for (int i = 0; i < TIMES; i++) {
        cluster.scaleTo(1);
        assertThat(cluster.processIds()).containsOnlyKeys("worker-0");
        cluster.scaleTo(4);
        awaitWorkers(client, names);
      }
      enough.set(true);
      graphs.get(90, SECONDS);

      Map<String, Long> runs = Traces.read(traces);
      assertThat(runs).hasSize(KEPT + 8 * rounds.get());
      assertThat(runs.values()).as("runs of each task").containsOnly(1L);
      assertThat(rounds.get()).as("graphs meanwhile").isGreaterThan(TIMES);
    }
  }

  @Test
  void whenAClusterIsClosedItsWorkersHaveTimeToCloseWhatTasksMade() {
    Path closed = traces.resolve("closed");
    String file = closed.toString();
    WorkerLocal<SlowToClose> slow = WorkerLocal.of("slow", () -> new SlowToClose(file));
    try (LocalCluster cluster = Clusters.forked(Map.of(), "worker-0");
        Client client = cluster.client()) {
      assertThat(client.compute(Lazy.delayed(() -> slow.get().file()))).isEqualTo(file);
    }

    assertThat(closed).exists();
  }

  /** Says that it was closed, but later than half a second. */
  private record SlowToClose(String file) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      LockSupport.parkNanos(1_500_000_000L); // The work.
      Files.createFile(Path.of(file));
    }
  }

  /** A graph of tasks that take what is kept, and what others make. */
  private void compute(Client client, List<Persisted<long[]>> kept, int round) {
    List<Lazy<long[]>> arrays =
        new ArrayList<>(Work.arrays(traces, "round-" + round, 8, 5, UnaryOperator.identity()));
    kept.forEach(each -> arrays.add(each.lazy()));

    assertThat(client.compute(Work.sum(arrays))).isEqualTo(Work.expected(8) + Work.expected(KEPT));
  }
}

package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import io.dagwright.error.KilledWorkerException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that ends every process it runs in. */
@Tag("jvms")
@Timeout(300)
class PoisonTaskIT {

  private static final int EXIT_CODE = 137;

  @Test
  void aTaskThatKillsFourWorkersFailsAndThoseBesideItSucceed() throws Exception {
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT
            .withWorkers(2, 3)
            .withForked(true)
            .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1");
    try (LocalCluster cluster = LocalCluster.start(options);
        Client client = cluster.client();
        Client other = Client.connect(cluster.address())) {
      awaitWorkers(client, "worker-0", "worker-1");
      List<Lazy<?>> tasks = new ArrayList<>(numbers("beside"));
      tasks.add(Lazy.delayed(EXIT_CODE, PoisonTaskIT::end).key("poison"));

      List<Persisted<Object>> results = client.persist(tasks);
      CompletableFuture<List<Integer>> others =
          other.computeAsync(numbers("elsewhere")).toCompletableFuture();

      Persisted<Object> poison = results.get(results.size() - 1);
      KilledWorkerException killed =
          catchThrowableOfType(KilledWorkerException.class, poison::join);
      assertThat(killed.key()).isEqualTo("poison");
      assertThat(killed.deaths()).isEqualTo(4);
      assertThat(killed.exitCodes()).containsExactly(EXIT_CODE, EXIT_CODE, EXIT_CODE, EXIT_CODE);
      assertThat(killed).hasMessageContaining("poison").hasMessageContaining("4 times");
      List<Object> beside = client.gather(results.subList(0, results.size() - 1));
      assertThat(beside).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
      assertThat(others.get(90, SECONDS)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  private static List<Lazy<Integer>> numbers(String prefix) {
    List<Lazy<Integer>> numbers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      numbers.add(Lazy.delayed(i, PoisonTaskIT::slowly).key(prefix + "-" + i));
    }
    return numbers;
  }

  private static int slowly(int number) throws InterruptedException {
    Thread.sleep(300);
    return number;
  }

  private static int end(int exitCode) throws InterruptedException {
    Thread.sleep(100); // So that others certainly run beside it.
    Runtime.getRuntime().halt(exitCode);
    return exitCode;
  }
}

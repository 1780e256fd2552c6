package io.dagwright.jvms;

import static org.awaitility.Awaitility.await;

import io.dagwright.Client;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.protocol.ClusterStatus;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;

/** Clusters whose workers are processes, small enough for a loaded machine. */
final class Clusters {

  private Clusters() {}

  /** A cluster with forked workers of these names and one slot each. */
  static LocalCluster forked(Map<String, String> settings, String... names) {
    return LocalCluster.start(
        LocalClusterOptions.DEFAULT
            .withWorkers(names.length, 1)
            .withNames(names)
            .withForked(true)
            .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1")
            .withSettings(settings));
  }

  /** Waits until workers of these names are there. */
  static void awaitWorkers(Client client, String... names) {
    until(
        "workers " + Arrays.toString(names),
        () ->
            client.status().workers().stream()
                .map(ClusterStatus.Worker::name)
                .toList()
                .containsAll(Arrays.asList(names)));
  }

  /** What the scheduler says of a worker. */
  static ClusterStatus.Worker worker(Client client, String name) {
    return client.status().workers().stream()
        .filter(worker -> worker.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Waits for something that will come. */
  static void until(String what, Callable<Boolean> condition) {
    await(what)
        .atMost(Jvm.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(condition);
  }
}

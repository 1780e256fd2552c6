package io.dagwright;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dagwright.protocol.ClusterStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A cluster of threads for the tests of a class, and a client for each test. When the test is over
 * its client is closed, and then nothing of what it did may be left: no graph, no run, no result,
 * no byte of one in a store.
 */
final class CleanCluster
    implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final LocalClusterOptions options;
  private @Nullable LocalCluster cluster;
  private @Nullable Client observer;
  private @Nullable Client client;

  CleanCluster(int workers, int slotsEach) {
    options = LocalClusterOptions.DEFAULT.withWorkers(workers, slotsEach);
  }

  Client client() {
    return requireNonNull(client);
  }

  LocalCluster cluster() {
    return requireNonNull(cluster);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    cluster = LocalCluster.start(options);
    observer = cluster().client();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    client = cluster().client();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    client().close();
    Client asked = requireNonNull(observer);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(leftovers(asked)).isEmpty());
  }

  /** What is left in a cluster, in words; empty if it is as it was at first. */
  static String leftovers(Client of) {
    ClusterStatus status = of.status();
    StringBuilder left = new StringBuilder();
    status.graphs().forEach(graph -> left.append(graph).append('\n'));
    for (ClusterStatus.Worker worker : status.workers()) {
      if (worker.running() + worker.results() + worker.heldBytes() + worker.spilledBytes() > 0) {
        left.append(worker).append('\n');
      }
    }
    return left + (status.queued() == 0 ? "" : status.queued() + " queued");
  }

  @Override
  public void afterAll(ExtensionContext context) {
    requireNonNull(observer).close();
    cluster().close();
  }
}

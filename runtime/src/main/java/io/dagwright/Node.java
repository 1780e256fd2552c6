package io.dagwright;

import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.NodeSystem;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This JVM's part in a cluster of many: the scheduler, workers, or both. Thread-safe.
 *
 * <p>The JVM goes on until its nodes have ended. Nodes may start in any order: a worker waits for
 * its scheduler as long as it takes, and when its cluster is gone it looks for the next one at the
 * same seeds, with nothing of what it held. A JVM may run several nodes.
 */
public final class Node implements AutoCloseable {

  private static final Duration LEAVING = Duration.ofSeconds(60);
  private static final long PAUSE_MILLIS = 500;
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final NodeOptions options;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Object lock = new Object();
  private NodeSystem system;
  private boolean closed;

  private Node(NodeOptions options, NodeSystem system) {
    this.options = options;
    this.system = system;
  }

  /**
   * Starts a node. Returns as soon as it listens; joining goes on by itself.
   *
   * @throws InvalidConfigurationException if a setting cannot be used, such as a port that is
   *     taken, or if a worker is not told of a scheduler
   */
  public static Node start(NodeOptions options) {
    Node node = new Node(options, launch(options));
    // All other threads are daemons.
    Thread keeper = new Thread(node::keep, "dagwright-node-" + node.address());
    keeper.setDaemon(false);
    keeper.start();
    return node;
  }

  private static NodeSystem launch(NodeOptions options) {
    Set<String> roles = new HashSet<>();
    if (options.scheduler()) {
      roles.add("scheduler");
    }
    if (options.workers() > 0) {
      roles.add("worker");
    }
    NodeSystem system =
        NodeSystem.start(options.profile(), NodeSystem.Reach.CLUSTER, roles, options.settings());
    try {
      List<String> seeds = options.seeds().isEmpty() ? system.settings().seeds() : options.seeds();
      if (seeds.isEmpty() && !options.scheduler()) {
        throw noSeeds();
      }
      system.join(seeds);
      if (options.scheduler()) {
        system.startScheduler();
      } else {
        system.endWithItsScheduler();
      }
      String name = options.name().isEmpty() ? "worker@" + system.address() : options.name();
      for (int i = 0; i < options.workers(); i++) {
        String each = options.workers() == 1 ? name : name + "-" + i;
        system.startWorker(each, options.slots(), options.resources());
      }
      return system;
    } catch (RuntimeException e) {
      system.terminate();
      throw e;
    }
  }

  /** What a worker without a scheduler to join is told. */
  static InvalidConfigurationException noSeeds() {
    return new InvalidConfigurationException(
        "dagwright.seeds",
        "a worker must be told of a scheduler to join. Give it one as host:port in code, in"
            + " this setting, or in the environment's DAGWRIGHT_SEEDS",
        null);
  }

  private void keep() {
    try {
      for (NodeSystem now = system(); now != null; now = next(now)) {
        now.awaitEnd();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.complete(null);
    }
  }

  /** A worker whose cluster has ended starts anew, at the same address; null if this is the end. */
  private @Nullable NodeSystem next(NodeSystem before) throws InterruptedException {
    String port = before.address().substring(before.address().lastIndexOf(':') + 1);
    Map<String, String> settings = new HashMap<>(options.settings());
    settings.put("dagwright.port", port);
    boolean isFirst = true;
    while (true) {
      synchronized (lock) {
        if (closed || options.scheduler() || before.isRefused()) {
          return null;
        }
        if (isFirst) {
          LOG.warn("The cluster of node [{}] is gone; looking for the next", before.address());
          before.terminate(); // With what it was still listening.
          isFirst = false;
        }
        try {
          system = launch(options.withSettings(settings));
          return system;
        } catch (InvalidConfigurationException e) { // The port may not be free yet.
          LOG.debug("Not yet: {}", e.getMessage());
        }
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  private NodeSystem system() {
    synchronized (lock) {
      return system;
    }
  }

  /** What there is to end, once. */
  private NodeSystem end() {
    synchronized (lock) {
      closed = true;
      return system;
    }
  }

  /** A client of the cluster this node is part of at present. */
  public Client client() {
    return new Client(ClusterClient.on(system()));
  }

  /** {@code host:port} for others to join and for clients to connect to. */
  public String address() {
    return system().address();
  }

  /**
   * Leaves the cluster and ends: results that only workers of this node hold move to others first,
   * so that nothing is computed again. Waits up to a minute for that; an interrupt cuts it short.
   */
  public void leave() {
    NodeSystem leaving = end();
    try {
      leaving.leave(LEAVING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    leaving.close();
  }

  /** Leaves the cluster and ends at once; what is lost is computed again elsewhere. */
  @Override
  public void close() {
    end().close();
  }

  /**
   * Completed when this node has ended, be it because it was closed, or because a scheduler's node
   * had to give up. Dependents run on a thread of Dagwright's; do not block it.
   */
  public CompletionStage<Void> whenEnded() {
    return ended.minimalCompletionStage();
  }

  @Override
  public String toString() {
    return "Node[" + address() + "]";
  }
}

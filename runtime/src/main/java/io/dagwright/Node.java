package io.dagwright;

import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.NodeSystem;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * This JVM's part in a cluster of many: the scheduler, workers, or both. Thread-safe.
 *
 * <p>The JVM goes on until its nodes have ended. Nodes may start in any order: a worker waits for
 * its scheduler as long as it takes. A JVM may run several nodes.
 */
public final class Node implements AutoCloseable {

  private static final Duration LEAVING = Duration.ofSeconds(60);

  private final NodeSystem system;

  private Node(NodeSystem system) {
    this.system = system;
  }

  /**
   * Starts a node. Returns as soon as it listens; joining goes on by itself.
   *
   * @throws InvalidConfigurationException if a setting cannot be used, such as a port that is
   *     taken, or if a worker is not told of a scheduler
   */
  public static Node start(NodeOptions options) {
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
        throw new InvalidConfigurationException(
            "dagwright.seeds",
            "a worker must be told of a scheduler to join. Give it one as host:port in code, in"
                + " this setting, or in the environment's DAGWRIGHT_SEEDS",
            null);
      }
      system.join(seeds);
      if (options.scheduler()) {
        system.startScheduler();
      }
      String name = options.name().isEmpty() ? "worker@" + system.address() : options.name();
      for (int i = 0; i < options.workers(); i++) {
        String each = options.workers() == 1 ? name : name + "-" + i;
        system.startWorker(each, options.slots(), options.resources());
      }
      keepJvm(system);
      return new Node(system);
    } catch (RuntimeException e) {
      system.terminate();
      throw e;
    }
  }

  /** All other threads are daemons. */
  private static void keepJvm(NodeSystem system) {
    Thread keeper = new Thread(system::awaitEnd, "dagwright-node-" + system.address());
    keeper.setDaemon(false);
    keeper.start();
  }

  /** A client of the cluster this node is part of. */
  public Client client() {
    return new Client(ClusterClient.on(system));
  }

  /** {@code host:port} for others to join and for clients to connect to. */
  public String address() {
    return system.address();
  }

  /**
   * Leaves the cluster and ends: results that only workers of this node hold move to others first,
   * so that nothing is computed again. Waits up to a minute for that; an interrupt cuts it short.
   */
  public void leave() {
    try {
      system.leave(LEAVING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    system.close();
  }

  /** Leaves the cluster and ends at once; what is lost is computed again elsewhere. */
  @Override
  public void close() {
    system.close();
  }

  @Override
  public String toString() {
    return "Node[" + address() + "]";
  }
}

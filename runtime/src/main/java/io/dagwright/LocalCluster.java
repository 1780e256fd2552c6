package io.dagwright;

import com.typesafe.config.ConfigFactory;
import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.node.ClusterClient;
import io.dagwright.internal.node.NodeSystem;
import io.dagwright.internal.node.WorkerProcesses;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A cluster embedded in this JVM: its scheduler is here, its workers are threads here, or processes
 * this JVM starts, watches and starts again. Thread-safe; closing it ends all of it.
 */
public final class LocalCluster implements AutoCloseable {

  private final NodeSystem node;
  private final @Nullable WorkerProcesses processes;

  private LocalCluster(NodeSystem node, @Nullable WorkerProcesses processes) {
    this.node = node;
    this.processes = processes;
  }

  /** Starts a cluster whose workers are threads of this JVM. */
  public static LocalCluster threads(int workers, int slotsEach) {
    NodeSystem node =
        NodeSystem.start("laptop", NodeSystem.Reach.LOCAL, Set.of(), ConfigFactory.empty());
    node.startScheduler();
    for (int i = 0; i < workers; i++) {
      node.startWorker("worker-" + i, slotsEach, Map.of(), SlotFile.NONE, null);
    }
    return new LocalCluster(node, null);
  }

  /** Starts a cluster whose workers are JVMs of their own, with this JVM's class path. */
  public static LocalCluster processes(int workers, int slotsEach) {
    NodeSystem node =
        NodeSystem.start(
            "laptop", NodeSystem.Reach.CLUSTER, Set.of("scheduler"), ConfigFactory.empty());
    try {
      node.join(java.util.List.of());
      node.startScheduler();
      return new LocalCluster(node, WorkerProcesses.start(node, workers, slotsEach));
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
  }

  /** A client of this cluster. */
  public Client client() {
    return new Client(ClusterClient.on(node));
  }

  /** {@code host:port} for clients of other processes; {@code local} if there is none. */
  public String address() {
    return node.address();
  }

  @Override
  public void close() {
    if (processes != null) {
      processes.close();
    }
    node.close();
  }
}

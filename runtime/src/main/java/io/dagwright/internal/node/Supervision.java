package io.dagwright.internal.node;

import io.dagwright.config.Settings;
import io.dagwright.internal.supervisor.DataPlaneReports;
import io.dagwright.internal.supervisor.ExitReports;
import io.dagwright.internal.supervisor.WorkerProcesses;
import io.dagwright.internal.supervisor.WorkerProcesses.Entry;
import io.dagwright.internal.supervisor.WorkerProcesses.Spec;
import io.dagwright.internal.transfer.TransferSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Starts worker processes that are watched from this JVM. */
public final class Supervision {

  private static final String PORT = "dagwright.port";
  private static final String DATA_PORT = "dagwright.data-port";

  private Supervision() {}

  /**
   * Workers of the scheduler in this JVM, which hears of them directly. Whatever anybody says of
   * ports is meant for the scheduler.
   */
  public static WorkerProcesses ofScheduler(NodeSystem node, Spec spec) {
    return start(
        node.settings(),
        spec,
        List.of(node.address()),
        Map.of(PORT, 0, DATA_PORT, 0),
        (report, scheduler) -> node.reportExit(report));
  }

  /**
   * Workers of a scheduler elsewhere, watched without an actor system.
   *
   * @param settings of this JVM; each worker gets the next port
   */
  public static WorkerProcesses ofOthers(Settings settings, Spec spec, List<String> seeds) {
    return start(
        settings,
        spec,
        seeds,
        Map.of(PORT, settings.port(), DATA_PORT, settings.dataPort()),
        new DataPlaneReports(TransferSettings.of(settings.clusterToken())));
  }

  private static WorkerProcesses start(
      Settings settings,
      Spec spec,
      List<String> seeds,
      Map<String, Integer> ports,
      ExitReports reports) {
    Map<String, String> given = new HashMap<>(spec.settings());
    given.keySet().removeAll(ports.keySet());
    given.put("dagwright.cluster-token", settings.clusterToken());
    return WorkerProcesses.start(
        new Spec(
            spec.profile(),
            spec.names(),
            spec.slots(),
            spec.resources(),
            given,
            spec.jvmFlags(),
            spec.classPath()),
        new Entry(WorkerMain.class.getName(), seeds, ports),
        MachineSettings.supervisor(settings),
        reports);
  }
}

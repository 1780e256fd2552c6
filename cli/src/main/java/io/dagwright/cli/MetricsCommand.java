package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.ClusterMetrics;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dagwright metrics}. */
@Command(
    name = "metrics",
    description = "Shows the figures of a cluster in Prometheus' text format.",
    footer = {
      "  dagwright metrics",
      "  dagwright metrics > /var/lib/node_exporter/dagwright.prom",
      "  dagwright metrics --scheduler 127.0.0.1:7400 --output json"
    })
final class MetricsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;
  @Mixin private Output output;

  @Override
  public Integer call() {
    try (Client client = connection.open()) {
      ClusterMetrics metrics = client.metrics();
      PrintWriter out = spec.commandLine().getOut();
      out.print(
          output.isJson()
              ? Output.json(metrics.values()) + System.lineSeparator()
              : metrics.toPrometheus());
      out.flush();
    }
    return ExitCode.OK;
  }
}

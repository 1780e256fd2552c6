package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.protocol.ClusterStatus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dagwright status}. */
@Command(
    name = "status",
    description = "Shows the workers and graphs of a cluster, and why a graph does not go on.",
    footer = {"  dagwright status", "  dagwright status --scheduler 127.0.0.1:7400 --output json"})
final class StatusCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;
  @Mixin private Output output;

  @Override
  public Integer call() {
    try (Client client = connection.open()) {
      ClusterStatus status = client.status();
      PrintWriter out = spec.commandLine().getOut();
      if (output.isJson()) {
        out.println(Output.json(status));
      } else {
        print(status, out);
      }
      out.flush();
    }
    return ExitCode.OK;
  }

  private static void print(ClusterStatus status, PrintWriter out) {
    int others = status.clients() - 1; // We are one, too.
    out.printf(
        "Scheduler %s, up %s; %s besides this one; %s for a slot.%n",
        status.scheduler(),
        up(status.upMillis()),
        Output.count(others, "client"),
        status.queued() == 1 ? "1 task waits" : Output.count(status.queued(), "task") + " wait");
    if (status.workers().isEmpty()) {
      out.printf(
          "There are no workers. Start one with: dagwright worker --seed %s%n", status.scheduler());
    } else {
      printWorkers(status, out);
    }
    if (status.graphs().isEmpty()) {
      out.println("There are no graphs.");
    } else {
      printGraphs(status, out);
    }
  }

  private static void printWorkers(ClusterStatus status, PrintWriter out) {
    String name = column("WORKER", status.workers().stream().map(ClusterStatus.Worker::name));
    String host = column("HOST", status.workers().stream().map(ClusterStatus.Worker::host));
    out.printf(
        "%n" + name + "  " + host + "  %5s  %7s  %7s  %7s  %-7s  %6s  %s%n",
        "WORKER",
        "HOST",
        "SLOTS",
        "RUNNING",
        "WAITING",
        "RESULTS",
        "MEMORY",
        "PAUSES",
        "RESOURCES");
    for (ClusterStatus.Worker worker : status.workers()) {
      out.printf(
          name + "  " + host + "  %5d  %7d  %7d  %7d  %-7s  %6d  %s%n",
          worker.name(),
          worker.host(),
          worker.slots(),
          worker.running(),
          worker.waiting(),
          worker.results(),
          worker.memory().name().toLowerCase(Locale.ROOT),
          worker.pauses(),
          worker.resources().isEmpty() ? "-" : worker.resources().toString());
    }
    printBytes(status, name, out);
  }

  private static void printBytes(ClusterStatus status, String name, PrintWriter out) {
    String columns = name + "  %9s  %9s  %9s  %9s  %9s  %9s  %9s%n";
    out.printf(
        "%n" + columns,
        "WORKER",
        "HELD",
        "OTHER",
        "HEAP",
        "ON DISK",
        "FREE DISK",
        "RECEIVED",
        "SENT");
    for (ClusterStatus.Worker worker : status.workers()) {
      out.printf(
          columns,
          worker.name(),
          Output.size(worker.heldBytes()),
          Output.size(worker.unmanagedBytes()),
          Output.size(worker.limitBytes()),
          Output.size(worker.spilledBytes()),
          worker.freeDiskBytes() < 0 ? "-" : Output.size(worker.freeDiskBytes()),
          Output.size(worker.transfers().receivedBytes()),
          Output.size(worker.transfers().sentBytes()));
    }
  }

  /** The format of a column of words that is as wide as it must be. */
  private static String column(String title, Stream<String> words) {
    return "%-" + words.mapToInt(String::length).reduce(title.length(), Math::max) + "s";
  }

  private static void printGraphs(ClusterStatus status, PrintWriter out) {
    out.printf(
        "%n%-30s  %9s  %9s  %9s  %9s  %9s%n",
        "GRAPH", "TASKS", "WAITING", "READY", "KEPT", "FAILED");
    for (ClusterStatus.Graph graph : status.graphs()) {
      out.printf(
          Locale.ROOT,
          "%-30s  %,9d  %,9d  %,9d  %,9d  %,9d%n",
          graph.name(),
          graph.total(),
          graph.waiting(),
          graph.ready(),
          graph.memory(),
          graph.failed());
      if (!graph.why().isEmpty()) {
        out.println("  It does not go on: " + graph.why());
      }
    }
  }

  private static String up(long millis) {
    Duration up = Duration.ofMillis(millis);
    if (up.toMinutes() == 0) {
      return up.toSeconds() + " s";
    }
    return up.toHours() == 0
        ? up.toMinutes() + " min"
        : up.toHours() + " h " + up.toMinutesPart() + " min";
  }
}

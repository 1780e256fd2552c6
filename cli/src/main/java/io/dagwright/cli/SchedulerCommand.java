package io.dagwright.cli;

import io.dagwright.Node;
import io.dagwright.NodeOptions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dagwright scheduler}. */
@Command(
    name = "scheduler",
    description = {
      "Runs a scheduler until it is told to end (Ctrl-C or SIGTERM).",
      "Workers and clients find it at HOST:PORT. With --seed it becomes a standby."
    },
    footer = {
      "  dagwright scheduler",
      "  dagwright scheduler --port 7400 --data-port 7401 --profile fast",
      "  dagwright scheduler --port 7410 --seed 127.0.0.1:7400   # a standby"
    })
final class SchedulerCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private NodeSettings node;

  @Option(
      names = "--seed",
      split = ",",
      paramLabel = "HOST:PORT",
      description = "Other schedulers of the cluster to join.")
  private List<String> seeds = List.of();

  @Override
  public Integer call() {
    Node started =
        Node.start(
            NodeOptions.SCHEDULER
                .withProfile(node.profile())
                .withSettings(node.forScheduler())
                .withSeeds(seeds.toArray(String[]::new)));
    var out = spec.commandLine().getOut();
    out.println("The scheduler runs at " + started.address() + ".");
    out.println("Workers join it with:  dagwright worker --seed " + started.address());
    out.println("Look at it with:       dagwright status --scheduler " + started.address());
    out.flush();
    Running.until(started, started::close);
    return ExitCode.OK;
  }
}

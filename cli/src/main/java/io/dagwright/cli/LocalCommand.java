package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dagwright local}. */
@Command(
    name = "local",
    description = {
      "Runs a whole cluster on this machine until it is told to end (Ctrl-C or SIGTERM).",
      "Each worker is a JVM of its own, which is started again if it ends."
    },
    footer = {
      "  dagwright local",
      "  dagwright local --workers 4 --slots 2 --jvm-flag -Xmx2g",
      "  dagwright local --port 0 --resources GPU=1"
    })
final class LocalCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private NodeSettings node;

  @Option(
      names = {"-w", "--workers"},
      paramLabel = "N",
      description = "How many workers. Default: one per processor.")
  private int workers = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Tasks each of them runs at the same time. Default: 1.")
  private int slots = 1;

  @Option(
      names = "--resources",
      split = ",",
      paramLabel = "NAME=AMOUNT",
      description = "What each of them offers to tasks that ask for it.")
  private List<String> resources = List.of();

  @Option(
      names = "--jvm-flag",
      paramLabel = "FLAG",
      description = "A flag for each worker's JVM; may be given more than once.")
  private List<String> jvmFlags = List.of();

  @Override
  public Integer call() {
    if (workers < 1 || slots < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--workers and --slots must be 1 or more.");
    }
    Map<String, String> settings = node.forScheduler();
    List<String> flags = new ArrayList<>(LogLevels.jvmFlags());
    flags.addAll(jvmFlags);
    try (LocalCluster cluster =
        LocalCluster.start(
            LocalClusterOptions.DEFAULT
                .withForked(true)
                .withProfile(node.profile())
                .withWorkers(workers, slots)
                .withResources(NodeSettings.resources(resources))
                .withJvmFlags(flags.toArray(String[]::new))
                .withSettings(settings))) {
      try (Client client = cluster.client()) {
        WorkersUp.await(client, 1, cluster.whenStartFailed());
      }
      var out = spec.commandLine().getOut();
      out.println(
          "A cluster of "
              + Output.count(workers, "worker")
              + " runs at "
              + cluster.address()
              + ".");
      out.println("Look at it with:  dagwright status --scheduler " + cluster.address());
      out.flush();
      Running.until(cluster.whenAllGivenUp(), WorkersUp.ALL_GIVEN_UP, cluster::close);
    }
    return ExitCode.OK;
  }
}

package io.dagwright.cli;

import io.dagwright.Node;
import io.dagwright.NodeOptions;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dagwright worker}. */
@Command(
    name = "worker",
    description = {
      "Runs a worker until it is told to end (Ctrl-C or SIGTERM).",
      "It may start before its scheduler, and then waits for it; when that ends it waits for the next."
          + " Told to end, it first hands its results to other workers, so that nothing is computed"
          + " again.",
      "Tasks' classes must be on its class path: give it the jar that is submitted."
    },
    footer = {
      "  dagwright worker --seed 127.0.0.1:7400",
      "  dagwright worker --seed 127.0.0.1:7400 --slots 8 --class-path job.jar",
      "  dagwright worker --seed 127.0.0.1:7400,127.0.0.1:7410 --name gpu-1 --resources GPU=1"
    })
final class WorkerCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private NodeSettings node;

  @Option(
      names = "--seed",
      split = ",",
      paramLabel = "HOST:PORT",
      description =
          "Schedulers to join. Default: the environment's DAGWRIGHT_SEEDS, or dagwright.seeds.")
  private List<String> seeds = List.of();

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Tasks to run at the same time. Default: one per processor.")
  private int slots;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Its name, the only one in the cluster. Default: made of its address.")
  private String name = "";

  @Option(
      names = "--resources",
      split = ",",
      paramLabel = "NAME=AMOUNT",
      description = "What it offers to tasks that ask for it.")
  private List<String> resources = List.of();

  @Option(
      names = {"--class-path", "-cp"},
      split = "${sys:path.separator}",
      paramLabel = "PATH",
      description = "Jars and directories with the classes of tasks.")
  private List<Path> classPath = List.of();

  @Override
  public Integer call() {
    if (slots < 0) {
      throw new CommandFailure(ExitCode.USAGE, "--slots must be 1 or more, not " + slots + ".");
    }
    Thread.currentThread().setContextClassLoader(loader(classPath));
    Node started =
        Node.start(
            NodeOptions.WORKER
                .withProfile(node.profile())
                .withSettings(node.forWorker())
                .withSeeds(seeds.toArray(String[]::new))
                .withWorkers(1, slots)
                .withName(name)
                .withResources(NodeSettings.resources(resources)));
    var out = spec.commandLine().getOut();
    out.println("The worker runs at " + started.address() + ".");
    out.flush();
    Running.until(
        started,
        () -> {
          started.leave();
          out.println("The worker has left.");
          out.flush();
        });
    return ExitCode.OK;
  }

  /** Finds classes at these places too. Open until the process ends. */
  @SuppressWarnings("resource")
  static ClassLoader loader(List<Path> places) {
    List<URL> urls = new ArrayList<>();
    for (Path place : places) {
      if (!Files.isReadable(place)) {
        throw new CommandFailure(
            ExitCode.UNREADABLE_INPUT, "There is no file [" + place + "] that can be read.");
      }
      try {
        urls.add(place.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new CommandFailure(
            ExitCode.UNREADABLE_INPUT, "[" + place + "] cannot be on a class path.", e);
      }
    }
    ClassLoader parent = WorkerCommand.class.getClassLoader();
    return urls.isEmpty() ? parent : new URLClassLoader(urls.toArray(URL[]::new), parent);
  }
}

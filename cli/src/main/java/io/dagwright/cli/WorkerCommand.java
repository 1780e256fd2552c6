package io.dagwright.cli;

import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.WorkerSupervisor;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
      "With --processes it runs as many workers, each a JVM of its own, and watches them: they are"
          + " started again if they end, and the scheduler hears at once what they were running.",
      "Classes of tasks come with them; what its class path has it need not be sent."
    },
    footer = {
      "  dagwright worker --seed 127.0.0.1:7400",
      "  dagwright worker --seed 127.0.0.1:7400 --slots 8 --class-path job.jar",
      "  dagwright worker --seed 127.0.0.1:7400,127.0.0.1:7410 --name gpu-1 --resources GPU=1",
      "  dagwright worker --seed 127.0.0.1:7400 --processes 4 --slots 2 --memory 4g"
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
      description =
          "Tasks to run at the same time, each process. Default: one per processor; the processors"
              + " are divided among processes.")
  private int slots;

  @Option(
      names = "--processes",
      paramLabel = "N",
      description = "Run N workers, each a JVM that is watched from here.")
  private @Nullable Integer processes;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "What each of the processes may take, heap and all, such as 4g. Default: nine tenths of the"
              + " machine's or container's memory, divided evenly.")
  private String memory = "";

  @Option(
      names = "--jvm-flag",
      paramLabel = "FLAG",
      description = "A flag for the JVM of each process; may be given more than once.")
  private List<String> jvmFlags = List.of();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Its name, the only one in the cluster; several are numbered. Default: made of its"
              + " address.")
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
    int count = processes == null ? 0 : processes;
    if (processes != null && count < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--processes must be 1 or more, not " + count + ".");
    }
    NodeOptions options =
        NodeOptions.WORKER
            .withProfile(node.profile())
            .withSettings(settings())
            .withSeeds(seeds.toArray(String[]::new))
            .withWorkers(Math.max(1, count), slots)
            .withName(name)
            .withResources(NodeSettings.resources(resources));
    if (count > 0) {
      supervise(options);
    } else if (memory.isEmpty() && jvmFlags.isEmpty()) {
      work(options);
    } else {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--memory and --jvm-flag are for worker processes; say how many with --processes.");
    }
    return ExitCode.OK;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = node.forWorker();
    if (!memory.isEmpty()) {
      settings.put("dagwright.worker.memory.limit", memory);
    }
    return settings;
  }

  private void work(NodeOptions options) {
    Thread.currentThread().setContextClassLoader(loader(classPath));
    Node started = Node.start(options);
    say("The worker runs at " + started.address() + ".");
    Running.until(
        started,
        () -> {
          started.leave();
          say("The worker has left.");
        });
  }

  /** Needs no actor system here, so that this JVM stays small. */
  private void supervise(NodeOptions options) {
    List<String> flags = new ArrayList<>(LogLevels.jvmFlags());
    flags.addAll(jvmFlags);
    checkReadable(classPath);
    WorkerSupervisor supervisor = WorkerSupervisor.start(options, flags, classPath);
    say(
        Output.count(options.workers(), "worker")
            + " started, each a process that may take "
            + Output.size(supervisor.memoryLimitBytes())
            + ": "
            + supervisor.processIds()
            + ".");
    Running.until(
        supervisor.whenAllGivenUp(),
        WorkersUp.ALL_GIVEN_UP,
        () -> {
          supervisor.leave();
          say("The workers have left.");
        });
  }

  private void say(String line) {
    var out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  /** Finds classes at these places too. Open until the process ends. */
  @SuppressWarnings("resource")
  static ClassLoader loader(List<Path> places) {
    checkReadable(places);
    List<URL> urls = new ArrayList<>();
    for (Path place : places) {
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

  private static void checkReadable(List<Path> places) {
    for (Path place : places) {
      if (!Files.isReadable(place)) {
        throw new CommandFailure(
            ExitCode.UNREADABLE_INPUT, "There is no file [" + place + "] that can be read.");
      }
    }
  }
}

package io.dagwright.bench;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code bench} command: runs one case and prints its figures, one JSON line each. */
@Command(
    name = "bench",
    description = {
      "Measures Dagwright. Cases:",
      "  C1             n tasks that do nothing, and one that counts them",
      "  C2             a chain of n tasks",
      "  C3-2, C3-8     a tree of sums over n leaves, by 2 or by 8",
      "  C4             n/1000 layers of 1000 tasks with two or three inputs each",
      "  C5             n arrays of 8 MiB from one worker to another (50); and how long a tiny"
          + " task",
      "                 takes while a gigabyte is moved",
      "  C8             one tiny task at a time: median and 99th percentile, n times",
      "  C10            the scheduler's bytes per task, with n irregular tasks held",
      "  C11            the finest task that still pays (METG 50 %%), stencil 2 and 32 wide",
      "  seed-tour      one call with a million integers in two JVMs, as in joblib's example: as a",
      "                 list, as int[], and through a function that is wrapped",
      "  serialization  a closure, a list and records into bytes and back, against Java's own",
      "  first-results  first result against full ingestion, n irregular tasks",
      "  startup        processor seconds of a JVM from its start to a first result",
      "  recovery       kill -9 of a worker until its task runs again elsewhere, n times",
      "  spill          n arrays of 1 MiB from the heap to files, against codec and disk alone",
      "  memory         n results of 4 MiB held by one worker of 512 MB, each verified (1250)",
      "  memory-through n results of 4 MiB from one such worker to another, verified (5000)"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {Compare.class, MicroBenchmarks.class})
public final class Main implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "CASE", description = "See above.")
  private @Nullable String name;

  @Option(names = "--n", description = "Size; each case has a default.")
  private int size;

  @Option(
      names = "--target",
      defaultValue = "cluster",
      description = {
        "cluster: this JVM with client and scheduler, and two worker JVMs of one thread (default);",
        "local: the same in one JVM; threads: two threads; cf: hand-written CompletableFutures;",
        "socket: C5 through a socket and nothing else."
      })
  private String target = "";

  @Option(names = "--reps", defaultValue = "3", description = "Runs that count (default: 3).")
  private int repetitions;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      description = "Runs before those, at least three, for so long (default: ${DEFAULT-VALUE}).",
      defaultValue = "30") // Until then the compiler takes more time than the tasks.
  private double warmUpSeconds;

  @Option(
      names = "--ahead",
      paramLabel = "on|off",
      defaultValue = "on",
      description = "Whether successors are sent ahead of their inputs (default: on).")
  private String ahead = "";

  @Option(
      names = "--same-host",
      paramLabel = "on|off",
      defaultValue = "on",
      description =
          "Whether C5 may go through memory that processes of a host share (default: on).")
  private String sameHost = "";

  @Option(names = "--width", description = "Only this width of C11 (default: both 2 and 32).")
  private int width;

  @Option(
      names = "--argument",
      defaultValue = "",
      description = "Only this step of seed-tour: list, ints or wrapped (default: all).")
  private String argument = "";

  @Option(
      names = "--heap",
      paramLabel = "MEGABYTES",
      defaultValue = "512",
      description = "Heap of C10's scheduler (default: 512).")
  private int heapMegabytes;

  /** Runs the command and exits with its exit code. */
  public static void main(String[] args) {
    System.exit(execute(args));
  }

  static int execute(String... args) {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (!(failure instanceof PeerMissingException
                  || failure instanceof IllegalArgumentException)) {
                throw failure;
              }
              command.getErr().println(failure.getMessage());
              return CommandLine.ExitCode.SOFTWARE;
            })
        .execute(args);
  }

  @Override
  public Integer call() throws Exception {
    if (name == null) {
      spec.commandLine().usage(spec.commandLine().getOut());
      return CommandLine.ExitCode.OK;
    }
    if (ahead.equals("off")) {
      System.setProperty("dagwright.scheduler.ahead-depth", "0");
    }
    String requested = name;
    switch (requested) {
      case "C1", "C4", "C2", "C3-2", "C3-8" ->
          measure(m -> m.graph(requested, n(defaultSize(requested))));
      case "C5" -> measureTransfers();
      case "C8" -> measure(m -> m.latency(n(2_000)));
      case "C11" ->
          measure(
              m -> {
                for (int each : width == 0 ? List.of(2, 32) : List.of(width)) {
                  m.granularity(each);
                }
              });
      case "C10" -> print(HeldTasks.measure(n(1_000_000), heapMegabytes));
      case "seed-tour" ->
          SeedTour.measure(argument, n(1_000_000), repetitions, warmUpSeconds).forEach(this::print);
      case "serialization" ->
          Serialized.measure(n(1_000_000), repetitions, warmUpSeconds).forEach(this::print);
      case "first-results" -> print(FirstResults.measure(n(1_000_000), warmUpSeconds));
      case "startup" -> Startup.measure(repetitions).forEach(this::print);
      case "recovery" -> print(Recovery.measure(n(10)));
      case "spill" -> Spilling.measure(n(1_000), repetitions, warmUpSeconds, this::print);
      case "memory" -> print(SmallHeaps.oneWorker(n(1_250)));
      case "memory-through" -> print(SmallHeaps.through(n(5_000)));
      default ->
          throw new ParameterException(spec.commandLine(), "There is no case [" + requested + "].");
    }
    return CommandLine.ExitCode.OK;
  }

  private interface Measure {
    void with(Measurements measurements) throws Exception;
  }

  private void measure(Measure measure) throws Exception {
    try (Target of = Target.of(target)) {
      measure.with(new Measurements(of, repetitions, warmUpSeconds, this::print));
    }
  }

  private void measureTransfers() throws Exception {
    if (target.equals("socket")) {
      print(RawSocket.measure(n(50), repetitions, warmUpSeconds));
      return;
    }
    try (Transfers transfers = new Transfers(!sameHost.equals("off"))) {
      transfers.measure(n(50), repetitions, warmUpSeconds, this::print);
    }
  }

  private void print(Line line) {
    if (ahead.equals("off")) {
      line.with("ahead", "off");
    }
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private int n(int otherwise) {
    return size == 0 ? otherwise : size;
  }

  private static int defaultSize(String name) {
    return switch (name) {
      case "C2" -> 10_000;
      case "C3-2", "C3-8" -> 32_768;
      default -> 100_000;
    };
  }

  /** The version in the jar's manifest; class files outside a jar have none. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"Dagwright " + Objects.requireNonNullElse(version, "(not packaged)")};
    }
  }
}

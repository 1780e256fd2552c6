package io.dagwright.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures a case here and with a peer by turns, each in new processes, and divides the medians. By
 * turns, because a shared machine is faster in one minute than in the next.
 */
@Command(
    name = "compare",
    description = {
      "Measures a case here and with a peer by turns; the last line has the ratio of the medians.",
      "The ratio is theirs/ours for times and bytes, ours/theirs for rates: larger is better."
    },
    mixinStandardHelpOptions = true)
final class Compare implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "CASE", description = "C1 to C5, C8, C10, C11, seed-tour.")
  private String name;

  @Option(
      names = "--peer",
      required = true,
      description = "dask, loky, spark, hazelcast, wire, cf, or socket for C5.")
  private String peer = "";

  @Option(names = "--pairs", defaultValue = "3", description = "Pairs of runs (default: 3).")
  private int pairs;

  @Option(names = "--n", description = "Our size (default: the case's).")
  private int size;

  @Option(names = "--peer-n", description = "The peer's size (default: its own).")
  private int peerSize;

  @Option(names = "--width", defaultValue = "32", description = "Of C11: 2 or 32 (default: 32).")
  private int width;

  @Option(
      names = "--argument",
      defaultValue = "list",
      description = "Ours of seed-tour: list or ints (default: list).")
  private String argument = "";

  @Option(
      names = "--same-host",
      paramLabel = "on|off",
      defaultValue = "on",
      description = "Of C5: whether results may go through shared memory (default: on).")
  private String sameHost = "";

  @Option(
      names = "--target",
      description = "Ours: cluster (default), local, or threads (default against cf).")
  private @Nullable String target;

  @Override
  public Integer call() throws Exception {
    boolean isHere = peer.equals("cf") || peer.equals("socket");
    String ourTarget =
        target != null ? Objects.requireNonNull(target) : peer.equals("cf") ? "threads" : "cluster";
    Peers peers = isHere ? null : Peers.find(peer);
    double[] ours = new double[pairs];
    double[] theirs = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      ours[i] = figure(here(ourTarget, size));
      theirs[i] =
          figure(peers == null ? here(peer, peerSize) : peers.measure(peer, name, peerSize));
    }
    print(ratio(Timing.median(ours), Timing.median(theirs)));
    return 0;
  }

  private Line ratio(double ours, double theirs) {
    return new Line()
        .with("case", caseName())
        .with("metric", metrics().get(0))
        .with("peer", peer)
        .with("ours", ours)
        .with("theirs", theirs)
        .with("ratio", theirs / ours); // All of them are times or bytes: less is better.
  }

  private String caseName() {
    return switch (name) {
      case "C5" -> sameHost.equals("off") ? "C5-sockets" : "C5";
      case "C11" -> "C11-" + width;
      case "seed-tour" -> "seed-tour-" + argument;
      default -> name;
    };
  }

  /** What is compared: the first of these that a line has. */
  private List<String> metrics() {
    return switch (name) {
      case "C8" -> List.of("p50_us");
      case "C10" -> List.of("sched_bytes_per_task", "bytes_per_task");
      case "C11" -> List.of("metg50_us");
      default -> List.of("per_task_us");
    };
  }

  /** The best figure on these lines, which are printed. */
  private double figure(List<Line> lines) {
    lines.forEach(this::print);
    return lines.stream()
        .filter(line -> !name.equals("C11") || line.number("width") == width)
        .flatMapToDouble(line -> metrics().stream().mapToDouble(line::number))
        .filter(figure -> !Double.isNaN(figure))
        .min()
        .orElseThrow(() -> new IllegalStateException("there is no figure to compare"));
  }

  /** Runs the case in a JVM like this one. */
  private List<Line> here(String where, int n) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(name, "--target", where));
    if (n > 0) {
      arguments.addAll(List.of("--n", Integer.toString(n)));
    }
    if (name.equals("C11")) {
      arguments.addAll(List.of("--width", Integer.toString(width)));
    }
    if (name.equals("C5")) {
      arguments.addAll(List.of("--same-host", sameHost));
    }
    if (name.equals("seed-tour")) {
      arguments.addAll(List.of("--argument", argument));
    }
    Process process =
        Jvm.start(
            ManagementFactory.getRuntimeMXBean().getInputArguments(),
            Main.class,
            arguments.toArray(new String[0]));
    process.outputWriter(StandardCharsets.UTF_8).close();
    List<Line> lines = new ArrayList<>();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = out.readLine(); text != null; text = out.readLine()) {
        if (text.startsWith("{")) {
          lines.add(Line.parse(text));
        }
      }
    }
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IOException("our run " + arguments + " ended with exit code " + exit);
    }
    return lines;
  }

  private void print(Line line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }
}

package io.dagwright.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Other systems that run the same shapes, in a directory of their own: {@code DAGWRIGHT_PEERS}, or
 * {@code ../shared/peers} beside the project. They are started as that directory's scripts start
 * them, through the functions of its {@code env.sh}.
 */
final class Peers {

  /** Enough for any case at the sizes below on a busy machine, in seconds. */
  private static final String CASE_TIMEOUT_SECONDS = "600";

  /**
   * How a peer is measured in one case.
   *
   * @param n its own size, as in the peers' run.sh
   * @param answers names of the cases on its lines, of which the best counts
   */
  private record Way(int n, int repetitions, List<String> answers) {}

  private static final Map<String, Map<String, Way>> WAYS =
      Map.of(
          "dask",
          Map.of(
              "C1", new Way(10_000, 2, List.of("C1", "C1-futures")),
              "C2", new Way(1_000, 2, List.of("C2")),
              "C3-2", new Way(32_768, 1, List.of("C3-2")),
              "C3-8", new Way(32_768, 1, List.of("C3-8")),
              "C4", new Way(20_000, 2, List.of("C4")),
              "C5", new Way(50, 3, List.of("C5")),
              "C8", new Way(500, 1, List.of("C8")),
              "C10", new Way(50_000, 1, List.of("C10")),
              "C11", new Way(0, 1, List.of("C11-metg50"))),
          "loky",
          Map.of(
              "C1", new Way(10_000, 3, List.of("C1-futures")),
              "C8", new Way(200, 1, List.of("C8")),
              "seed-tour", new Way(1, 5, List.of("C9-main-fn"))),
          "spark",
          Map.of(
              "C1", new Way(1_000, 2, List.of("C1")),
              "C2", new Way(50, 1, List.of("C2")),
              "C3-8", new Way(1_000, 1, List.of("C3-8")),
              "C8", new Way(200, 1, List.of("C8"))),
          "hazelcast",
          Map.of(
              "C1", new Way(20_000, 3, List.of("C1")),
              "C8", new Way(2_000, 1, List.of("C8"))),
          "wire",
          Map.of(
              "C1", new Way(100_000, 3, List.of("C1")),
              "C2", new Way(10_000, 3, List.of("C2")),
              "C3-2", new Way(32_768, 3, List.of("C3-2")),
              "C3-8", new Way(32_768, 3, List.of("C3-8")),
              "C4", new Way(100_000, 3, List.of("C4")),
              "C5", new Way(50, 3, List.of("C5")),
              "C8", new Way(2_000, 1, List.of("C8")),
              "C11", new Way(0, 1, List.of("C11-metg50"))));

  private final Path directory;

  private Peers(Path directory) {
    this.directory = directory;
  }

  /** The peers of this machine. */
  static Peers find(String peer) {
    String said = System.getenv("DAGWRIGHT_PEERS");
    Path beside = projectRoot().resolve("../shared/peers").normalize();
    Path directory = said == null ? beside : Path.of(said);
    if (!Files.isRegularFile(directory.resolve("env.sh"))) {
      throw new PeerMissingException(
          peer,
          "there is no env.sh in [" + directory + "]",
          "Set DAGWRIGHT_PEERS to the directory with the peers' run.sh.");
    }
    return new Peers(directory);
  }

  /** The directory above the module whose jar we are in, or the current one. */
  private static Path projectRoot() {
    Path at = Path.of(firstOfClassPath()).toAbsolutePath();
    for (Path path = at; path != null; path = path.getParent()) {
      if (Files.isDirectory(path.resolve("bench/src")) && Files.exists(path.resolve("pom.xml"))) {
        return path;
      }
    }
    return Path.of("").toAbsolutePath();
  }

  private static String firstOfClassPath() {
    String all = System.getProperty("java.class.path");
    int end = all.indexOf(File.pathSeparatorChar);
    return end < 0 ? all : all.substring(0, end);
  }

  /** The lines a peer prints for a case. {@code n} is 0 for its own size. */
  List<Line> measure(String peer, String name, int n) throws IOException, InterruptedException {
    Way way = way(peer, name);
    requireSetUp(peer);
    int size = n == 0 ? way.n : n;
    List<Line> lines = run(command(peer, name, size, way.repetitions));
    List<Line> answers =
        lines.stream().filter(line -> way.answers.contains(line.text("case"))).toList();
    if (answers.isEmpty()) {
      throw new PeerMissingException(
          peer,
          "it printed no figure for " + name,
          "Its errors are in err.log of BENCH_TMP; "
              + directory.resolve("setup.sh")
              + " sets it up.");
    }
    return answers;
  }

  private static Way way(String peer, String name) {
    Map<String, Way> ways = WAYS.get(peer);
    Way way = ways == null ? null : ways.get(name);
    if (way == null) {
      throw new IllegalArgumentException(
          ways == null
              ? "there is no peer [" + peer + "]; use cf or one of " + WAYS.keySet()
              : "peer [" + peer + "] does not run " + name + ", only " + ways.keySet());
    }
    return way;
  }

  private static List<String> command(String peer, String name, int n, int repetitions) {
    String size = Integer.toString(n);
    String times = Integer.toString(repetitions);
    return switch (peer) {
      case "dask" ->
          List.of("pi", "--peer", "dask-procs", "--case", name, "--n", size, "--reps", times);
      case "loky" -> {
        String theirs = name.equals("seed-tour") ? "C9" : name;
        yield List.of("p", "--peer", "loky", "--case", theirs, "--n", size, "--reps", times);
      }
      case "spark" -> List.of("js", "spark-cluster", name, size, times);
      default -> List.of("j", peer, name, size, times);
    };
  }

  private void requireSetUp(String peer) throws IOException, InterruptedException {
    if (peer.equals("dask") || peer.equals("loky")) {
      String packages = peer.equals("dask") ? "python3-dask python3-distributed" : "python3-joblib";
      String modules = peer.equals("dask") ? "dask, distributed, psutil" : "joblib, psutil";
      if (exit("\"$PY\" -c 'import numpy, " + modules + "'") != 0) {
        throw new PeerMissingException(
            peer,
            "Debian's Python cannot import " + modules,
            "Install it with 'apt-get install "
                + packages
                + " python3-psutil python3-numpy', or"
                + " run "
                + directory.resolve("setup.sh")
                + ".");
      }
    } else if (exit("test -f \"$BENCH_TMP/classes/bench/Main.class\"") != 0) {
      throw new PeerMissingException(
          peer,
          "its classes are not built",
          "Run " + directory.resolve("setup.sh") + ", with BENCH_TMP set to where they may go.");
    }
  }

  private int exit(String script) throws IOException, InterruptedException {
    return shell(script)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private List<Line> run(List<String> command) throws IOException, InterruptedException {
    Process process =
        shell(String.join(" ", command)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<Line> lines = new ArrayList<>();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = nextLine(out); text != null; text = nextLine(out)) {
        lines.add(Line.parse(text));
      }
    }
    process.waitFor(10, TimeUnit.SECONDS);
    return lines;
  }

  private static @Nullable String nextLine(BufferedReader out) throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith("{")) {
      line = out.readLine();
    }
    return line;
  }

  private ProcessBuilder shell(String script) {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", ". \"$0/env.sh\"; " + script, directory.toString());
    builder.environment().putIfAbsent("CASE_TIMEOUT", CASE_TIMEOUT_SECONDS);
    builder.environment().putIfAbsent("JAVA_BIN", System.getProperty("java.home") + "/bin/java");
    return builder;
  }
}

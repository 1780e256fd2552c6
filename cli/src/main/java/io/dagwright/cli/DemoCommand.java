package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.ComputeOptions;
import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Schedulers;
import io.dagwright.TerminalProgress;
import io.dagwright.cli.WordCount.Block;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dagwright demo}. */
@Command(
    name = "demo",
    description = {
      "Counts the words of real text on a cluster of worker JVMs, and checks the answer.",
      "Without files it reads every text file in the 'legal' directory of the running JDK and this"
          + " project's documentation."
    },
    footer = {
      "  dagwright demo",
      "  dagwright demo --kill-a-worker",
      "  dagwright demo --workers 4 --blocksize 1MB books/ 'logs/**.txt'",
      "  dagwright demo --output json"
    })
final class DemoCommand implements Callable<Integer> {

  private static final int TOP = 20;
  private static final int WORD_CHARS = 60;

  /** The default text is read again until it makes so many blocks: enough to take a moment. */
  private static final int ENOUGH_BLOCKS = 4000;

  private static final int MOST_BLOCKS = 1_000_000;

  @Spec private CommandSpec spec;
  @Mixin private Output output;

  @Parameters(
      paramLabel = "FILE",
      description = "Files, directories, or patterns such as 'books/*.txt'.")
  private List<String> arguments = List.of();

  @Option(
      names = {"-b", "--blocksize"},
      paramLabel = "SIZE",
      defaultValue = "4MB",
      converter = ByteSize.class,
      description = "How much text one task counts. Default: ${DEFAULT-VALUE}.")
  private long blockSize;

  @Option(
      names = {"-w", "--workers"},
      paramLabel = "N",
      defaultValue = "2",
      description = "How many worker JVMs. Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--kill-a-worker",
      description = "Kill one of them while it works, and show what that costs.")
  private boolean kill;

  /** The text, and how often each file is read. */
  private record Text(List<Path> files, long bytes, int rounds) {
    long total() {
      return bytes * rounds;
    }
  }

  /** What is known of the workers in the end. */
  private record Outcome(
      Map<String, Long> counts,
      long nanos,
      Map<String, Integer> blocksOf,
      Journal.Notes notes,
      @Nullable String killed) {}

  @Override
  public Integer call() throws IOException {
    if (workers < 1 || workers > 64) {
      throw new CommandFailure(
          ExitCode.USAGE, "--workers must be from 1 to 64, not " + workers + ".");
    }
    if (kill && workers < 2) {
      throw new CommandFailure(
          ExitCode.USAGE, "--kill-a-worker needs two workers: one has to go on.");
    }
    Text text = text();
    Path journal = Files.createTempFile("dagwright-demo", ".journal");
    journal.toFile().deleteOnExit(); // Also if a signal ends this process.
    try {
      List<Block> blocks = blocks(text, journal.toString());
      announce(text, blocks.size());
      Lazy<Map<String, Long>> graph = WordCount.graph(blocks);
      int tasks = graph.graph().size();
      Outcome outcome = compute(graph, blocks.size(), journal);
      long start = System.nanoTime();
      boolean equal = checked(text).equals(outcome.counts());
      long checkNanos = System.nanoTime() - start;
      if (output.isJson()) {
        out().println(Output.json(json(text, blocks.size(), tasks, outcome, equal)));
      } else {
        print(text, blocks.size(), tasks, outcome);
        say(
            "Answer checked against the synchronous scheduler: "
                + (equal ? "equal" : "NOT EQUAL, which is a fault in Dagwright; please report it")
                + " ("
                + Output.seconds(checkNanos)
                + " in one thread).");
      }
      out().flush();
      return equal ? ExitCode.OK : ExitCode.WRONG_ANSWER;
    } finally {
      Files.deleteIfExists(journal);
    }
  }

  // ---- the text
  // -----------------------------------------------------------------------------------

  private Text text() {
    List<Path> files = arguments.isEmpty() ? defaultText() : TextFiles.named(arguments);
    long bytes = files.stream().mapToLong(WordCount::size).sum();
    if (bytes == 0) {
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT,
          arguments.isEmpty()
              ? "This JDK has no 'legal' directory with text; name some files."
              : "There is no text in " + arguments + ".");
    }
    List<Block> once = new ArrayList<>();
    files.forEach(file -> WordCount.cut(file, WordCount.size(file), blockSize, "", once));
    boolean again = arguments.isEmpty() && once.size() < ENOUGH_BLOCKS;
    return new Text(files, bytes, again ? ENOUGH_BLOCKS / once.size() : 1);
  }

  private static List<Path> defaultText() {
    List<Path> files = new ArrayList<>();
    addText(Path.of(System.getProperty("java.home"), "legal"), files);
    String home = System.getProperty("dagwright.home");
    if (home != null) {
      addText(Path.of(home, "docs"), files);
      for (String page : List.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")) {
        addText(Path.of(home, page), files);
      }
    }
    return files;
  }

  private static void addText(Path place, List<Path> files) {
    if (Files.exists(place)) {
      files.addAll(TextFiles.textUnder(place));
    }
  }

  private List<Block> blocks(Text text, String journal) {
    List<Block> blocks = new ArrayList<>();
    for (int round = 0; round < text.rounds(); round++) {
      for (Path file : text.files()) {
        WordCount.cut(file, WordCount.size(file), blockSize, journal, blocks);
        if (blocks.size() > MOST_BLOCKS) {
          throw new CommandFailure(
              ExitCode.USAGE,
              "That would be more than a million blocks; choose a larger --blocksize.");
        }
      }
    }
    return blocks;
  }

  private void announce(Text text, int blocks) {
    say(
        "Counting the words of "
            + Output.count(text.files().size(), "file")
            + ", "
            + Output.size(text.bytes())
            + (text.rounds() == 1 ? "" : ", read " + text.rounds() + " times over")
            + ": "
            + Output.size(text.total())
            + " in "
            + Output.count(blocks, "block")
            + " of at most "
            + Output.size(blockSize)
            + ".");
  }

  // ---- the work
  // -----------------------------------------------------------------------------------

  private Outcome compute(Lazy<Map<String, Long>> graph, int blocks, Path journal)
      throws IOException {
    long starting = System.nanoTime();
    List<String> flags = new ArrayList<>(LogLevels.jvmFlags());
    flags.add(
        "-XX:TieredStopAtLevel=1"); // Starts in two thirds of the time; runs for seconds only.
    try (LocalCluster cluster =
            LocalCluster.start(
                LocalClusterOptions.DEFAULT
                    .withForked(true)
                    .withWorkers(workers, 1)
                    .withJvmFlags(flags.toArray(String[]::new)));
        Client client = cluster.client()) {
      WorkersUp.await(client, workers, cluster.whenStartFailed());
      Map<Long, String> names = new TreeMap<>();
      cluster.processIds().forEach((name, pid) -> names.put(pid, name));
      say(
          "Started "
              + Output.count(workers, "worker JVM")
              + " in "
              + Output.seconds(System.nanoTime() - starting)
              + ".");
      try (Killer killer = kill ? Killer.start(cluster, journal, blocks) : Killer.none()) {
        ComputeOptions options =
            ComputeOptions.DEFAULT.withName("word-count").withProgress(new TerminalProgress());
        long start = System.nanoTime();
        Map<String, Long> counts = client.compute(graph, options);
        long nanos = System.nanoTime() - start;
        cluster
            .processIds()
            .forEach((name, pid) -> names.putIfAbsent(pid, name + ", started again"));
        Journal.Notes notes = Journal.read(journal);
        Map<String, Integer> blocksOf = new TreeMap<>();
        names.values().forEach(name -> blocksOf.put(name, 0));
        notes
            .ended()
            .forEach(
                (pid, count) ->
                    blocksOf.merge(names.getOrDefault(pid, "process " + pid), count, Integer::sum));
        return new Outcome(counts, nanos, blocksOf, notes, killer.killed());
      }
    }
  }

  private Map<String, Long> checked(Text text) {
    try (GraphRunner synchronous = Schedulers.synchronous()) {
      return synchronous.compute(WordCount.graph(blocks(text, "")));
    } catch (UncheckedIOException e) {
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT, "A file changed while it was read: " + e.getMessage(), e);
    }
  }

  // ---- what is shown
  // ------------------------------------------------------------------------------

  private void print(Text text, int blocks, int tasks, Outcome outcome) {
    List<WordCount.Count> top = WordCount.top(outcome.counts(), TOP);
    PrintWriter out = out();
    out.println();
    for (WordCount.Count each : top) {
      out.printf(Locale.ROOT, "%,14d  %s%n", each.count(), clipped(each.word()));
    }
    out.println();
    double seconds = outcome.nanos() / 1e9;
    out.printf(
        Locale.ROOT,
        "%,d different words. %,d tasks (%,d blocks counted, %,d additions), %s in %.1f s: %s/s.%n",
        outcome.counts().size(),
        tasks,
        blocks,
        tasks - blocks,
        Output.size(text.total()),
        seconds,
        Output.size((long) (text.total() / seconds)));
    int ended = Math.max(1, outcome.blocksOf().values().stream().mapToInt(n -> n).sum());
    outcome
        .blocksOf()
        .forEach(
            (name, count) ->
                out.printf(
                    Locale.ROOT,
                    "  %-24s %3.0f %%  %,d blocks%n",
                    name,
                    100.0 * count / ended,
                    count));
    if (kill) {
      out.println(killed(outcome));
    }
    out.flush();
  }

  /** Text without blanks is one word, however long. */
  static String clipped(String word) {
    return word.length() <= WORD_CHARS ? word : word.substring(0, WORD_CHARS - 1) + "…";
  }

  private static String killed(Outcome outcome) {
    if (outcome.killed() == null) {
      return "It was over before a worker could be killed; give it more text.";
    }
    Journal.Notes notes = outcome.notes();
    return outcome.killed()
        + " was killed while it worked. "
        + (notes.again() == 0
            ? "Nothing had to be counted again: its counts had been added up elsewhere."
            : Output.count(notes.again(), "block")
                + " had to be counted again: "
                + notes.lost()
                + " whose counts were lost with it, "
                + (notes.again() - notes.lost())
                + " that it was counting.");
  }

  private Map<String, Object> json(
      Text text, int blocks, int tasks, Outcome outcome, boolean equal) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("files", text.files().size());
    json.put("bytes", text.total());
    json.put("rounds", text.rounds());
    json.put("blocks", blocks);
    json.put("tasks", tasks);
    json.put("seconds", outcome.nanos() / 1e9);
    json.put("words", outcome.counts().size());
    json.put("top", WordCount.top(outcome.counts(), TOP));
    json.put("blocksByWorker", outcome.blocksOf());
    if (kill) {
      json.put("killed", outcome.killed());
      json.put("countedAgain", outcome.notes().again());
      json.put("countedAgainBecauseLost", outcome.notes().lost());
    }
    json.put("equalToSynchronous", equal);
    return json;
  }

  /** Remarks for people; programs that read the output see none. */
  private void say(String remark) {
    if (!output.isJson()) {
      out().println(remark);
      out().flush();
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}

package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.ComputeOptions;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.TerminalProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Uses what other commands use, so that a JVM told to store its classes stores those. The launchers
 * run it once, which makes every later start faster.
 */
@Command(name = "class-data", description = "Loads the classes of all commands.", hidden = true)
final class ClassDataCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    try (LocalCluster cluster = LocalCluster.threads(1, 1);
        Client client = cluster.client()) {
      client.compute(work());
    }
    Map<String, String> anyPort = Map.of("dagwright.port", "0");
    try (Node scheduler =
            Node.start(NodeOptions.SCHEDULER.withProfile("laptop").withSettings(anyPort));
        Node worker =
            Node.start(
                NodeOptions.WORKER
                    .withProfile("laptop")
                    .withSettings(anyPort)
                    .withSeeds(scheduler.address()));
        Client client = Client.connect(scheduler.address())) {
      client.compute(work(), ComputeOptions.DEFAULT.withProgress(new TerminalProgress()));
      Output.json(client.status());
      worker.leave();
    }
    return ExitCode.OK;
  }

  private static Lazy<Map<String, Long>> work() {
    List<Lazy<Map<String, Long>>> words = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      words.add(Lazy.delayed("word" + i, word -> Map.of(word, (long) word.length())));
    }
    return Lazy.reduce(words, 4, WordCount::add);
  }
}

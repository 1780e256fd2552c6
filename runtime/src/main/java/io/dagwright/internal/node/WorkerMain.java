package io.dagwright.internal.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.dagwright.internal.executor.SlotFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The main class of a worker process that another JVM starts and watches. */
public final class WorkerMain {

  private WorkerMain() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      boolean alone = i + 1 == arguments.length || arguments[i + 1].startsWith("--");
      options.put(arguments[i], alone ? "" : arguments[++i]);
    }
    if (options.containsKey("--parent-pipe")) {
      endWithParent();
    }
    Config overrides =
        ConfigFactory.parseMap(
            Map.of("dagwright.cluster-token", options.getOrDefault("--cluster-token", "dagwright")));
    NodeSystem node =
        NodeSystem.start("laptop", NodeSystem.Reach.CLUSTER, Set.of("worker"), overrides);
    node.join(List.of(options.getOrDefault("--seed", "")));
    String slotFile = options.getOrDefault("--slot-file", "");
    node.startWorker(
        options.getOrDefault("--name", "worker"),
        Integer.parseInt(options.getOrDefault("--slots", "0")),
        Map.of(),
        slotFile.isEmpty() ? SlotFile.NONE : SlotFile.create(Path.of(slotFile)),
        Long.parseLong(options.getOrDefault("--incarnation", "0")));
  }

  /** The parent holds the other end of our standard input; when that ends, so do we. */
  private static void endWithParent() {
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is ever said; only the end matters.
                }
              } catch (IOException e) {
                // A broken pipe is an end, too.
              }
              Runtime.getRuntime().halt(0);
            },
            "parent-watcher");
    watcher.setDaemon(true);
    watcher.start();
  }
}

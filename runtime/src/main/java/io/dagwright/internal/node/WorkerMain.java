package io.dagwright.internal.node;

import io.dagwright.internal.executor.SlotFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The main class of a worker process that another JVM starts and watches. */
public final class WorkerMain {

  private static final long FILES_MILLIS = 2000;

  private WorkerMain() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, String> options = new HashMap<>();
    Map<String, String> settings = new HashMap<>();
    Map<String, Double> resources = new HashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      String option = arguments[i];
      boolean alone = i + 1 == arguments.length || arguments[i + 1].startsWith("--");
      String value = alone ? "" : arguments[++i];
      int equals = value.indexOf('=');
      switch (option) {
        case "--setting" -> settings.put(value.substring(0, equals), value.substring(equals + 1));
        case "--resource" ->
            resources.put(
                value.substring(0, equals), Double.parseDouble(value.substring(equals + 1)));
        default -> options.put(option, value);
      }
    }
    AtomicReference<@Nullable NodeSystem> started = new AtomicReference<>();
    if (options.containsKey("--parent-pipe")) {
      endWithParent(started);
    }
    NodeSystem node =
        NodeSystem.start(
            options.getOrDefault("--profile", "laptop"),
            NodeSystem.Reach.CLUSTER,
            Set.of("worker"),
            settings);
    started.set(node);
    node.join(List.of(options.getOrDefault("--seed", "")));
    String slotFile = options.getOrDefault("--slot-file", "");
    node.startWorker(
        options.getOrDefault("--name", "worker"),
        Integer.parseInt(options.getOrDefault("--slots", "0")),
        resources,
        slotFile.isEmpty() ? SlotFile.NONE : SlotFile.create(Path.of(slotFile)),
        Long.parseLong(options.getOrDefault("--incarnation", "0")));
    Runtime.getRuntime().addShutdownHook(new Thread(node::closeWorkerLocals, "closing"));
    node.awaitEnd();
  }

  /** The parent holds the other end of our standard input; when that ends, so do we. */
  private static void endWithParent(AtomicReference<@Nullable NodeSystem> started) {
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
              NodeSystem node = started.get();
              if (node != null) {
                dropFiles(node);
              }
              Runtime.getRuntime().halt(0);
            },
            "parent-watcher");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** As far as that takes no time; what is left, the next process that spills removes. */
  private static void dropFiles(NodeSystem node) {
    Thread cleaner = new Thread(node::dropFiles, "cleaner");
    cleaner.setDaemon(true);
    cleaner.start();
    try {
      cleaner.join(FILES_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

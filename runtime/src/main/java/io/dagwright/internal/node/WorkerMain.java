package io.dagwright.internal.node;

import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.supervisor.ExitStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main class of a worker process that another JVM starts and watches. On its standard input it
 * is told to {@code leave}, which hands over its results first, or to {@code end} at once.
 */
public final class WorkerMain {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerMain.class);
  private static final long FILES_MILLIS = 2000;
  private static final Duration LEAVING = Duration.ofSeconds(60);

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
    Thread.setDefaultUncaughtExceptionHandler(WorkerMain::onUncaught);
    CompletableFuture<NodeSystem> started = new CompletableFuture<>();
    if (options.containsKey("--parent-pipe")) {
      daemon("orders", () -> obey(started));
    }
    NodeSystem node =
        NodeSystem.start(
            options.getOrDefault("--profile", "laptop"),
            NodeSystem.Reach.CLUSTER,
            Set.of("worker"),
            settings);
    node.join(List.of(options.getOrDefault("--seed", "").split(",", -1)));
    node.endWithItsScheduler();
    String slotFile = options.getOrDefault("--slot-file", "");
    node.startWorker(
        options.getOrDefault("--name", "worker"),
        Integer.parseInt(options.getOrDefault("--slots", "0")),
        resources,
        slotFile.isEmpty() ? SlotFile.NONE : SlotFile.create(Path.of(slotFile)),
        Long.parseLong(options.getOrDefault("--incarnation", "0")));
    Runtime.getRuntime().addShutdownHook(new Thread(node::closeWorkerLocals, "closing"));
    started.complete(node);
    node.awaitEnd();
    if (node.isRefused()) {
      System.exit(1);
    }
  }

  /** Without memory nothing can be relied on any more; a task's want of it never comes here. */
  private static void onUncaught(Thread thread, Throwable thrown) {
    if (thrown instanceof OutOfMemoryError) {
      try {
        LOG.error("Out of memory on thread [{}], outside of tasks", thread.getName(), thrown);
      } finally {
        Runtime.getRuntime().halt(ExitStatus.OUT_OF_MEMORY);
      }
    }
    LOG.error("Thread [{}] ended by an exception", thread.getName(), thrown);
  }

  /** The parent holds the other end of our standard input; when that ends, so do we. */
  private static void obey(CompletableFuture<NodeSystem> started) {
    try (BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        switch (order) {
          case "leave" -> daemon("leaving", () -> leave(started.join()));
          case "end" -> daemon("ending", () -> System.exit(0)); // Closes what tasks made.
          default -> LOG.warn("Told to [{}], of which this version knows nothing", order);
        }
      }
    } catch (IOException e) {
      LOG.debug("A broken pipe is an end, too", e);
    }
    if (started.isDone()) {
      dropFiles(started.join());
    }
    Runtime.getRuntime().halt(0);
  }

  private static void leave(NodeSystem node) {
    try {
      node.leave(LEAVING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    node.close();
    System.exit(0);
  }

  /** As far as that takes no time; what is left, the next process that spills removes. */
  private static void dropFiles(NodeSystem node) {
    Thread cleaner = daemon("cleaner", node::dropFiles);
    try {
      cleaner.join(FILES_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}

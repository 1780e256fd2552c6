package io.dagwright.internal.node;

import io.dagwright.error.WorkerStartException;
import io.dagwright.internal.executor.SlotFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Worker JVMs that this JVM starts, watches, and starts again with growing pauses. They end when
 * this JVM does, however it ends. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Exits and restarts report for themselves.
public final class WorkerProcesses implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcesses.class);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  /** A process that lived so long starts again without delay. */
  private static final long HEALTHY_NANOS = 10_000_000_000L;

  /** How long a process that is asked to end may take. */
  private static final long FAREWELL_NANOS = 500_000_000L;

  /** How long what an ended process said may take to arrive here. */
  private static final long LAST_WORDS_MILLIS = 500;

  /** Of what a worker says, so many of the last lines are kept for the report of its end. */
  private static final int LAST_LINES = 20;

  /**
   * What the processes are like.
   *
   * @param names one process each
   * @param settings overrides of each process's configuration, by path
   * @param jvmFlags given to each JVM
   */
  public record Spec(
      String profile,
      List<String> names,
      int slots,
      Map<String, Double> resources,
      Map<String, String> settings,
      List<String> jvmFlags) {}

  private final NodeSystem node;
  private final Spec spec;
  private final Path directory;
  private final List<Child> children = new ArrayList<>();
  private final ScheduledExecutorService restarts =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dagwright-processes");
            thread.setDaemon(true);
            return thread;
          });
  private final CompletableFuture<Void> failedStart = new CompletableFuture<>();
  private boolean closed;

  private WorkerProcesses(NodeSystem node, Spec spec) {
    this.node = node;
    this.spec = spec;
    try {
      directory = Files.createTempDirectory("dagwright-workers");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static WorkerProcesses start(NodeSystem node, Spec spec) {
    WorkerProcesses processes = new WorkerProcesses(node, spec);
    spec.names().forEach(processes::add);
    return processes;
  }

  /** Starts one more process like the others; without effect once closed. */
  public synchronized void add(String name) {
    if (!closed) {
      Child child = new Child(name);
      children.add(child);
      child.start();
    }
  }

  /**
   * Fails with {@link WorkerStartException} when a process ends by itself before it is a worker,
   * while there is no other that got as far: what it was started with is wrong. It never completes
   * otherwise.
   */
  public CompletableFuture<Void> failedStart() {
    return failedStart;
  }

  /** The process ids of the workers that are up, by their names. */
  public synchronized Map<String, Long> pids() {
    Map<String, Long> pids = new LinkedHashMap<>();
    for (Child child : children) {
      if (child.process.isAlive()) {
        pids.put(child.name, child.process.pid());
      }
    }
    return pids;
  }

  /** An archive of classes that this JVM was started with serves its workers as well. */
  private static List<String> sharedClassData() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("-XX:SharedArchiveFile=") || flag.startsWith("-Xlog:cds"))
        .toList();
  }

  private final class Child {
    private final String name;
    private final Path slotFile;
    private Process process;
    private long incarnation;
    private long startedNanos;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private Thread listener;

    @SuppressWarnings("NullAway.Init") // start() follows at once.
    Child(String name) {
      this.name = name;
      this.slotFile = directory.resolve(name + ".slots");
    }

    void start() {
      synchronized (WorkerProcesses.this) {
        if (closed) {
          return;
        }
        incarnation = System.currentTimeMillis() << 16;
        startedNanos = System.nanoTime();
        try {
          Files.deleteIfExists(slotFile);
          process = new ProcessBuilder(command()).redirectErrorStream(true).start();
        } catch (IOException e) {
          throw new UncheckedIOException("cannot start a worker process", e);
        }
        listener = listenTo(process);
        process.onExit().thenAccept(this::onExit);
      }
    }

    /** What tasks print goes to the log of this JVM, under the worker's name. */
    private Thread listenTo(Process to) {
      Logger log = LoggerFactory.getLogger("io.dagwright.worker." + name);
      Thread thread =
          new Thread(
              () -> {
                try (BufferedReader lines =
                    new BufferedReader(
                        new InputStreamReader(to.getInputStream(), StandardCharsets.UTF_8))) {
                  for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    log.info("{}", line);
                    keep(line);
                  }
                } catch (IOException e) {
                  LOG.debug("The output of a worker process ended", e);
                }
              },
              "dagwright-output-" + name);
      thread.setDaemon(true);
      thread.start();
      return thread;
    }

    private void keep(String line) {
      synchronized (lastLines) {
        if (lastLines.size() == LAST_LINES) {
          lastLines.removeFirst();
        }
        lastLines.addLast(line);
      }
    }

    /** The last lines, once: those of the next process are others. */
    private List<String> lastLines() {
      try {
        listener.join(LAST_WORDS_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      synchronized (lastLines) {
        List<String> lines = List.copyOf(lastLines);
        lastLines.clear();
        return lines;
      }
    }

    private List<String> command() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-XX:+UseSerialGC");
      command.addAll(sharedClassData());
      if (Runtime.version().feature() >= 24) {
        command.add("--sun-misc-unsafe-memory-access=allow");
      }
      for (String place : List.of("config.file", "config.resource", "config.url")) {
        String settings = System.getProperty(place);
        if (settings != null) {
          command.add("-D" + place + "=" + settings); // What this JVM was told, its workers are.
        }
      }
      command.addAll(spec.jvmFlags());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(WorkerMain.class.getName());
      command.addAll(
          List.of(
              "--seed",
              node.address(),
              "--profile",
              spec.profile(),
              "--name",
              name,
              "--slots",
              Integer.toString(spec.slots()),
              "--slot-file",
              slotFile.toString(),
              "--incarnation",
              Long.toString(incarnation),
              "--parent-pipe"));
      spec.resources()
          .forEach(
              (resource, amount) -> command.addAll(List.of("--resource", resource + "=" + amount)));
      spec.settings()
          .forEach((path, value) -> command.addAll(List.of("--setting", path + "=" + value)));
      command.addAll(
          List.of("--setting", "dagwright.cluster-token=" + node.settings().clusterToken()));
      return command;
    }

    void end(long deadline) {
      try {
        if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          process.destroyForcibly().waitFor();
        }
        listener.join();
        Files.deleteIfExists(slotFile);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      } catch (IOException e) {
        LOG.debug("A slot file stays behind", e);
      }
    }

    private void onExit(Process ended) {
      List<SlotFile.Line> running = SlotFile.read(slotFile);
      List<String> output = lastLines();
      synchronized (WorkerProcesses.this) {
        if (closed || ended != process) {
          return;
        }
        int code = ended.exitValue();
        String exit =
            "exit code " + code + (code > 128 ? ", killed by signal " + (code - 128) : "");
        LOG.warn(
            "Worker process [{}] ended: {}{}",
            name,
            exit,
            output.isEmpty() ? "" : ". It said last:\n  " + String.join("\n  ", output));
        if (code <= 128 && children.stream().noneMatch(child -> Files.exists(child.slotFile))) {
          failedStart.completeExceptionally(
              new WorkerStartException(name, exit, output, spec.jvmFlags()));
        }
        node.reportExit(name, incarnation, exit, running);
        boolean healthy = System.nanoTime() - startedNanos > HEALTHY_NANOS;
        pauseMillis =
            healthy ? FIRST_PAUSE_MILLIS : Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
        restarts.schedule(this::start, healthy ? 0 : pauseMillis, TimeUnit.MILLISECONDS);
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    restarts.shutdownNow();
    for (Child child : children) {
      child.process.destroy();
    }
    long deadline = System.nanoTime() + FAREWELL_NANOS;
    for (Child child : children) {
      child.end(deadline);
    }
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      LOG.debug("The directory of slot files stays behind", e);
    }
  }
}

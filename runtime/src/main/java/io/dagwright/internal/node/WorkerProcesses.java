package io.dagwright.internal.node;

import io.dagwright.internal.executor.SlotFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Worker JVMs that this JVM starts, watches, and starts again with growing pauses. They end when
 * this JVM does, however it ends. Thread-safe.
 */
public final class WorkerProcesses implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcesses.class);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  /** A process that lived so long starts again without delay. */
  private static final long HEALTHY_NANOS = 10_000_000_000L;

  private final NodeSystem node;
  private final int slots;
  private final Path directory;
  private final List<Child> children = new ArrayList<>();
  private final ScheduledExecutorService restarts =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dagwright-processes");
            thread.setDaemon(true);
            return thread;
          });
  private boolean closed;

  private WorkerProcesses(NodeSystem node, int slots) {
    this.node = node;
    this.slots = slots;
    try {
      directory = Files.createTempDirectory("dagwright-workers");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static WorkerProcesses start(NodeSystem node, int workers, int slots) {
    WorkerProcesses processes = new WorkerProcesses(node, slots);
    for (int i = 0; i < workers; i++) {
      Child child = processes.new Child("worker-" + i);
      processes.children.add(child);
      child.start();
    }
    return processes;
  }

  /** The process id of a worker, for tests and demonstrations that kill one; -1 if it is down. */
  public synchronized long pid(int worker) {
    Process process = children.get(worker).process;
    return process != null && process.isAlive() ? process.pid() : -1;
  }

  private final class Child {
    private final String name;
    private final Path slotFile;
    private Process process;
    private long incarnation;
    private long startedNanos;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

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
          process = new ProcessBuilder(command()).redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
          throw new UncheckedIOException("cannot start a worker process", e);
        }
        process.onExit().thenAccept(this::onExit);
      }
    }

    private List<String> command() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"));
      if (Runtime.version().feature() >= 24) {
        command.add("--sun-misc-unsafe-memory-access=allow");
      }
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(WorkerMain.class.getName());
      command.addAll(
          List.of(
              "--seed", node.address(),
              "--name", name,
              "--slots", Integer.toString(slots),
              "--slot-file", slotFile.toString(),
              "--incarnation", Long.toString(incarnation),
              "--cluster-token", node.settings().clusterToken(),
              "--parent-pipe"));
      return command;
    }

    private void onExit(Process ended) {
      List<SlotFile.Line> running = SlotFile.read(slotFile);
      synchronized (WorkerProcesses.this) {
        if (closed || ended != process) {
          return;
        }
        int code = ended.exitValue();
        String exit = "exit code " + code + (code > 128 ? ", killed by signal " + (code - 128) : "");
        LOG.warn("Worker process [{}] ended: {}", name, exit);
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
    for (Child child : children) {
      try {
        if (!child.process.waitFor(3, TimeUnit.SECONDS)) {
          child.process.destroyForcibly();
        }
        Files.deleteIfExists(child.slotFile);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        child.process.destroyForcibly();
      } catch (IOException e) {
        LOG.debug("A slot file stays behind", e);
      }
    }
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      LOG.debug("The directory of slot files stays behind", e);
    }
  }
}

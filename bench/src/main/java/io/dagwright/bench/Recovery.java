package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.TaskFuture;
import io.dagwright.WorkerSupervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;

/**
 * How long after a {@code kill -9} of a worker its task runs on another one. The scheduler is in
 * this JVM; a supervisor with a small heap of its own watches two workers.
 */
final class Recovery {

  private static final long PATIENCE_MILLIS = 60_000;

  private Recovery() {}

  static Line measure(int kills) throws Exception {
    Path directory = Files.createTempDirectory("dagwright-bench");
    Node scheduler = Node.start(NodeOptions.SCHEDULER);
    Process supervisor =
        Jvm.start(
            List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            SupervisorMain.class,
            scheduler.address());
    double[] millis = new double[kills];
    try (Client client = Client.connect(scheduler.address())) {
      for (int i = 0; i < kills; i++) {
        Target.Workers.await(client, 2);
        millis[i] = killOnce(client, directory.resolve("starts-" + i));
      }
    } finally {
      supervisor.destroyForcibly().waitFor();
      scheduler.close();
    }
    Arrays.sort(millis);
    return Line.of("dagwright-cluster", "recovery")
        .with("n", kills)
        .with("kill_to_run_p50_ms", millis[kills / 2])
        .with("kill_to_run_max_ms", millis[kills - 1]);
  }

  private static double killOnce(Client client, Path starts) throws Exception {
    TaskFuture<Boolean> task =
        client.submit(Lazy.delayed(starts.toString(), Recovery::run).named("killed").impure());
    Start first = awaitFirst(starts);
    long killed = nowMicros();
    ProcessHandle.of(first.pid).orElseThrow().destroyForcibly(); // SIGKILL, where there is one.
    task.join();
    Start second = Start.parse(Files.readAllLines(starts).get(1));
    return (second.micros - killed) / 1e3;
  }

  private static Start awaitFirst(Path starts) throws IOException, InterruptedException {
    for (long waited = 0; waited < PATIENCE_MILLIS; waited += 20) {
      if (Files.exists(starts) && Files.size(starts) > 0) {
        return Start.parse(Files.readAllLines(starts).get(0));
      }
      Thread.sleep(20);
    }
    throw new IllegalStateException("no worker runs anything");
  }

  /** When a run began, and in which process. */
  private record Start(long micros, long pid) {
    static Start parse(String line) {
      String[] parts = line.split(" ", -1);
      return new Start(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }
  }

  /** Says that it runs. The first run is one to be killed; the second is what was waited for. */
  private static boolean run(String starts) throws InterruptedException {
    try {
      String line = nowMicros() + " " + ProcessHandle.current().pid() + "\n";
      Files.writeString(
          Path.of(starts), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      if (Files.readAllLines(Path.of(starts)).size() == 1) {
        Thread.sleep(PATIENCE_MILLIS);
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long nowMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** Watches two workers until its process is ended. */
  static final class SupervisorMain {

    private SupervisorMain() {}

    public static void main(String[] arguments) throws Exception {
      try (WorkerSupervisor supervisor =
          WorkerSupervisor.start(
              NodeOptions.WORKER.withSeeds(arguments[0]).withWorkers(2, 1),
              List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
              List.of())) {
        supervisor.whenAllGivenUp().toCompletableFuture().get();
      }
    }
  }
}

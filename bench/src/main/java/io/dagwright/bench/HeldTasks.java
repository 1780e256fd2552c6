package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Persisted;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * C10: what a task costs the scheduler while its result is held. The scheduler has a JVM of its
 * own, with a small heap; its workers and the client have others. What it holds is the difference
 * of its heap before and after, each time after a full collection.
 */
final class HeldTasks {

  private static final double BYTES_PER_MEGABYTE = 1 << 20;

  private HeldTasks() {}

  static Line measure(int n, int heapMegabytes) throws Exception {
    try (SchedulerProcess scheduler = new SchedulerProcess(heapMegabytes)) {
      Line line = Line.of("dagwright-cluster", "C10").with("n", n);
      long before;
      try (Client client = Client.connect(scheduler.address)) {
        Target.Workers.await(client, 2);
        client.compute(Lazies.graph(Shape.irregular(Math.min(n, 10_000))), Target.AS_BUILT);
        before = scheduler.usedBytes();
        hold(n, client, scheduler, before, line);
      }
      return line.with("sched_heap_max_mb", heapMegabytes)
          .with("sched_left_mb", (scheduler.usedBytes() - before) / BYTES_PER_MEGABYTE);
    }
  }

  private static void hold(
      int n, Client client, SchedulerProcess scheduler, long usedBefore, Line line)
      throws IOException {
    Shape shape = Shape.irregular(n);
    List<Lazy<Long>> lazies = Lazies.all(shape);
    long start = System.nanoTime();
    List<Persisted<Long>> held = client.persist(lazies, Target.AS_BUILT);
    held.forEach(Persisted::awaitReady);
    double seconds = Timing.since(start);
    long used = scheduler.usedBytes();
    long answer = held.get(n - 1).join();
    if (answer != shape.answer) {
      throw new IllegalStateException("the answer is " + answer + ", not " + shape.answer);
    }
    line.with("wall_s", seconds)
        .with("best_s", seconds)
        .with("reps", 1)
        .with("per_task_us", seconds / n * 1e6)
        .with("sched_bytes_per_task", (used - usedBefore) / (double) n)
        .with("sched_heap_mb", used / BYTES_PER_MEGABYTE);
  }

  /** A scheduler and two workers, started from here and asked over a pipe. */
  private static final class SchedulerProcess implements AutoCloseable {
    final String address;
    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter questions;

    SchedulerProcess(int heapMegabytes) throws IOException {
      process =
          Jvm.start(List.of("-Xmx" + heapMegabytes + "m", "-XX:+UseSerialGC"), SchedulerMain.class);
      answers = process.inputReader(StandardCharsets.UTF_8);
      questions = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
      address = answer();
    }

    long usedBytes() throws IOException {
      questions.println("used");
      return Long.parseLong(answer());
    }

    private String answer() throws IOException {
      String line = answers.readLine();
      if (line == null) {
        throw new IOException("the scheduler's process has ended");
      }
      return line;
    }

    @Override
    public void close() {
      questions.close(); // It ends when its input does.
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }

  /** What runs in that process: says its address, then its heap whenever it is asked. */
  static final class SchedulerMain {

    private SchedulerMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      try (LocalCluster cluster = LocalCluster.processes(2, 1)) {
        System.out.println(cluster.address());
        while (in.readLine() != null) {
          System.out.println(usedBytes());
        }
      }
    }

    /** Several collections, because what dies with a cleaner dies in the second. */
    private static long usedBytes() throws InterruptedException {
      for (int i = 0; i < 4; i++) {
        Thread.sleep(200); // Acknowledgements are still on their way, and the worker's beats.
        System.gc();
      }
      return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
  }
}

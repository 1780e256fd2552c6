package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * C5: arrays of 8 MiB that one worker holds, taken by tasks of another one. The clock runs from the
 * submission of those tasks to their answers.
 */
final class Transfers implements AutoCloseable {

  static final int ARRAY_BYTES = 8 << 20;

  private static final String HOLDER = "holder";
  private static final String TAKER = "taker";
  private static final int PROBES = 200;
  private static final int PROBED_ARRAYS = (int) ((1L << 30) / ARRAY_BYTES);

  private final boolean sharesMemory;
  private final LocalCluster cluster;
  private final Client client;

  /**
   * Starts two workers.
   *
   * @param sharesMemory whether results may go through memory that both workers share
   */
  Transfers(boolean sharesMemory) throws InterruptedException {
    this.sharesMemory = sharesMemory;
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT
            .withForked(true)
            .withWorkers(2, 1)
            .withNames(HOLDER, TAKER)
            .withJvmFlags("-Xmx4g")
            .withSettings(
                sharesMemory ? Map.of() : Map.of("dagwright.transfer.same-host.bytes", "0"));
    cluster = LocalCluster.start(options);
    client = cluster.client();
    Target.Workers.await(client, 2);
  }

  void measure(int n, int repetitions, double warmUpSeconds, Consumer<Line> out) throws Exception {
    List<Double> seconds = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    long start = System.nanoTime();
    double first = run(n, cpu);
    while (Timing.since(start) < warmUpSeconds) {
      run(n, cpu);
    }
    cpu.clear();
    while (seconds.size() < repetitions) {
      seconds.add(run(n, cpu));
    }
    double[] latencies = probe();
    Timing timing = new Timing(first, array(seconds), Timing.median(array(cpu)));
    out.accept(
        Line.of("dagwright-cluster", "C5")
            .timed(n, timing)
            .with("same_host", sharesMemory)
            .with("MBps", (double) n * ARRAY_BYTES / 1e6 / timing.median())
            .with("best_MBps", (double) n * ARRAY_BYTES / 1e6 / timing.best())
            .with("control_p50_ms", Timing.quantile(latencies, 0.5) * 1e3)
            .with("control_p99_ms", Timing.quantile(latencies, 0.99) * 1e3));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private double run(int n, List<Double> cpu) {
    List<Persisted<long[]>> held = hold(n);
    try {
      double before = Timing.processTreeCpuSeconds();
      long start = System.nanoTime();
      take(held);
      double seconds = Timing.since(start);
      cpu.add(Timing.processTreeCpuSeconds() - before);
      return seconds;
    } finally {
      held.forEach(Persisted::release);
    }
  }

  private List<Persisted<long[]>> hold(int n) {
    List<Lazy<long[]>> made = new ArrayList<>();
    for (long i = 0; i < n; i++) {
      made.add(Lazy.delayed(i, Transfers::make).workers(HOLDER));
    }
    List<Persisted<long[]>> held = client.persist(made, Target.AS_BUILT);
    held.forEach(Persisted::awaitReady);
    return held;
  }

  private void take(List<Persisted<long[]>> held) {
    List<Lazy<Long>> taken = new ArrayList<>();
    held.forEach(each -> taken.add(each.lazy().map(Transfers::firstAndLast).workers(TAKER)));
    List<Long> sums = client.compute(taken, Target.AS_BUILT);
    for (int i = 0; i < sums.size(); i++) {
      if (sums.get(i) != 2L * i) {
        throw new IllegalStateException("array " + i + " arrived as another one");
      }
    }
  }

  /** How long tiny tasks take on the worker that sends a gigabyte meanwhile. */
  private double[] probe() {
    List<Double> seconds = new ArrayList<>();
    while (seconds.size() < PROBES) {
      List<Persisted<long[]>> held = hold(PROBED_ARRAYS);
      CompletableFuture<Void> taking = CompletableFuture.runAsync(() -> take(held));
      while (!taking.isDone()) {
        long start = System.nanoTime();
        client.compute(List.of(Lazy.delayed(1L, Operations.SAME).workers(HOLDER)), Target.AS_BUILT);
        seconds.add(Timing.since(start));
      }
      taking.join();
      held.forEach(Persisted::release);
    }
    return array(seconds);
  }

  private static long[] make(Long value) {
    long[] array = new long[ARRAY_BYTES / Long.BYTES];
    Arrays.fill(array, value);
    return array;
  }

  private static Long firstAndLast(long[] array) {
    return array[0] + array[array.length - 1];
  }

  @Override
  public void close() {
    client.close();
    cluster.close();
  }
}

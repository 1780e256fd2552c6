package io.dagwright.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long runs took.
 *
 * @param firstSeconds the first run of all, in a cold JVM
 * @param seconds of each run after warming up
 * @param cpuSeconds median over the same runs, of this process and its children
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Timing(double firstSeconds, double[] seconds, double cpuSeconds) {

  private static final int FEWEST_WARM_UPS = 3;

  /** Runs of milliseconds are repeated for as long as this, collections between them included. */
  private static final double SHORTEST_SECONDS = 1;

  /** Something to be timed; it fails if its answer is wrong. */
  interface Run {
    void run() throws Exception;
  }

  /** Runs until warm, at least three times and so many seconds; then counts. */
  static Timing of(int repetitions, double warmUpSeconds, Run run) throws Exception {
    double first = seconds(run);
    long start = System.nanoTime(); // What starts workers is no warming up.
    for (int i = 1; i < FEWEST_WARM_UPS || since(start) < warmUpSeconds; i++) {
      run.run();
    }
    List<Double> seconds = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    long begin = System.nanoTime();
    while (seconds.size() < repetitions || since(begin) < SHORTEST_SECONDS) {
      System.gc();
      double before = processTreeCpuSeconds();
      seconds.add(seconds(run));
      cpu.add(processTreeCpuSeconds() - before);
    }
    return new Timing(first, array(seconds), median(array(cpu)));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  static double seconds(Run run) throws Exception {
    long start = System.nanoTime();
    run.run();
    return since(start);
  }

  static double since(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  double median() {
    return median(seconds);
  }

  double best() {
    return Arrays.stream(seconds).min().orElse(Double.NaN);
  }

  static double median(double... values) {
    return quantile(values, 0.5);
  }

  static double quantile(double[] values, double part) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * part)];
  }

  /** User and system time of this process and those of its children that live. */
  static double processTreeCpuSeconds() {
    double children =
        ProcessHandle.current()
            .descendants()
            .mapToDouble(
                child -> child.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9)
            .sum();
    return processCpuSeconds() + children;
  }

  /** User and system time of this process. */
  static double processCpuSeconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }
}

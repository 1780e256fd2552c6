package io.dagwright.bench;

import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import java.util.Arrays;
import java.util.function.Consumer;

/** The cases that run shapes: throughput, latency, and the finest task that still pays. */
final class Measurements {

  /** Kernel lengths of C11, in microseconds. */
  private static final long[] KERNEL_MICROS = {
    10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1
  };

  private static final int CORES = 2;
  private static final int LEAST_LATENCY_WARM_UPS = 2_000;

  private final Target target;
  private final int repetitions;
  private final double warmUpSeconds;
  private final Consumer<Line> out;

  Measurements(Target target, int repetitions, double warmUpSeconds, Consumer<Line> out) {
    this.target = target;
    this.repetitions = repetitions;
    this.warmUpSeconds = warmUpSeconds;
    this.out = out;
  }

  /** C1 to C4: a graph from its submission to its answer. */
  void graph(String name, int n) throws Exception {
    Shape shape = Shape.of(name, n);
    Target.Computation computation = target.prepare(shape);
    Timing timing = Timing.of(repetitions, warmUpSeconds, () -> Target.check(shape, computation));
    out.accept(Line.of(target.peer(), name).timed(shape.size, timing));
  }

  /** C8: one tiny task at a time, from its submission to its result. */
  void latency(int n) {
    GraphRunner runner = target.runner();
    long start = System.nanoTime();
    double first = submit(runner, 0);
    for (int i = 1; i < LEAST_LATENCY_WARM_UPS || Timing.since(start) < warmUpSeconds; i++) {
      submit(runner, i);
    }
    double[] seconds = new double[n];
    double cpu = Timing.processTreeCpuSeconds();
    for (int i = 0; i < n; i++) {
      seconds[i] = submit(runner, i);
    }
    double sum = Arrays.stream(seconds).sum();
    Timing timing = new Timing(first, new double[] {sum}, Timing.processTreeCpuSeconds() - cpu);
    out.accept(
        Line.of(target.peer(), "C8")
            .timed(n, timing)
            .with("p50_us", Timing.quantile(seconds, 0.5) * 1e6)
            .with("p99_us", Timing.quantile(seconds, 0.99) * 1e6));
  }

  private static double submit(GraphRunner runner, long value) {
    long start = System.nanoTime();
    long result = runner.submit(Lazy.delayed(value, Operations.SAME), Target.AS_BUILT).join();
    double seconds = Timing.since(start);
    if (result != value) {
      throw new IllegalStateException("the result is " + result + ", not " + value);
    }
    return seconds;
  }

  /**
   * C11: the granularity (cores × wall / tasks) at which half of the processors' time is spent in
   * tasks, of a stencil of that width. As Task Bench defines it (Slaughter et al., SC'20).
   */
  void granularity(int width) throws Exception {
    Shape fine = Shape.stencil(1000, width, 10);
    Target.Computation warming = target.prepare(fine);
    long start = System.nanoTime();
    do {
      Target.check(fine, warming);
    } while (Timing.since(start) < warmUpSeconds);
    double efficiencyBefore = 1;
    double granularityBefore = 0;
    double at50 = Double.NaN;
    for (long micros : KERNEL_MICROS) {
      int steps = (int) Math.max(4, Math.min(2000, 1e6 / (micros * width)));
      double best = bestStencil(steps, width, micros);
      double tasks = (double) steps * width;
      double granularity = best * CORES / tasks * 1e6;
      double efficiency = micros / granularity;
      out.accept(
          Line.of(target.peer(), "C11-metg-point")
              .with("n", (long) tasks)
              .with("wall_s", best)
              .with("best_s", best)
              .with("reps", repetitions)
              .with("kernel_us", micros)
              .with("efficiency", efficiency)
              .with("granularity_us", granularity)
              .with("width", width));
      if (efficiency < 0.5) {
        if (granularityBefore > 0) {
          double part = (efficiencyBefore - 0.5) / (efficiencyBefore - efficiency);
          at50 = granularityBefore * Math.pow(granularity / granularityBefore, part);
        }
        break;
      }
      efficiencyBefore = efficiency;
      granularityBefore = granularity;
    }
    out.accept(
        Line.of(target.peer(), "C11-metg50")
            .with("n", 0)
            .with("reps", repetitions)
            .with("metg50_us", at50)
            .with("width", width));
  }

  private double bestStencil(int steps, int width, long micros) throws Exception {
    Shape shape = Shape.stencil(steps, width, micros);
    Target.Computation computation = target.prepare(shape);
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i <= repetitions; i++) {
      best = Math.min(best, Timing.seconds(() -> Target.check(shape, computation)));
    }
    return best;
  }
}

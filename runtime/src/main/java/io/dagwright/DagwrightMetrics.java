package io.dagwright;

import io.dagwright.ClusterMetrics.Metric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The figures of a cluster as meters of Micrometer, which the application brings: this is the only
 * class that needs it. Asks the scheduler now and then; workers that are gone take their meters
 * with them, and while the scheduler does not answer the last figures stay. Thread-safe; ends with
 * {@link #close}, not with the client.
 */
public final class DagwrightMetrics implements MeterBinder, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DagwrightMetrics.class);

  private final Client client;
  private final Duration every;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dagwright-metrics");
            thread.setDaemon(true);
            return thread;
          });

  /** What is shown where; registries themselves do not keep it alive. Guarded by this. */
  private final Map<MeterRegistry, Map<Series, Shown>> bound = new HashMap<>();

  private boolean closed;

  /** Which figure of which worker. */
  private record Series(String name, Map<String, String> labels) {}

  /** What a meter shows. */
  private static final class Shown {
    final Meter meter;
    volatile double value;

    Shown(MeterRegistry registry, Metric metric) {
      value = metric.value();
      meter = register(registry, metric, this);
    }

    double value() {
      return value;
    }
  }

  /**
   * Shows nothing until it is bound.
   *
   * @param client of the cluster; stays the caller's
   * @param every how often the scheduler is asked
   */
  public DagwrightMetrics(Client client, Duration every) {
    this.client = client;
    this.every = every;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // It ends with the timer, and has no outcome.
  public void bindTo(MeterRegistry registry) {
    Map<Series, Shown> shown;
    synchronized (this) {
      shown = bound.computeIfAbsent(registry, key -> new HashMap<>());
    }
    timer.scheduleWithFixedDelay(
        () -> refresh(registry, shown), 0, every.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void refresh(MeterRegistry registry, Map<Series, Shown> shown) {
    ClusterMetrics metrics;
    try {
      metrics = client.metrics();
    } catch (RuntimeException e) { // It may answer the next time.
      LOG.debug("The scheduler did not say its figures", e);
      return;
    }
    show(metrics, registry, shown);
  }

  private synchronized void show(
      ClusterMetrics metrics, MeterRegistry registry, Map<Series, Shown> shown) {
    if (closed) {
      return;
    }
    Set<Series> gone = new HashSet<>(shown.keySet());
    for (Metric metric : metrics.all()) {
      Series series = new Series(metric.name(), metric.labels());
      shown.computeIfAbsent(series, key -> new Shown(registry, metric)).value = metric.value();
      gone.remove(series);
    }
    for (Series series : gone) {
      remove(registry, shown.remove(series));
    }
  }

  private static void remove(MeterRegistry registry, @Nullable Shown shown) {
    if (shown != null) {
      registry.remove(shown.meter);
    }
  }

  /** A meter for a figure. */
  private static Meter register(MeterRegistry registry, Metric metric, Shown value) {
    List<Tag> tags =
        metric.labels().entrySet().stream()
            .map(label -> Tag.of(label.getKey(), label.getValue()))
            .toList();
    return metric.isCounter()
        ? FunctionCounter.builder(metric.name(), value, Shown::value)
            .tags(tags)
            .description(metric.help())
            .register(registry)
        : Gauge.builder(metric.name(), value, Shown::value)
            .tags(tags)
            .description(metric.help())
            .register(registry);
  }

  /** Asks no more, and takes the meters away. */
  @Override
  public synchronized void close() {
    closed = true;
    timer.shutdownNow();
    bound.forEach((registry, shown) -> shown.values().forEach(each -> remove(registry, each)));
    bound.clear();
  }
}

package io.dagwright;

import io.dagwright.protocol.ClusterStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a cluster at one moment, under the names of metrics: those of workers carry the
 * worker's name as a label. Immutable.
 */
public final class ClusterMetrics {

  /**
   * One figure.
   *
   * @param name such as {@code dagwright_worker_managed_bytes}; counters end in {@code _total}
   * @param help what it is, in a line
   * @param isCounter whether it only grows, as long as its process lives
   * @param labels such as {@code worker} with its name
   */
  public record Metric(
      String name, String help, boolean isCounter, Map<String, String> labels, double value) {

    public Metric {
      labels = Map.copyOf(labels);
    }
  }

  /** A figure that each worker has. */
  private record OfWorker(
      String name, String help, boolean isCounter, ToDoubleFunction<ClusterStatus.Worker> value) {}

  private static final List<OfWorker> OF_WORKERS =
      List.of(
          gauge("slots", "Tasks it runs at the same time", ClusterStatus.Worker::slots),
          gauge("runs", "Tasks it was given that have not ended", ClusterStatus.Worker::running),
          gauge("waiting_runs", "Of these, waiting for inputs", ClusterStatus.Worker::waiting),
          gauge("results", "Results it holds", ClusterStatus.Worker::results),
          gauge("managed_bytes", "Results on its heap", ClusterStatus.Worker::heldBytes),
          gauge(
              "unmanaged_bytes",
              "What else is alive on its heap",
              ClusterStatus.Worker::unmanagedBytes),
          gauge("heap_limit_bytes", "The most its heap may grow to", w -> w.limitBytes()),
          gauge("spilled_bytes", "Results in files", ClusterStatus.Worker::spilledBytes),
          gauge(
              "free_disk_bytes",
              "Free where results are written; -1 as long as none was",
              ClusterStatus.Worker::freeDiskBytes),
          gauge(
              "memory_level",
              "0 enough, 1 short, 2 paused for want of memory",
              w -> w.memory().ordinal()),
          counter("pauses", "How often it paused", ClusterStatus.Worker::pauses),
          counter("reconciled", "How often its state was compared", w -> w.reconciled()),
          counter("spills", "Results written to files", w -> w.spills().results()),
          counter("spill_bytes", "What these took", w -> w.spills().bytes()),
          counter("unspills", "Results read from files", w -> w.spills().readResults()),
          counter("unspill_bytes", "What these took", w -> w.spills().readBytes()),
          counter("sent_results", "Results sent to others", w -> w.transfers().sentResults()),
          counter("sent_bytes", "Bytes of these", w -> w.transfers().sentBytes()),
          counter("received_results", "Results from others", w -> w.transfers().receivedResults()),
          counter("received_bytes", "Bytes of these", w -> w.transfers().receivedBytes()),
          counter("transfer_retries", "Results asked for again", w -> w.transfers().retries()),
          counter(
              "transfer_detours",
              "Of these, asked for through a third process",
              w -> w.transfers().detours()),
          counter("relayed_results", "Results fetched for others", w -> w.transfers().relayed()),
          counter(
              "busy_answers",
              "Requests put off since too much was being sent",
              w -> w.transfers().busyAnswers()),
          counter(
              "checksum_failures",
              "Results that arrived damaged and were not used",
              w -> w.transfers().damaged()));

  private final List<Metric> metrics;

  private ClusterMetrics(List<Metric> metrics) {
    this.metrics = List.copyOf(metrics);
  }

  private static OfWorker gauge(
      String name, String help, ToDoubleFunction<ClusterStatus.Worker> value) {
    return new OfWorker("dagwright_worker_" + name, help, false, value);
  }

  private static OfWorker counter(
      String name, String help, ToDoubleFunction<ClusterStatus.Worker> value) {
    return new OfWorker("dagwright_worker_" + name + "_total", help, true, value);
  }

  /** The figures of a status. */
  public static ClusterMetrics of(ClusterStatus status) {
    List<Metric> metrics = new ArrayList<>();
    metrics.add(ofCluster("workers", "Workers that are there", status.workers().size()));
    metrics.add(ofCluster("graphs", "Live graphs", status.graphs().size()));
    metrics.add(ofCluster("clients", "Open sessions", status.clients()));
    metrics.add(ofCluster("queued_tasks", "Ready tasks that wait for a slot", status.queued()));
    for (OfWorker each : OF_WORKERS) {
      for (ClusterStatus.Worker worker : status.workers()) {
        metrics.add(
            new Metric(
                each.name,
                each.help,
                each.isCounter,
                Map.of("worker", worker.name()),
                each.value.applyAsDouble(worker)));
      }
    }
    return new ClusterMetrics(metrics);
  }

  private static Metric ofCluster(String name, String help, double value) {
    return new Metric("dagwright_" + name, help, false, Map.of(), value);
  }

  /** All of them; those of one name stand together. */
  public List<Metric> all() {
    return metrics;
  }

  /** By name and labels, as Prometheus writes them: {@code name{worker="w"}}. */
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    metrics.forEach(metric -> values.put(series(metric), metric.value()));
    return values;
  }

  /** In Prometheus' text format, version 0.0.4. */
  public String toPrometheus() {
    StringBuilder text = new StringBuilder();
    String before = "";
    for (Metric metric : metrics) {
      if (!metric.name().equals(before)) {
        before = metric.name();
        text.append("# HELP ").append(before).append(' ').append(metric.help()).append('\n');
        text.append("# TYPE ").append(before).append(metric.isCounter() ? " counter" : " gauge");
        text.append('\n');
      }
      text.append(series(metric)).append(' ').append(number(metric.value())).append('\n');
    }
    return text.toString();
  }

  private static String series(Metric metric) {
    String worker = metric.labels().get("worker");
    return worker == null ? metric.name() : metric.name() + "{worker=\"" + escaped(worker) + "\"}";
  }

  private static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** All figures are whole ones. */
  private static String number(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }
}

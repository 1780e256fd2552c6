package io.dagwright.cli;

import io.dagwright.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Kills a worker with signal 9 once a third of the blocks is counted. Thread-safe. */
final class Killer implements AutoCloseable {

  private static final int LOOK_EVERY_MILLIS = 5;

  private final @Nullable ScheduledExecutorService watch;
  private volatile @Nullable String killed;

  private Killer(@Nullable ScheduledExecutorService watch) {
    this.watch = watch;
  }

  static Killer none() {
    return new Killer(null);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // It looks until it is closed.
  static Killer start(LocalCluster cluster, Path journal, int blocks) {
    ScheduledExecutorService watch =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "dagwright-demo-killer");
              thread.setDaemon(true);
              return thread;
            });
    Killer killer = new Killer(watch);
    watch.scheduleWithFixedDelay(
        () -> killer.look(cluster, journal, blocks),
        LOOK_EVERY_MILLIS,
        LOOK_EVERY_MILLIS,
        TimeUnit.MILLISECONDS);
    return killer;
  }

  private void look(LocalCluster cluster, Path journal, int blocks) {
    try {
      if (killed != null || Journal.endedSoFar(journal) < Math.max(1, blocks / 3)) {
        return;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TreeMap<String, Long> pids = new TreeMap<>(cluster.processIds());
    Map.Entry<String, Long> last = pids.lastEntry();
    if (last != null
        && ProcessHandle.of(last.getValue()).map(p -> p.destroyForcibly()).orElse(false)) {
      killed = last.getKey() + " (process " + last.getValue() + ")";
    }
  }

  /** Who was killed; null if nobody was. */
  @Nullable String killed() {
    return killed;
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.shutdownNow();
    }
  }
}

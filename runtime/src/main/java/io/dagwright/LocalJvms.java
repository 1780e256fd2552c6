package io.dagwright;

import io.dagwright.config.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * JVMs beside this one that loops borrow: started when first needed, more of them when a loop wants
 * more, kept for the next loop, ended when nobody used them for a while.
 *
 * <p>A loop that wants other JVM flags gets JVMs of its own, and so does the next one after the
 * cluster they belong to has ended; those before end with their last loop. Single JVMs that die are
 * started again. Thread-safe.
 */
final class LocalJvms {

  /** Those of all loops of this JVM. */
  static final LocalJvms SHARED =
      new LocalJvms(Settings.load("laptop", Settings.overrides(Map.of())).localJvmIdle());

  private static final String NAME = "local-jvm-";

  private final Duration idleTimeout;

  /** What the next loop gets, if it fits. Guarded by this. */
  private @Nullable Jvms newest;

  LocalJvms(Duration idleTimeout) {
    this.idleTimeout = idleTimeout;
  }

  /** Some JVMs of equal flags. Guarded by the outer object. */
  private static final class Jvms {
    final List<String> flags;
    final LocalCluster cluster;
    final Client client;
    final List<String> names;
    int leases;
    long leasesEver;

    Jvms(List<String> flags, int count) {
      this.flags = flags;
      this.names = names(count);
      this.cluster =
          LocalCluster.start(
              LocalClusterOptions.DEFAULT
                  .withForked(true)
                  .withWorkers(count, 1)
                  .withNames(names.toArray(new String[0]))
                  .withJvmFlags(flags.toArray(new String[0])));
      this.client = cluster.client();
    }

    boolean isUseless() {
      return cluster.isEnded() || cluster.failedStart().isDone();
    }

    void close() {
      client.close();
      cluster.close();
    }
  }

  /**
   * The right to use some JVMs.
   *
   * @param workers their names on the client's cluster
   * @param end ends it; further calls have no effect
   */
  record Lease(Client client, LocalCluster cluster, List<String> workers, Runnable end) {
    void giveBack() {
      end.run();
    }
  }

  synchronized Lease lease(int count, List<String> flags) {
    Jvms jvms = newest;
    if (jvms == null || !jvms.flags.equals(flags) || jvms.isUseless()) {
      if (jvms != null && jvms.leases == 0) {
        endAside(jvms);
      }
      jvms = new Jvms(flags, count);
      newest = jvms;
    }
    while (jvms.names.size() < count) {
      String name = NAME + jvms.names.size();
      jvms.names.add(name);
      jvms.cluster.addProcess(name);
    }
    jvms.leases++;
    jvms.leasesEver++;
    Jvms leased = jvms;
    AtomicBoolean open = new AtomicBoolean(true);
    return new Lease(
        jvms.client,
        jvms.cluster,
        names(count),
        () -> {
          if (open.getAndSet(false)) {
            giveBack(leased);
          }
        });
  }

  private synchronized void giveBack(Jvms jvms) {
    jvms.leases--;
    if (jvms.leases > 0) {
      return;
    }
    if (!jvms.equals(newest) || jvms.isUseless()) {
      newest = jvms.equals(newest) ? null : newest;
      endAside(jvms);
      return;
    }
    long seen = jvms.leasesEver;
    CompletableFuture.delayedExecutor(idleTimeout.toNanos(), TimeUnit.NANOSECONDS, LocalJvms::aside)
        .execute(() -> endIfIdle(jvms, seen));
  }

  private void endIfIdle(Jvms jvms, long seen) {
    synchronized (this) {
      if (jvms.leases > 0 || jvms.leasesEver > seen || !jvms.equals(newest)) {
        return;
      }
      newest = null;
    }
    jvms.close();
  }

  private static void endAside(Jvms jvms) {
    aside(jvms::close);
  }

  private static void aside(Runnable work) {
    Thread thread = new Thread(work, "dagwright-local-jvms");
    thread.setDaemon(true);
    thread.start();
  }

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(NAME + i);
    }
    return names;
  }
}

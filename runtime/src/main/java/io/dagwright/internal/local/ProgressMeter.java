package io.dagwright.internal.local;

import io.dagwright.graph.Progress;
import io.dagwright.graph.ProgressListener;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts finished tasks and tells a listener, at most every {@value #EVERY_NANOS} ns. Thread-safe.
 */
final class ProgressMeter {

  private static final Logger LOG = LoggerFactory.getLogger(ProgressMeter.class);
  private static final long EVERY_NANOS = 100_000_000; // Ten a second look smooth on a terminal.

  private final String graph;
  private final int total;
  private final ProgressListener listener;
  private final boolean silent;
  private final long startNanos = System.nanoTime();
  private final AtomicLong nextNanos = new AtomicLong(startNanos + EVERY_NANOS);
  private final LongAdder finished = new LongAdder();
  private boolean ended;

  ProgressMeter(String graph, int total, ProgressListener listener) {
    this.graph = graph;
    this.total = total;
    this.listener = listener;
    this.silent = listener.equals(ProgressListener.NONE);
    report(0, false);
  }

  void taskFinished() {
    if (silent) {
      return;
    }
    finished.increment();
    long now = System.nanoTime();
    long next = nextNanos.get();
    if (now - next >= 0 && nextNanos.compareAndSet(next, now + EVERY_NANOS)) {
      report(0, false);
    }
  }

  void end(int failed) {
    report(failed, true);
  }

  private synchronized void report(int failed, boolean last) {
    if (silent || ended) {
      return;
    }
    ended = last;
    Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
    try {
      listener.onProgress(new Progress(graph, total, finished.intValue(), failed, elapsed, last));
    } catch (RuntimeException e) {
      LOG.warn("Progress listener of graph [{}] threw", graph, e);
    }
  }
}

package io.dagwright.graph;

/**
 * Told how far a running graph is: when it starts, at most some times a second, and when it ended.
 *
 * <p>Called on threads that run tasks, by one at a time; has to return quickly. What it throws is
 * logged and otherwise ignored.
 */
@FunctionalInterface
public interface ProgressListener {

  /** Listens to nothing. */
  ProgressListener NONE = progress -> {};

  /** Takes a report. */
  void onProgress(Progress progress);
}

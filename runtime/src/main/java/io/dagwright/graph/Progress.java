package io.dagwright.graph;

import java.time.Duration;

/**
 * How far a running graph is.
 *
 * @param graph the graph's name
 * @param total number of tasks
 * @param finished tasks that have a result
 * @param failed tasks that threw, or took too long, for good
 * @param elapsed time since the graph started
 * @param ended whether this is the last report
 */
public record Progress(
    String graph, int total, int finished, int failed, Duration elapsed, boolean ended) {

  /** The part of the tasks that finished, from 0 to 1. */
  public double fraction() {
    return total == 0 ? 1 : (double) finished / total;
  }

  /** The time the rest will take if it goes on like this; zero before the first task finished. */
  public Duration remaining() {
    return finished == 0
        ? Duration.ZERO
        : Duration.ofNanos((long) (elapsed.toNanos() / (double) finished * (total - finished)));
  }
}

package io.dagwright;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * How values are to be scattered over the workers.
 *
 * @param replicas workers that are to hold each value, 1 or more; {@link Integer#MAX_VALUE} means
 *     all, also those that join later. If one is lost and others are there, it is copied again
 * @param workers names or hosts of the workers that may hold the values; all may if it is empty
 * @param byContent whether a value that this client has scattered already, in the same way, is not
 *     sent again: its key is made of its content's hash
 * @param keptByClient whether the client keeps the encoded values, to bring them again if all
 *     workers that hold them are lost; else it lets go of them as soon as they are on the workers
 */
public record ScatterOptions(
    int replicas, Set<String> workers, boolean byContent, boolean keptByClient) {

  /** One replica each, on any worker, every value for itself, not kept by the client. */
  public static final ScatterOptions DEFAULT = new ScatterOptions(1, Set.of(), false, false);

  public ScatterOptions {
    if (replicas < 1) {
      throw new IllegalArgumentException("replicas must be 1 or more, not " + replicas);
    }
    requireNonNull(workers, "workers");
    workers = Set.copyOf(workers);
  }

  /** These options with so many workers that are to hold each value. */
  public ScatterOptions withReplicas(int count) {
    return new ScatterOptions(count, workers, byContent, keptByClient);
  }

  /** These options with each value on every worker, for tables that all tasks need. */
  public ScatterOptions withBroadcast() {
    return withReplicas(Integer.MAX_VALUE);
  }

  /** These options with only these workers, by name or host, that may hold the values. */
  public ScatterOptions withWorkers(String... namesOrHosts) {
    return new ScatterOptions(replicas, Set.of(namesOrHosts), byContent, keptByClient);
  }

  /** These options with keys by content, or not. */
  public ScatterOptions withByContent(boolean same) {
    return new ScatterOptions(replicas, workers, same, keptByClient);
  }

  /** These options with values that the client keeps, or not. */
  public ScatterOptions withKeptByClient(boolean kept) {
    return new ScatterOptions(replicas, workers, byContent, kept);
  }
}

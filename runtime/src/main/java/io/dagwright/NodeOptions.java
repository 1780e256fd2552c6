package io.dagwright;

import java.util.List;
import java.util.Map;

/**
 * What a {@link Node} is; each {@code with} gives a changed copy. Immutable.
 *
 * @param profile {@code default}, {@code laptop} or {@code fast}; if empty, what the setting {@code
 *     dagwright.profile} says
 * @param scheduler whether the scheduler may run here; the oldest such node of a cluster runs it
 * @param workers how many workers run here, 0 or more
 * @param slots tasks each of them runs at the same time; 0 means what the settings say
 * @param name of the worker, which must be the only one of that name in the cluster; several are
 *     numbered; if empty, they are called after the node's address
 * @param resources what each worker offers, such as {@code Map.of("GPU", 1.0)}
 * @param seeds schedulers to join, each {@code host:port}; if empty, those of the settings and of
 *     the environment's {@code DAGWRIGHT_SEEDS}
 * @param settings of the configuration, by path, such as {@code dagwright.port}; win over all
 *     others
 */
public record NodeOptions(
    String profile,
    boolean scheduler,
    int workers,
    int slots,
    String name,
    Map<String, Double> resources,
    List<String> seeds,
    Map<String, String> settings) {

  /** A scheduler that founds a cluster, unless it is told of one to join. */
  public static final NodeOptions SCHEDULER =
      new NodeOptions("", true, 0, 0, "", Map.of(), List.of(), Map.of());

  /** A worker that joins a cluster it must be told of. */
  public static final NodeOptions WORKER =
      new NodeOptions("", false, 1, 0, "", Map.of(), List.of(), Map.of());

  public NodeOptions {
    if (workers < 0) {
      throw new IllegalArgumentException("workers must be 0 or more, not " + workers);
    }
    if (slots < 0) {
      throw new IllegalArgumentException("slots must be 0 or more, not " + slots);
    }
    if (!scheduler && workers == 0) {
      throw new IllegalArgumentException(
          "a node without a role does nothing; give it the scheduler's, a worker, or both");
    }
    resources = amounts(resources);
    seeds = List.copyOf(seeds);
    settings = Map.copyOf(settings);
  }

  /** A copy of resources, whose amounts must be 0 or more. */
  static Map<String, Double> amounts(Map<String, Double> resources) {
    resources.forEach(
        (resource, amount) -> {
          if (!(amount >= 0)) {
            throw new IllegalArgumentException(
                "resource [" + resource + "] must have an amount of 0 or more, not " + amount);
          }
        });
    return Map.copyOf(resources);
  }

  /** These options with another profile. */
  public NodeOptions withProfile(String other) {
    return new NodeOptions(other, scheduler, workers, slots, name, resources, seeds, settings);
  }

  /** These options with or without the scheduler's role. */
  public NodeOptions withScheduler(boolean other) {
    return new NodeOptions(profile, other, workers, slots, name, resources, seeds, settings);
  }

  /** These options with so many workers of so many slots. */
  public NodeOptions withWorkers(int count, int slotsEach) {
    return new NodeOptions(profile, scheduler, count, slotsEach, name, resources, seeds, settings);
  }

  /** These options with another name of the worker. */
  public NodeOptions withName(String other) {
    return new NodeOptions(profile, scheduler, workers, slots, other, resources, seeds, settings);
  }

  /** These options with other resources of each worker. */
  public NodeOptions withResources(Map<String, Double> others) {
    return new NodeOptions(profile, scheduler, workers, slots, name, others, seeds, settings);
  }

  /** These options with other schedulers to join. */
  public NodeOptions withSeeds(String... others) {
    return new NodeOptions(
        profile, scheduler, workers, slots, name, resources, List.of(others), settings);
  }

  /** These options with other settings, such as {@code Map.of("dagwright.port", "7400")}. */
  public NodeOptions withSettings(Map<String, String> others) {
    return new NodeOptions(profile, scheduler, workers, slots, name, resources, seeds, others);
  }
}

package io.dagwright;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * What an embedded cluster is like; each {@code with} gives a changed copy. Immutable.
 *
 * @param workers how many, 0 or more; with 0 others may join at {@link LocalCluster#address},
 *     provided that {@code forked} is set or {@code settings} have {@code dagwright.port}
 * @param slots tasks each worker runs at the same time; 0 means one per processor
 * @param forked whether each worker is a JVM of its own rather than threads of this one
 * @param profile {@code laptop}, {@code default} or {@code fast}
 * @param names of the workers; those without are called {@code worker-0} and so on
 * @param resources what each worker offers, such as {@code Map.of("GPU", 1.0)}
 * @param jvmFlags flags of forked workers, such as {@code -Xmx1g}
 * @param settings of the configuration, by path, for this JVM and forked ones
 */
public record LocalClusterOptions(
    int workers,
    int slots,
    boolean forked,
    String profile,
    List<String> names,
    Map<String, Double> resources,
    List<String> jvmFlags,
    Map<String, String> settings) {

  /** Two workers of one slot each in this JVM, for a laptop. */
  public static final LocalClusterOptions DEFAULT =
      new LocalClusterOptions(2, 1, false, "laptop", List.of(), Map.of(), List.of(), Map.of());

  public LocalClusterOptions {
    if (workers < 0) {
      throw new IllegalArgumentException("workers must be 0 or more, not " + workers);
    }
    if (slots < 0) {
      throw new IllegalArgumentException("slots must be 0 or more, not " + slots);
    }
    names = List.copyOf(names);
    if (names.size() > workers || new HashSet<>(names).size() < names.size()) {
      throw new IllegalArgumentException(
          "names " + names + " must differ and be no more than the " + workers + " workers");
    }
    resources = NodeOptions.amounts(resources);
    jvmFlags = List.copyOf(jvmFlags);
    settings = Map.copyOf(settings);
  }

  /** These options with so many workers of so many slots. */
  public LocalClusterOptions withWorkers(int count, int slotsEach) {
    return new LocalClusterOptions(
        count, slotsEach, forked, profile, names, resources, jvmFlags, settings);
  }

  /** These options with workers that are JVMs of their own, or are not. */
  public LocalClusterOptions withForked(boolean other) {
    return new LocalClusterOptions(
        workers, slots, other, profile, names, resources, jvmFlags, settings);
  }

  /** These options with another profile. */
  public LocalClusterOptions withProfile(String other) {
    return new LocalClusterOptions(
        workers, slots, forked, other, names, resources, jvmFlags, settings);
  }

  /** These options with names for the first workers, or all. */
  public LocalClusterOptions withNames(String... others) {
    return new LocalClusterOptions(
        workers, slots, forked, profile, List.of(others), resources, jvmFlags, settings);
  }

  /** These options with other resources of each worker. */
  public LocalClusterOptions withResources(Map<String, Double> others) {
    return new LocalClusterOptions(
        workers, slots, forked, profile, names, others, jvmFlags, settings);
  }

  /** These options with other flags for forked JVMs. */
  public LocalClusterOptions withJvmFlags(String... others) {
    return new LocalClusterOptions(
        workers, slots, forked, profile, names, resources, List.of(others), settings);
  }

  /** These options with other settings, such as {@code Map.of("dagwright.port", "7400")}. */
  public LocalClusterOptions withSettings(Map<String, String> others) {
    return new LocalClusterOptions(
        workers, slots, forked, profile, names, resources, jvmFlags, others);
  }

  /** A name for each worker. */
  List<String> allNames() {
    List<String> all = new ArrayList<>(names);
    for (int i = names.size(); i < workers; i++) {
      all.add("worker-" + i);
    }
    return all;
  }
}

package io.dagwright.internal.simulation;

import io.dagwright.internal.scheduler.ReplicaSettings;
import io.dagwright.internal.simulation.Plan.Kind;

/** What one seed throws at the cluster. */
final class Scenario {

  /** No result is larger. */
  static final long MOST_BYTES = 1_000_000;

  final int workers;
  final int graphs;
  final int mostRows;
  final double loss;
  final double duplication;
  final long delayNanos;
  final int crashes;
  final int freezes;
  final int cuts;
  final int leavers;
  final int usurpers;
  final int joiners;
  final int silentLosses;
  final int ghosts;
  final double vanishing;
  final double poison;
  final double throwing;
  final double nesting;
  final double unencodable;
  final double annotated;
  final double orderEdges;
  final double externals;
  final double outputs;
  final double cancels;

  /** Further clients, each of which crashes or closes before the end. */
  final int mortals;

  /** Graphs whose bookkeeping fails. */
  final int breakages;

  /** How often a result is released as soon as it is known, or before anything has run. */
  final double haste;

  final double timeouts;
  final boolean supervised;
  final long aheadNanos;
  final int aheadRuns;
  final long keepBytes;
  final int aheadDepth;
  final long faultNanos;
  final long taskNanos;

  /** The heap of each worker; {@code Long.MAX_VALUE} if memory does not matter. */
  final long memoryBytes;

  /** How often something else fills the heap of a worker for a while. */
  final int leaks;

  /** Whether the heaps of some workers, or of all, fill for good. */
  final boolean leaksForGood;

  final boolean leaksEverywhere;

  /** How often results cannot be written to files for a while. */
  final int fullDisks;

  /** How many rows are values that their client scatters. */
  final double scattered;

  /** How many results get more copies. */
  final double replicated;

  final int rebalances;
  final ReplicaSettings replicas;

  /**
   * What a seed throws.
   *
   * @param more dice of what was added later, so that old seeds keep their histories
   */
  Scenario(VirtualTime dice, VirtualTime more) {
    workers = dice.between(1, 5);
    graphs = dice.between(1, 4);
    mostRows = dice.chance(0.1) ? 200 : dice.between(3, 50);
    boolean poisonous = dice.chance(0.06);
    boolean gentle = dice.chance(0.25) || poisonous;
    boolean badNetwork = !gentle && dice.chance(0.6);
    loss = badNetwork ? dice.below(12) / 100.0 : 0;
    duplication = badNetwork ? dice.below(8) / 100.0 : 0;
    delayNanos = dice.between(100 * VirtualTime.MICROS, 4 * VirtualTime.MILLIS);
    crashes = gentle ? 0 : dice.between(0, 4);
    freezes = gentle || dice.chance(0.5) ? 0 : dice.between(1, 3);
    cuts = gentle || dice.chance(0.5) ? 0 : dice.between(1, 4);
    leavers = dice.chance(0.3) ? 1 : 0;
    joiners = dice.chance(0.4) ? dice.between(1, 2) : 0;
    silentLosses = gentle || dice.chance(0.6) ? 0 : dice.between(1, 6);
    ghosts = dice.chance(0.3) ? 3 : 0;
    vanishing = gentle || dice.chance(0.6) ? 0 : 0.02;
    poison = poisonous ? 0.15 : dice.chance(0.2) ? 0.05 : 0;
    usurpers = gentle || dice.chance(0.7) ? 0 : dice.between(1, 2);
    unencodable = dice.chance(0.15) ? 0.05 : 0;
    throwing = dice.chance(0.4) ? 0.08 : 0;
    nesting = dice.chance(0.4) ? 0.1 : 0;
    annotated = dice.chance(0.5) ? 0.3 : 0;
    orderEdges = dice.chance(0.5) ? 0.2 : 0;
    externals = dice.chance(0.6) ? 0.15 : 0;
    outputs = dice.chance(0.5) ? 0.1 : 0.5;
    cancels = dice.chance(0.3) ? 0.3 : 0;
    mortals = dice.chance(0.3) ? dice.between(1, 2) : 0;
    breakages = dice.chance(0.15) ? dice.between(1, 2) : 0;
    haste = dice.chance(0.3) ? 0.5 : 0;
    timeouts = dice.chance(0.3) ? 0.1 : 0;
    supervised = gentle || dice.chance(0.7);
    aheadNanos = dice.chance(0.5) ? 0 : 5 * VirtualTime.MILLIS;
    aheadRuns = dice.between(0, 8);
    keepBytes = dice.chance(0.5) ? 4096 : dice.chance(0.5) ? 0 : Long.MAX_VALUE;
    aheadDepth = dice.chance(0.3) ? 0 : dice.between(1, 64);
    faultNanos = dice.between(200 * VirtualTime.MILLIS, 4 * VirtualTime.SECONDS);
    taskNanos = dice.chance(0.8) ? 2 * VirtualTime.MILLIS : 60 * VirtualTime.MILLIS;
    boolean tight = more.chance(0.2);
    memoryBytes = tight ? more.between(1, 5) * MOST_BYTES : Long.MAX_VALUE;
    leaks = tight ? more.between(0, 3) : 0;
    leaksForGood = tight && more.chance(0.3);
    leaksEverywhere = more.chance(0.6);
    fullDisks = tight ? more.between(0, 2) : 0;
    scattered = more.chance(0.3) ? 0.5 : 0;
    replicated = more.chance(0.6) ? 0.6 : 0;
    rebalances = more.chance(0.3) ? more.between(1, 4) : 0;
    replicas =
        new ReplicaSettings(
            more.chance(0.7) ? 100 * VirtualTime.MILLIS : 1000 * VirtualTime.SECONDS,
            more.between(0, 2),
            more.chance(0.5) ? 0 : 5_000,
            3,
            5 * VirtualTime.SECONDS,
            VirtualTime.SECONDS,
            0.1);
  }

  /** Whether memory matters. */
  boolean isTight() {
    return memoryBytes != Long.MAX_VALUE;
  }

  /** Whether no worker ends but by leaving, and nothing goes wrong on the way. */
  boolean isGentle() {
    return crashes + freezes + cuts + silentLosses + usurpers == 0
        && loss + vanishing + poison + unencodable == 0;
  }

  /** Whether things get lost that no link can repair. */
  boolean losesAboveLinks() {
    return vanishing > 0 || silentLosses > 0;
  }

  /** Whether workers end for no other reason than what they run. */
  boolean blamesRightly() {
    return crashes + freezes + cuts + usurpers == 0 && supervised;
  }

  long duration(VirtualTime dice, Plan.Row row) {
    if (row.kind == Kind.HANGS_FIRST) {
      return dice.between(10 * VirtualTime.MICROS, Plan.TIMEOUT_NANOS / 2);
    }
    long most = row.kind == Kind.KILLS_WORKER ? taskNanos / 2 : taskNanos;
    return dice.chance(0.05) ? 10 * most : dice.between(10 * VirtualTime.MICROS, most);
  }
}

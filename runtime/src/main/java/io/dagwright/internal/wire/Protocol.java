package io.dagwright.internal.wire;

/**
 * The safety rules of the protocol, one switch each. Production runs {@link #CORRECT}; simulations
 * switch one rule off to show that they would notice.
 *
 * @param fencesRuns reports of a run that is not the current one are ignored
 * @param fencesIncarnations reports of a dead worker's incarnation are ignored
 * @param fencesEpochs commands of an earlier scheduler are refused
 * @param resends what is not acknowledged is sent again
 * @param dropsDuplicates what arrives twice is delivered once
 * @param comparesDigests heartbeats carry a digest, and a mismatch is repaired
 * @param leavesReadinessToGraph the scheduler does not requeue lost runs by itself
 * @param withdrawsReady a task whose input was lost is taken back from the scheduler
 * @param countsDeaths a task that killed too many workers fails
 * @param releasesUnneeded results are released when nobody needs them
 * @param freesSlots a run that is withdrawn gives its slot back
 * @param reportsMissingInputs a worker that finds no holder of an input says so
 * @param runsSuspectsAlone a task that may have killed its worker next runs by itself
 * @param waitsForQuiet digests are compared only when nothing said is still on its way
 * @param keepsLineage a row is not forgotten while another graph may need its result again
 * @param announcesOnce a client is told of a result once for each place it is at
 * @param partsGraphs when a graph is removed, graphs that share results with it are told
 * @param retriesTimeouts a run that took too long is tried again as often as one that threw
 * @param followsMaker who waits for a result turns to another worker when that is to make it
 * @param admitsByMemory a run begins only when there is memory for it, or alone
 * @param returnsWhenPaused a worker short of memory gives back what has not begun
 * @param resolvesMemoryDeadlocks when all workers are paused, one run is made to go on
 * @param confirmsMoves a result that moves is dropped only when it is where it should be
 * @param sparesKeptCopies of the copies that nobody needs as many stay as were asked for
 * @param failsLostValues what needs a value that was scattered and is lost fails
 */
public record Protocol(
    boolean fencesRuns,
    boolean fencesIncarnations,
    boolean fencesEpochs,
    boolean resends,
    boolean dropsDuplicates,
    boolean comparesDigests,
    boolean leavesReadinessToGraph,
    boolean withdrawsReady,
    boolean countsDeaths,
    boolean releasesUnneeded,
    boolean freesSlots,
    boolean reportsMissingInputs,
    boolean runsSuspectsAlone,
    boolean waitsForQuiet,
    boolean keepsLineage,
    boolean announcesOnce,
    boolean partsGraphs,
    boolean retriesTimeouts,
    boolean followsMaker,
    boolean admitsByMemory,
    boolean returnsWhenPaused,
    boolean resolvesMemoryDeadlocks,
    boolean confirmsMoves,
    boolean sparesKeptCopies,
    boolean failsLostValues) {

  public static final Protocol CORRECT =
      new Protocol(
          true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
          true, true, true, true, true, true, true, true, true, true);
}

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
 * @param keepsUnreleased results are released when nobody needs them
 * @param freesSlots a run that is withdrawn gives its slot back
 * @param reportsMissingInputs a worker that finds no holder of an input says so
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
    boolean keepsUnreleased,
    boolean freesSlots,
    boolean reportsMissingInputs) {

  public static final Protocol CORRECT =
      new Protocol(true, true, true, true, true, true, true, true, true, true, true, true);
}

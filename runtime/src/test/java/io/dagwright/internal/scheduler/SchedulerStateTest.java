package io.dagwright.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.graph.Annotations;
import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.SchedulerInstruction.AcquireReplicas;
import io.dagwright.internal.wire.SchedulerInstruction.CancelRuns;
import io.dagwright.internal.wire.SchedulerInstruction.ComputeTasks;
import io.dagwright.internal.wire.SchedulerInstruction.DropWorker;
import io.dagwright.internal.wire.SchedulerInstruction.FreeKeys;
import io.dagwright.internal.wire.SchedulerInstruction.LetWorkerGo;
import io.dagwright.internal.wire.SchedulerInstruction.ReportStall;
import io.dagwright.internal.wire.SchedulerInstruction.RequestInventory;
import io.dagwright.internal.wire.SchedulerInstruction.TellGraph;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TestGraph;
import io.dagwright.internal.wire.TransitionCoverage;
import io.dagwright.internal.wire.WorkerId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchedulerStateTest {

  private static final TransitionCoverage<SlotState> COVERAGE =
      new TransitionCoverage<>(SlotState.table());

  private static final int A = 1;
  private static final int B = 2;
  private static final int GRAPH = 5;
  private static final long SECOND = 1_000_000_000L;

  private final TestGraph graph = new TestGraph();
  private SchedulerState state = new SchedulerState(SchedulerSettings.DEFAULT.withAheadDepth(0));
  private long now;

  @BeforeEach
  void listen() {
    state.listen(COVERAGE);
  }

  @AfterAll
  static void everyTransitionIsTaken() {
    COVERAGE.check();
  }

  // ---- placement
  // -----------------------------------------------------------------------------------

  @Test
  void readyRunsGoToTheLeastLoadedWorkers() {
    graph.row().row();
    start(join(A, 1), join(B, 1));

    assertThat(ready(Ints.of(0, 1), Ints.of(1, 1)))
        .containsExactly(compute(A, 0, 1), compute(B, 1, 1));
  }

  @Test
  void withoutWorkersRunsWaitAndTheFirstToJoinGetsThem() {
    graph.row();
    start();

    assertThat(ready(Ints.of(0), Ints.of(1))).isEmpty();
    assertThat(apply(join(A, 1))).containsExactly(compute(A, 0, 1));
  }

  @Test
  void saturationKeepsTheRestInTheQueue() {
    graph.row().row().row();
    start(join(A, 1));

    assertThat(ready(Ints.of(0, 1, 2), Ints.of(1, 1, 1)))
        .containsExactly(
            new ComputeTasks(
                A,
                Longs.of(task(0), task(1)),
                Ints.of(1, 1),
                Ints.of(0, 0),
                Longs.EMPTY,
                Ints.EMPTY,
                Longs.EMPTY));
    assertThat(state.queued()).isEqualTo(1);
    assertThat(state.why(task(2)))
        .isEqualTo(
            "Task [task-2] is ready but waits: all slots of 1 worker are taken; tasks that wait:"
                + " 1.");
  }

  @Test
  void aRunGoesWhereItsInputIs() {
    graph.row().row(0);
    start(join(A, 2), join(B, 2));
    ready(0, 1);
    finish(A, 0, 1);

    assertThat(ready(1, 1))
        .containsExactly(
            new ComputeTasks(
                A,
                Longs.of(task(1)),
                Ints.of(1),
                Ints.of(1),
                Longs.of(task(0)),
                Ints.of(A),
                Longs.EMPTY));
  }

  @Test
  void successorsAreSentAheadOfTheirInputs() {
    state = new SchedulerState(SchedulerSettings.DEFAULT);
    state.listen(COVERAGE);
    graph.row().row(0);
    start(join(A, 1));

    assertThat(ready(0, 1))
        .containsExactly(
            tell(new GraphEvent.RunsSentAhead(Ints.of(1), Ints.of(1))),
            new ComputeTasks(
                A,
                Longs.of(task(0), task(1)),
                Ints.of(1, 1),
                Ints.of(0, 1),
                Longs.of(task(0)),
                Ints.of(A),
                Longs.EMPTY));
    assertThat(ready(1, 1)).isEmpty();
  }

  @Test
  void shortSuccessorsAreSentAheadOfWhatOtherWorkersMake() {
    state = new SchedulerState(SchedulerSettings.DEFAULT);
    graph.row().row().row(0, 1).row();
    start(join(A, 1), join(B, 1));
    ready(3, 1);
    finish(A, 3, 1, 1_500_000); // Now runs of this prefix are known to be short.

    assertThat(ready(Ints.of(0, 1), Ints.of(1, 1)))
        .containsExactly(
            tell(new GraphEvent.RunsSentAhead(Ints.of(2), Ints.of(1))),
            new ComputeTasks(
                A,
                Longs.of(task(0), task(2)),
                Ints.of(1, 1),
                Ints.of(0, 2),
                Longs.of(task(0), task(1)),
                Ints.of(A, ~B),
                Longs.EMPTY),
            compute(B, 1, 1));
    finish(A, 0, 1);
    finish(A, 2, 1); // It may be heard of before the input that the other worker made.
    finish(B, 1, 1);
    state.verify();
  }

  @Test
  void longSuccessorsWaitUntilTheirInputsAreMade() {
    state = new SchedulerState(SchedulerSettings.DEFAULT);
    graph.row().row().row(0, 1);
    start(join(A, 1), join(B, 1));

    assertThat(ready(Ints.of(0, 1), Ints.of(1, 1)))
        .containsExactly(compute(A, 0, 1), compute(B, 1, 1));
  }

  @Test
  void whatWasSentAheadOfABlockedRunLeavesRoomForOthers() {
    state = new SchedulerState(SchedulerSettings.DEFAULT);
    graph.row().row(0).row(1).row(2);
    start(join(A, 1));
    ready(0, 1);
    graph.row();
    graph.append();

    apply(new SchedulerEvent.TaskBlocked(A, task(0), 1));

    assertThat(ready(4, 1)).containsExactly(compute(A, 4, 1));
  }

  @Test
  void aBlockedRunGivesItsSlotBack() {
    graph.row().row().row();
    start(join(A, 1));
    ready(Ints.of(0, 1, 2), Ints.of(1, 1, 1));

    assertThat(apply(new SchedulerEvent.TaskBlocked(A, task(0), 1)))
        .containsExactly(compute(A, 2, 1));
    assertThat(apply(new SchedulerEvent.TaskUnblocked(A, task(0), 1))).isEmpty();
  }

  @Test
  void aRunWithResourcesWaitsForAWorkerThatHasThemFree() {
    graph.row().with(gpu()).row().with(gpu());
    start(join(A, 4), join(B, 4, Map.of("gpu", 1.0)));

    assertThat(ready(Ints.of(0, 1), Ints.of(1, 1))).containsExactly(compute(B, 0, 1));
    assertThat(state.why(task(1))).contains("all of {gpu=1.0} is in use on the 1 workers");
    assertThat(finish(B, 0, 1)).contains(compute(B, 1, 1));
  }

  @Test
  void aStallIsReportedOnceAndEndsWhenSomebodySuitableJoins() {
    graph.row().with(gpu());
    start(join(A, 4));
    ready(0, 1);
    tick(1);

    assertThat(tick(7)).containsExactly(new ReportStall(task(0), state.why(task(0))));
    assertThat(tick(8)).isEmpty();
    assertThat(apply(join(B, 1, Map.of("gpu", 1.0)))).containsExactly(compute(B, 0, 1));
  }

  @Test
  void aStallThatEndedAndBeganAgainIsReportedAgain() {
    graph.row().with(gpu()).row().with(gpu());
    start(join(A, 4));
    ready(Ints.of(0, 1), Ints.of(1, 1));
    tick(1);
    tick(5);
    apply(join(B, 1, Map.of("gpu", 1.0)));
    tick(5);
    apply(lost(B, null));
    tick(6);

    assertThat(tick(10)).containsExactly(new ReportStall(task(1), state.why(task(1))));
  }

  @Test
  void namedWorkersAreKeptToUnlessOthersWillDo() {
    Annotations only = Annotations.NONE.withWorkers(java.util.Set.of("b"));
    graph.row().with(only).row().with(only.withAnyWorker(true));
    start(join(A, 4));

    assertThat(ready(Ints.of(0, 1), Ints.of(1, 1))).containsExactly(compute(A, 1, 1));
    assertThat(apply(join(B, 4))).containsExactly(compute(B, 0, 1));
  }

  // ---- runs alone
  // ----------------------------------------------------------------------------------

  @Test
  void aSuspectGetsAnIdleWorkerToItself() {
    graph.row().row().row();
    start(join(A, 2));
    ready(0, 1);

    assertThat(readyAlone(1, 1)).isEmpty();
    assertThat(ready(2, 1)).isEmpty();
    assertThat(finish(A, 0, 1)).contains(compute(A, 1, 1));
    assertThat(finish(A, 1, 1)).contains(compute(A, 2, 1));
  }

  @Test
  void aBlockedSuspectLetsOthersIn() {
    graph.row().row();
    start(join(A, 1));
    readyAlone(0, 1);
    assertThat(ready(1, 1)).isEmpty();

    assertThat(apply(new SchedulerEvent.TaskBlocked(A, task(0), 1)))
        .containsExactly(compute(A, 1, 1));
  }

  @Test
  void anOldEntryInTheQueueDoesNotLetASuspectRunInCompany() {
    graph.row().row().row().row();
    start(join(A, 1));
    ready(Ints.of(0, 1, 2, 3), Ints.of(1, 1, 1, 1));
    apply(new SchedulerEvent.RunsWithdrawn(GRAPH, Ints.of(2), Ints.of(1)));
    readyAlone(2, 2);

    assertThat(finish(A, 0, 1)).hasSize(1);
    assertThat(finish(A, 1, 1)).contains(compute(A, 2, 2));
  }

  // ---- reports
  // -------------------------------------------------------------------------------------

  @Test
  void aFinishedRunIsHandedOnToItsGraph() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);

    assertThat(finish(A, 0, 1)).containsExactly(finished(A, 0, 1));
    assertThat(state.state(task(0))).isEqualTo(SlotState.MEMORY);
    assertThat(state.holders(task(0))).isEqualTo(Ints.of(A));
  }

  @Test
  void aReportOfAnotherRunIsIgnored() {
    graph.row();
    start(join(A, 1));
    ready(0, 2);

    assertThat(finish(A, 0, 1)).isEmpty();
    assertThat(finish(B, 0, 2)).isEmpty();
    assertThat(state.processingOn(task(0))).isEqualTo(A);
  }

  @Test
  void anErredRunIsHandedOnAndItsSlotIsFree() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);
    TaskFailure threw = TaskFailure.of(TaskFailure.Kind.THREW, "task-0", "message");

    assertThat(apply(new SchedulerEvent.TaskErred(A, task(0), 1, threw)))
        .containsExactly(tell(new GraphEvent.TaskErred(0, 1, threw)));
    assertThat(state.runsOn(A)).isZero();
  }

  @Test
  void aMissingInputIsTakenFromItsHolderAndBothAreReported() {
    graph.row().row(0);
    start(join(A, 1), join(B, 1));
    ready(0, 1);
    finish(A, 0, 1);
    ready(1, 1);

    assertThat(
            apply(new SchedulerEvent.InputsMissing(A, task(1), 1, Longs.of(task(0)), Ints.of(A))))
        .containsExactly(
            tell(
                new GraphEvent.RunsLost(
                    "a", Ints.of(1), Ints.of(1), Ints.EMPTY, "input not found", Ints.of(0))),
            new FreeKeys(A, Longs.of(task(0))));
  }

  @Test
  void aCopyIsAnotherHolderAndIsFreedWithTheFirst() {
    graph.row();
    start(join(A, 1), join(B, 1));
    ready(0, 1);
    finish(A, 0, 1);

    assertThat(apply(new SchedulerEvent.ReplicasAdded(B, Longs.of(task(0))))).isEmpty();
    assertThat(state.holders(task(0))).isEqualTo(Ints.of(A, B));
    assertThat(apply(new SchedulerEvent.ReplicasReleased(GRAPH, Ints.of(0))))
        .containsExactly(new FreeKeys(A, Longs.of(task(0))), new FreeKeys(B, Longs.of(task(0))));
    assertThat(apply(new SchedulerEvent.ReplicasAdded(B, Longs.of(task(0)))))
        .containsExactly(new FreeKeys(B, Longs.of(task(0))));
  }

  @Test
  void aCopyOfWhatIsBeingMadeThereIsNotFreed() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);

    assertThat(apply(new SchedulerEvent.ReplicasAdded(A, Longs.of(task(0))))).isEmpty();
  }

  // ---- withdrawals
  // ---------------------------------------------------------------------------------

  @Test
  void aWithdrawnRunIsCancelledWhereItIs() {
    graph.row().row().row();
    start(join(A, 1));
    ready(Ints.of(0, 1, 2), Ints.of(1, 1, 1));

    assertThat(apply(new SchedulerEvent.RunsWithdrawn(GRAPH, Ints.of(0, 2), Ints.of(1, 1))))
        .containsExactly(new CancelRuns(A, Longs.of(task(0)), Ints.of(1)));
    assertThat(state.state(task(2))).isEqualTo(SlotState.UNKNOWN);
    assertThat(finish(A, 0, 1)).isEmpty();
  }

  @Test
  void aWithdrawnRunThatHasEndedIsFreed() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);
    finish(A, 0, 1);

    assertThat(apply(new SchedulerEvent.RunsWithdrawn(GRAPH, Ints.of(0), Ints.of(1))))
        .containsExactly(new FreeKeys(A, Longs.of(task(0))));
  }

  @Test
  void aReleasedResultMayBeAskedForAgain() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);
    finish(A, 0, 1);
    apply(new SchedulerEvent.ReplicasReleased(GRAPH, Ints.of(0)));

    assertThat(state.state(task(0))).isEqualTo(SlotState.RELEASED);
    assertThat(ready(0, 2)).containsExactly(compute(A, 0, 2));
  }

  @Test
  void aRemovedGraphLeavesNothingBehind() {
    graph.row().row();
    start(join(A, 1));
    ready(Ints.of(0, 1), Ints.of(1, 1));
    finish(A, 0, 1);

    assertThat(apply(new SchedulerEvent.GraphRemoved(GRAPH)))
        .containsExactly(
            new CancelRuns(A, Longs.of(task(1)), Ints.of(1)), new FreeKeys(A, Longs.of(task(0))));
    assertThat(state.runsOn(A) + state.replicasOn(A)).isZero();
  }

  @Test
  void nothingIsLeftOfARemovedGraph() {
    graph.row().row().row();
    start(join(A, 1));
    ready(Ints.of(0, 1, 2), Ints.of(1, 1, 1));
    finish(A, 0, 1);

    assertThat(state.leftovers()).isEqualTo("graphs 1; runs of 1 2; replicas of 1 1; ");
    apply(new SchedulerEvent.GraphRemoved(GRAPH));
    assertThat(state.leftovers()).isEmpty();
  }

  @Test
  void aRunWhoseForeignInputWasJustRemovedGoesToAWorkerThatWillMissIt() {
    long foreign = Task.of(GRAPH + 1, 0);
    graph.external(foreign).row(0);
    start(join(A, 1), join(B, 1));

    assertThat(ready(1, 1))
        .containsExactly(
            new ComputeTasks(
                A,
                Longs.of(task(1)),
                Ints.of(1),
                Ints.of(1),
                Longs.of(foreign),
                Ints.of(A),
                Longs.EMPTY));
    assertThat(
            apply(new SchedulerEvent.InputsMissing(A, task(1), 1, Longs.of(foreign), Ints.of(A))))
        .containsExactly(
            tell(
                new GraphEvent.RunsLost(
                    "a", Ints.of(1), Ints.of(1), Ints.EMPTY, "input not found", Ints.EMPTY)));
  }

  // ---- workers that end
  // ----------------------------------------------------------------------------

  @Test
  void aLostWorkersRunsAndResultsGoBackToTheirGraph() {
    graph.row().row().row();
    start(join(A, 2));
    ready(Ints.of(0, 1, 2), Ints.of(1, 1, 1));
    finish(A, 0, 1);

    assertThat(apply(lost(A, Longs.of(task(1)))))
        .containsExactly(
            new DropWorker(A, "exit code 1"),
            tell(
                new GraphEvent.RunsLost(
                    "a", Ints.of(1, 2), Ints.of(1, 1), Ints.of(1), "exit code 1", Ints.of(0))));
    assertThat(state.state(task(1))).isEqualTo(SlotState.UNKNOWN);
  }

  @Test
  void whenNobodyKnowsWhatRanAllThatMayHaveRunIsSuspect() {
    graph.row().row();
    start(join(A, 2));
    ready(Ints.of(0, 1), Ints.of(1, 1));
    apply(new SchedulerEvent.TaskBlocked(A, task(1), 1));

    assertThat(apply(lost(A, null)))
        .contains(
            tell(
                new GraphEvent.RunsLost(
                    "a", Ints.of(0, 1), Ints.of(1, 1), Ints.of(0), "exit code 1", Ints.EMPTY)));
  }

  @Test
  void aResultWithAnotherHolderIsNotLost() {
    graph.row();
    start(join(A, 1), join(B, 1));
    ready(0, 1);
    finish(A, 0, 1);
    apply(new SchedulerEvent.ReplicasAdded(B, Longs.of(task(0))));

    assertThat(apply(lost(A, null)))
        .containsExactly(
            new DropWorker(A, "exit code 1"),
            tell(new GraphEvent.ResultsMoved(B, Ints.of(0), Longs.of(8))));
    assertThat(state.holders(task(0))).isEqualTo(Ints.of(B));
  }

  @Test
  void aSilentWorkerIsTakenForDead() {
    start(join(A, 1));

    assertThat(tick(10)).isEmpty();
    assertThat(tick(11)).containsExactly(new DropWorker(A, "silent for 11 s"));
    assertThat(state.workers()).isEmpty();
  }

  @Test
  void aLeavingWorkerGoesWhenItsResultsAreElsewhere() {
    graph.row();
    start(join(A, 1), join(B, 1));
    ready(0, 1);
    finish(A, 0, 1);

    assertThat(apply(new SchedulerEvent.WorkerLeaving(A)))
        .containsExactly(new AcquireReplicas(B, Longs.of(task(0)), Ints.of(A)));
    apply(new SchedulerEvent.ReplicasAdded(B, Longs.of(task(0))));
    assertThat(tick(1)).containsExactly(new LetWorkerGo(A));
  }

  @Test
  void aClientsValueIsInMemoryOnceAWorkerHasIt() {
    graph.row();
    start(join(A, 1));
    apply(new SchedulerEvent.ValuesScattered(GRAPH, 9, Longs.of(8), 1, Set.of(), false));

    apply(new SchedulerEvent.ReplicasAdded(A, Longs.of(task(0))));

    assertThat(state.state(task(0))).isEqualTo(SlotState.MEMORY);
    assertThat(state.holders(task(0))).isEqualTo(Ints.of(A));
  }

  @Test
  void theLastWorkerMayLeaveAtOnce() {
    start(join(A, 1));

    assertThat(apply(new SchedulerEvent.WorkerLeaving(A))).containsExactly(new LetWorkerGo(A));
  }

  // ---- digests
  // -------------------------------------------------------------------------------------

  @Test
  void equalDigestsNeedNoTalk() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);
    Digest runs = Digest.EMPTY.plus(Task.share(task(0), 1));

    assertThat(
            apply(new SchedulerEvent.WorkerBeat(A, true, runs, Digest.EMPTY, MemoryLevel.ENOUGH)))
        .isEmpty();
    assertThat(
            apply(
                new SchedulerEvent.WorkerBeat(
                    A, false, Digest.EMPTY, Digest.EMPTY, MemoryLevel.ENOUGH)))
        .isEmpty();
  }

  @Test
  void unequalDigestsAskForAnInventoryAndItsDifferencesAreRepaired() {
    graph.row().row().row().row();
    start(join(A, 3));
    ready(Ints.of(0, 1), Ints.of(1, 1));
    finish(A, 0, 1);

    assertThat(
            apply(
                new SchedulerEvent.WorkerBeat(
                    A, true, Digest.EMPTY, Digest.EMPTY, MemoryLevel.ENOUGH)))
        .containsExactly(new RequestInventory(A));
    assertThat(
            apply(
                new SchedulerEvent.WorkerInventory(
                    A, true, Longs.of(task(2)), Ints.of(4), Longs.of(task(3)))))
        .containsExactly(
            tell(
                new GraphEvent.RunsLost(
                    "a", Ints.of(1), Ints.of(1), Ints.EMPTY, "lost message", Ints.of(0))),
            new CancelRuns(A, Longs.of(task(2)), Ints.of(4)),
            new FreeKeys(A, Longs.of(task(3))));
  }

  @Test
  void anInventorySaysWhichRunsAreBlocked() {
    graph.row().row().row();
    start(join(A, 1));
    ready(Ints.of(0, 1, 2), Ints.of(1, 1, 1));

    assertThat(
            apply(
                new SchedulerEvent.WorkerInventory(
                    A, true, Longs.of(task(0), task(1)), Ints.of(~1, 1), Longs.EMPTY)))
        .containsExactly(compute(A, 2, 1));
  }

  @Test
  void anInventoryThatCrossedACommandIsIgnored() {
    graph.row();
    start(join(A, 1));
    ready(0, 1);

    assertThat(
            apply(
                new SchedulerEvent.WorkerInventory(A, false, Longs.EMPTY, Ints.EMPTY, Longs.EMPTY)))
        .isEmpty();
  }

  // ---- how it is driven
  // ----------------------------------------------------------------------------

  private void start(SchedulerEvent... events) {
    graph.append();
    apply(new SchedulerEvent.GraphAdded(GRAPH, graph.rows));
    for (SchedulerEvent event : events) {
      apply(event);
    }
  }

  private List<SchedulerInstruction> apply(SchedulerEvent event) {
    state.apply(event, now);
    state.verify();
    List<SchedulerInstruction> said = state.flush(now);
    state.verify();
    return said;
  }

  private List<SchedulerInstruction> tick(int seconds) {
    now = seconds * SECOND;
    return apply(new SchedulerEvent.ClockTicked());
  }

  private static SchedulerEvent join(int worker, int slots) {
    return join(worker, slots, Map.of());
  }

  private static SchedulerEvent join(int worker, int slots, Map<String, Double> resources) {
    String name = worker == A ? "a" : "b";
    return new SchedulerEvent.WorkerJoined(
        worker, new WorkerId(name, 1), name + ".example", slots, Long.MAX_VALUE, resources);
  }

  private static SchedulerEvent lost(int worker, @Nullable Longs running) {
    return new SchedulerEvent.WorkerLost(worker, "exit code 1", running);
  }

  private List<SchedulerInstruction> ready(int row, int run) {
    return ready(Ints.of(row), Ints.of(run));
  }

  private List<SchedulerInstruction> ready(Ints rows, Ints runs) {
    return apply(new SchedulerEvent.RunsReady(GRAPH, rows, runs, Ints.EMPTY));
  }

  private List<SchedulerInstruction> readyAlone(int row, int run) {
    return apply(new SchedulerEvent.RunsReady(GRAPH, Ints.of(row), Ints.of(run), Ints.of(row)));
  }

  private List<SchedulerInstruction> finish(int worker, int row, int run) {
    return finish(worker, row, run, SECOND);
  }

  private List<SchedulerInstruction> finish(int worker, int row, int run, long nanos) {
    return apply(
        new SchedulerEvent.TasksFinished(
            worker, Longs.of(task(row)), Ints.of(run), Longs.of(8), Longs.of(nanos), null));
  }

  private static long task(int row) {
    return Task.of(GRAPH, row);
  }

  private static ComputeTasks compute(int worker, int row, int run) {
    return new ComputeTasks(
        worker,
        Longs.of(task(row)),
        Ints.of(run),
        Ints.of(0),
        Longs.EMPTY,
        Ints.EMPTY,
        Longs.EMPTY);
  }

  private static TellGraph tell(GraphEvent event) {
    return new TellGraph(GRAPH, event);
  }

  private static TellGraph finished(int worker, int row, int run) {
    return tell(
        new GraphEvent.TasksFinished(worker, Ints.of(row), Ints.of(run), Longs.of(8), null));
  }

  private static Annotations gpu() {
    return Annotations.NONE.withResource("gpu", 1);
  }
}

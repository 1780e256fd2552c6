package io.dagwright.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TransitionCoverage;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.wire.WorkerInstruction.Drop;
import io.dagwright.internal.wire.WorkerInstruction.Execute;
import io.dagwright.internal.wire.WorkerInstruction.Fetch;
import io.dagwright.internal.wire.WorkerInstruction.Interrupt;
import io.dagwright.internal.wire.WorkerInstruction.ReportBlocked;
import io.dagwright.internal.wire.WorkerInstruction.ReportErred;
import io.dagwright.internal.wire.WorkerInstruction.ReportFinished;
import io.dagwright.internal.wire.WorkerInstruction.ReportInventory;
import io.dagwright.internal.wire.WorkerInstruction.ReportMissing;
import io.dagwright.internal.wire.WorkerInstruction.ReportNoReplicas;
import io.dagwright.internal.wire.WorkerInstruction.ReportReplicas;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkerStateTest {

  private static final TransitionCoverage<RunState> COVERAGE =
      new TransitionCoverage<>(RunState.table());

  private static final int SELF = 1;
  private static final int OTHER_PEER = 9;
  private static final int PEER = 2;
  private static final long X = Task.of(3, 0);
  private static final long Y = Task.of(3, 1);
  private static final long Z = Task.of(3, 2);
  private static final long SMALL = 10;
  private static final long LARGE = 5000;

  /** One slot, nothing handed over in advance, copies of at least 4 kB kept. */
  private final WorkerState state =
      new WorkerState(SELF, new WorkerSettings(1, 0, 0, 4096, 0.8, 0.7));

  @BeforeEach
  void listen() {
    state.listen(COVERAGE);
  }

  @AfterAll
  static void everyTransitionIsTaken() {
    COVERAGE.check();
  }

  // ---- running
  // -------------------------------------------------------------------------------------

  @Test
  void aRunWithoutInputsBeginsAtOnce() {
    assertThat(assign(X, 1)).containsExactly(execute(X, 1));
    assertThat(succeed(X, 1)).containsExactly(finished(X, 1, 100));
    assertThat(state.holds(X)).isTrue();
  }

  @Test
  void runsWaitForASlotAndTheFirstInOrderGetsIt() {
    assign(X, 1);

    assertThat(assign(Z, 1)).isEmpty();
    assertThat(assign(Y, 1)).isEmpty();
    assertThat(succeed(X, 1)).contains(execute(Y, 1));
  }

  @Test
  void shortRunsAreHandedOverInAdvance() {
    WorkerState eager =
        new WorkerState(SELF, new WorkerSettings(1, 1_000_000, 256, 4096, 0.8, 0.7));
    eager.apply(assigned(X, 1));
    eager.flush();
    eager.apply(assigned(Y, 1));
    eager.apply(assigned(Z, 1));

    eager.apply(new WorkerEvent.TaskSucceeded(X, 1, SMALL, 100, null));

    assertThat(eager.flush()).contains(new Execute(Longs.of(Y, Z), Ints.of(1, 1)));
  }

  @Test
  void aRunThatThrewIsReportedAndForgotten() {
    assign(X, 1);
    TaskFailure threw = TaskFailure.of(TaskFailure.Kind.THREW, "x", "message");

    assertThat(apply(new WorkerEvent.TaskThrew(X, 1, threw)))
        .containsExactly(new ReportErred(X, 1, threw));
    assertThat(state.state(X)).isEqualTo(RunState.ABSENT);
  }

  @Test
  void aRunAssignedTwiceRunsOnce() {
    assign(X, 2);

    assertThat(assign(X, 1)).isEmpty();
    assertThat(assign(X, 2)).isEmpty();
  }

  @Test
  void aResultThatIsHereAnswersALaterRun() {
    assign(X, 1);
    succeed(X, 1);

    assertThat(assign(X, 2)).containsExactly(finished(X, 2, 0));
  }

  // ---- inputs
  // --------------------------------------------------------------------------------------

  @Test
  void aMissingInputIsFetchedAndDroppedAfterUse() {
    assertThat(assign(Y, 1, X, PEER)).containsExactly(new Fetch(PEER, Longs.of(X), false));
    assertThat(fetched(X, SMALL)).containsExactly(execute(Y, 1));
    assertThat(succeed(Y, 1)).containsExactly(new Drop(Longs.of(X)), finished(Y, 1, 100));
  }

  @Test
  void aLargeCopyIsKeptAndReported() {
    assign(Y, 1, X, PEER);

    assertThat(fetched(X, LARGE)).containsExactly(new ReportReplicas(Longs.of(X)), execute(Y, 1));
    assertThat(succeed(Y, 1)).containsExactly(finished(Y, 1, 100));
    assertThat(freed(X)).containsExactly(new Drop(Longs.of(X)));
  }

  @Test
  void anInputIsFetchedOnceForAllThatNeedIt() {
    assign(Y, 1, X, PEER);

    assertThat(assign(Z, 1, X, PEER)).isEmpty();
    assertThat(fetched(X, SMALL)).containsExactly(execute(Y, 1));
    assertThat(succeed(Y, 1)).containsExactly(finished(Y, 1, 100), execute(Z, 1));
  }

  @Test
  void aRunWhoseInputIsNowhereIsGivenUp() {
    assertThat(assign(Y, 1, X, SELF)).containsExactly(missing(Y, 1, X, SELF));
  }

  @Test
  void aRunWhoseFetchFailsIsGivenUp() {
    assign(Y, 1, X, PEER);

    assertThat(apply(new WorkerEvent.FetchFailed(PEER, Longs.of(X), "refused")))
        .containsExactly(missing(Y, 1, X, PEER));
  }

  @Test
  void anInputThatAPeerIsMakingIsAwaitedThere() {
    assertThat(assign(Y, 1, X, ~PEER)).containsExactly(new Fetch(PEER, Longs.of(X), true));
    assertThat(fetched(X, SMALL)).containsExactly(execute(Y, 1));
  }

  @Test
  void anInputThatIsLateIsAskedForAgain() {
    assign(Y, 1, X, ~PEER);

    assertThat(apply(new WorkerEvent.InputsLate(PEER, Longs.of(X))))
        .containsExactly(new Fetch(PEER, Longs.of(X), true));
  }

  @Test
  void anInputThatIsLateIsForgottenIfNobodyNeedsItAnyMore() {
    assign(Y, 1, X, ~PEER);
    apply(new WorkerEvent.RunsCancelled(Longs.of(Y), Ints.of(1)));

    assertThat(apply(new WorkerEvent.InputsLate(PEER, Longs.of(X)))).isEmpty();
    assertThat(state.leftovers()).isEmpty();
  }

  @Test
  void anAwaitedInputIsAskedOfWhoeverIsToMakeItNow() {
    assign(Y, 1, X, ~PEER);
    apply(new WorkerEvent.RunsCancelled(Longs.of(Y), Ints.of(1)));

    assertThat(assign(Y, 2, X, ~OTHER_PEER))
        .containsExactly(new Fetch(OTHER_PEER, Longs.of(X), true));
    assertThat(apply(new WorkerEvent.InputsLate(PEER, Longs.of(X)))).isEmpty();
    assertThat(apply(new WorkerEvent.FetchFailed(PEER, Longs.of(X), "gone"))).isEmpty();
    assertThat(apply(new WorkerEvent.FetchFailed(OTHER_PEER, Longs.of(X), "gone")))
        .containsExactly(missing(Y, 2, X, OTHER_PEER));
  }

  @Test
  void aRunWhoseInputIsBrokenFails() {
    assign(Y, 1, X, PEER);
    TaskFailure broken = TaskFailure.of(TaskFailure.Kind.NOT_SERIALIZABLE, "x", "message");

    assertThat(apply(new WorkerEvent.InputsBroken(Longs.of(X), broken)))
        .containsExactly(new ReportErred(Y, 1, broken));
  }

  @Test
  void aFreedInputStaysUntilItsLastUserHasRun() {
    assign(X, 1);
    succeed(X, 1);
    assign(Y, 1, X, SELF);

    assertThat(freed(X)).isEmpty();
    assertThat(succeed(Y, 1)).containsExactly(new Drop(Longs.of(X)), finished(Y, 1, 100));
  }

  // ---- sent ahead
  // ----------------------------------------------------------------------------------

  @Test
  void aRunSentAheadBeginsWhenItsInputIsMade() {
    assign(X, 1);

    assertThat(assign(Y, 1, X, SELF)).isEmpty();
    assertThat(succeed(X, 1)).containsExactly(finished(X, 1, 100), execute(Y, 1));
  }

  @Test
  void aRunSentAheadOfWhatItMerelyComesAfterDoesNotKeepItsResult() {
    assign(X, 1);
    assign(Y, 1, ~X, SELF);

    assertThat(succeed(X, 1)).contains(execute(Y, 1));
    assertThat(freed(X)).containsExactly(new Drop(Longs.of(X)));
  }

  @Test
  void aRunSentAheadIsGivenUpWithItsPredecessor() {
    assign(X, 1);
    assign(Y, 1, X, SELF);
    assign(Z, 1, Y, SELF);
    TaskFailure threw = TaskFailure.of(TaskFailure.Kind.THREW, "x", "message");

    assertThat(apply(new WorkerEvent.TaskThrew(X, 1, threw)))
        .containsExactly(
            new ReportErred(X, 1, threw), missing(Z, 1, Y, SELF), missing(Y, 1, X, SELF));
  }

  // ---- cancelled runs
  // ------------------------------------------------------------------------------

  @Test
  void aCancelledRunIsInterruptedAndWhatItStillMakesIsDropped() {
    assign(X, 1);

    assertThat(cancel(X, 1)).containsExactly(new Interrupt(X, 1));
    assertThat(succeed(X, 1)).containsExactly(new Drop(Longs.of(X)));
  }

  @Test
  void aCancelledRunThatHasNotBegunNeverDoes() {
    assign(X, 1);
    assign(Y, 1);

    assertThat(cancel(Y, 1)).isEmpty();
    assertThat(succeed(X, 1)).containsExactly(finished(X, 1, 100));
  }

  @Test
  void nothingIsLeftOfWhatWasCancelledAndFreed() {
    assign(X, 1);
    assign(Y, 1);
    cancel(Y, 1);
    succeed(X, 1);

    assertThat(state.leftovers()).isEqualTo("held 1; ");
    apply(new WorkerEvent.KeysFreed(Longs.of(X)));
    assertThat(state.leftovers()).isEmpty();
  }

  @Test
  void anotherRunOfATaskReplacesTheOneBefore() {
    assign(X, 1);

    assertThat(assign(X, 2)).containsExactly(new Interrupt(X, 1));
    assertThat(succeed(X, 1)).containsExactly(execute(X, 2));
    assertThat(succeed(X, 2)).containsExactly(finished(X, 2, 100));
  }

  @Test
  void whatACancelledRunMadeIsDroppedWhenItsSuccessorFails() {
    assign(X, 1);
    assign(X, 2);
    succeed(X, 1);
    TaskFailure threw = TaskFailure.of(TaskFailure.Kind.THREW, "x", "message");

    assertThat(apply(new WorkerEvent.TaskThrew(X, 2, threw)))
        .containsExactly(new Drop(Longs.of(X)), new ReportErred(X, 2, threw));
  }

  @Test
  void whatACancelledRunMadeIsNotDroppedWhileACopyIsComing() {
    assign(X, 1);
    cancel(X, 1);
    assign(Y, 1, X, PEER);

    assertThat(succeed(X, 1)).isEmpty();
    assertThat(fetched(X, SMALL)).containsExactly(execute(Y, 1));
  }

  @Test
  void aCopyThatComesWhileTheTaskIsRunHereIsNotReported() {
    apply(new WorkerEvent.ReplicasWanted(Longs.of(X), Ints.of(PEER)));
    assign(X, 2);

    assertThat(fetched(X, LARGE)).isEmpty();
    assertThat(succeed(X, 2)).containsExactly(finished(X, 2, 100));
    assertThat(state.replicaDigest()).isEqualTo(Digest.EMPTY.plus(Task.share(X, 0)));
  }

  // ---- lost results
  // --------------------------------------------------------------------------------

  @Test
  void aLostInputGivesUpWhoHasNotBegun() {
    assign(Z, 1);
    assign(X, 1);
    succeed(Z, 1);
    succeed(X, 1);
    assign(Z, 2);
    state.flush();
    assign(Y, 1, X, SELF);
    assign(Task.of(3, 9), 1, X, SELF);

    assertThat(apply(new WorkerEvent.ResultsLost(Longs.of(X))))
        .containsExactly(new Drop(Longs.of(X)), missing(Task.of(3, 9), 1, X, SELF));
  }

  @Test
  void aRunThatThrewForWantOfALostInputIsNotToBlame() {
    assign(X, 1);
    succeed(X, 1);
    assign(Y, 1, X, SELF);
    apply(new WorkerEvent.ResultsLost(Longs.of(X)));
    TaskFailure odd = TaskFailure.of(TaskFailure.Kind.INTERNAL, "y", "no input");

    assertThat(apply(new WorkerEvent.TaskThrew(Y, 1, odd))).containsExactly(missing(Y, 1, X, SELF));
  }

  // ---- copies on demand
  // ----------------------------------------------------------------------------

  @Test
  void aWantedCopyIsFetchedAndReported() {
    assertThat(apply(new WorkerEvent.ReplicasWanted(Longs.of(X), Ints.of(PEER))))
        .containsExactly(new Fetch(PEER, Longs.of(X), false));
    assertThat(fetched(X, SMALL)).containsExactly(new ReportReplicas(Longs.of(X)));
  }

  @Test
  void aWantedCopyThatCannotBeHadIsReported() {
    apply(new WorkerEvent.ReplicasWanted(Longs.of(X), Ints.of(PEER)));

    assertThat(apply(new WorkerEvent.FetchFailed(PEER, Longs.of(X), "refused")))
        .containsExactly(new ReportNoReplicas(Longs.of(X), Ints.of(PEER)));
  }

  @Test
  void aCopyFreedWhileItIsFetchedIsDropped() {
    apply(new WorkerEvent.ReplicasWanted(Longs.of(X), Ints.of(PEER)));
    freed(X);

    assertThat(fetched(X, SMALL)).containsExactly(new Drop(Longs.of(X)));
  }

  // ---- blocked runs, digests
  // -----------------------------------------------------------------------

  @Test
  void aBlockedRunGivesItsSlotToAnother() {
    assign(X, 1);
    assign(Y, 1);

    assertThat(apply(new WorkerEvent.TaskBlocked(X, 1)))
        .containsExactly(new ReportBlocked(X, 1, true), execute(Y, 1));
    assertThat(apply(new WorkerEvent.TaskUnblocked(X, 1)))
        .containsExactly(new ReportBlocked(X, 1, false));
  }

  @Test
  void theBlockingOfACancelledRunIsNobodysBusiness() {
    assign(X, 1);
    cancel(X, 1);

    assertThat(apply(new WorkerEvent.TaskBlocked(X, 1))).isEmpty();
  }

  @Test
  void digestsAndInventorySayWhatIsHere() {
    assign(X, 1);
    succeed(X, 1);
    assign(Y, 1);
    apply(new WorkerEvent.TaskBlocked(Y, 1));
    assign(Z, 4);

    Digest runs = new Digest(2, Task.share(Y, 1) + Task.share(Y, ~1) + Task.share(Z, 4));
    assertThat(state.runDigest()).isEqualTo(runs);
    assertThat(state.replicaDigest()).isEqualTo(Digest.EMPTY.plus(Task.share(X, 0)));
    assertThat(apply(new WorkerEvent.InventoryRequested()))
        .containsExactly(new ReportInventory(Longs.of(Y, Z), Ints.of(~1, 4), Longs.of(X)));
  }

  // ---- how it is driven
  // ----------------------------------------------------------------------------

  private List<WorkerInstruction> apply(WorkerEvent event) {
    state.apply(event);
    state.verify();
    List<WorkerInstruction> said = state.flush();
    state.verify();
    return said;
  }

  private static WorkerEvent assigned(long task, int run) {
    return new WorkerEvent.TasksAssigned(
        Longs.of(task), Ints.of(run), Ints.of(0), Longs.EMPTY, Ints.EMPTY, Longs.EMPTY, Ints.of(0));
  }

  private List<WorkerInstruction> assign(long task, int run) {
    return apply(assigned(task, run));
  }

  private List<WorkerInstruction> assign(long task, int run, long input, int holder) {
    return apply(
        new WorkerEvent.TasksAssigned(
            Longs.of(task),
            Ints.of(run),
            Ints.of(1),
            Longs.of(input),
            Ints.of(holder),
            Longs.EMPTY,
            Ints.of(0)));
  }

  private List<WorkerInstruction> succeed(long task, int run) {
    return apply(new WorkerEvent.TaskSucceeded(task, run, SMALL, 100, null));
  }

  private List<WorkerInstruction> cancel(long task, int run) {
    return apply(new WorkerEvent.RunsCancelled(Longs.of(task), Ints.of(run)));
  }

  private List<WorkerInstruction> freed(long task) {
    return apply(new WorkerEvent.KeysFreed(Longs.of(task)));
  }

  private List<WorkerInstruction> fetched(long task, long size) {
    return apply(new WorkerEvent.InputsFetched(PEER, Longs.of(task), Longs.of(size)));
  }

  private static Execute execute(long task, int run) {
    return new Execute(Longs.of(task), Ints.of(run));
  }

  private static ReportFinished finished(long task, int run, long nanos) {
    return new ReportFinished(Longs.of(task), Ints.of(run), Longs.of(SMALL), Longs.of(nanos), null);
  }

  private static ReportMissing missing(long task, int run, long input, int holder) {
    return new ReportMissing(task, run, Longs.of(input), Ints.of(holder));
  }
}

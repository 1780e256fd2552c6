package io.dagwright.internal.taskstate;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.graph.Annotations;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.GraphInstruction.AnnounceOutputs;
import io.dagwright.internal.wire.GraphInstruction.EndGraph;
import io.dagwright.internal.wire.GraphInstruction.FailOutputs;
import io.dagwright.internal.wire.GraphInstruction.ReleaseReplicas;
import io.dagwright.internal.wire.GraphInstruction.RetractOutputs;
import io.dagwright.internal.wire.GraphInstruction.RunTasks;
import io.dagwright.internal.wire.GraphInstruction.WithdrawRuns;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TestGraph;
import io.dagwright.internal.wire.TransitionCoverage;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GraphStateTest {

  private static final TransitionCoverage<RowState> COVERAGE =
      new TransitionCoverage<>(RowState.table());

  private static final int WORKER = 7;
  private static final long CONSUMER = Task.of(9, 1);
  private static final GraphState.Policy PLAIN = new GraphState.Policy(3, false, false);
  private static final GraphState.Policy GROWING = new GraphState.Policy(3, false, true);

  private final TestGraph graph = new TestGraph();
  private GraphState state = new GraphState(0, graph.rows, PLAIN);

  @AfterAll
  static void everyTransitionIsTaken() {
    COVERAGE.check();
  }

  // ---- readiness
  // ---------------------------------------------------------------------------------

  @Test
  void rootsAreReadyAtOnce() {
    graph.row().row().row(0, 1);

    assertThat(add()).containsExactly(run(Ints.of(0, 1), Ints.of(1, 1)));
  }

  @Test
  void aRowIsReadyWhenTheLastOfItsInputsIsInMemory() {
    graph.row().row().output(0, 1);
    add();

    assertThat(finish(0, 1)).isEmpty();
    assertThat(finish(1, 1)).containsExactly(run(2, 1));
  }

  @Test
  void aRowThatMerelyComesAfterAnotherDoesNotKeepItsResult() {
    graph.row().output(~0);
    addAndSeal();

    assertThat(finish(0, 1)).containsExactly(new ReleaseReplicas(Ints.of(0)), run(1, 1));
  }

  @Test
  void aRowThatWasSentAheadIsNotDeclaredReady() {
    graph.row().output(0);
    add();
    sentAhead(1, 1);

    assertThat(finish(0, 1)).isEmpty();
    assertThat(finish(1, 1)).containsExactly(announce(1));
  }

  /** They may have run on different workers. */
  @Test
  void aResultMayBeHeardOfBeforeTheInputItUsed() {
    graph.row().output(0);
    addAndSeal();
    sentAhead(1, 1);

    assertThat(finish(1, 1)).containsExactly(announce(1));
    assertThat(finish(0, 1)).containsExactly(new ReleaseReplicas(Ints.of(0)));
  }

  @Test
  void aRowSentAheadJustWhenItBecameReadyStaysReady() {
    graph.row();
    add();

    assertThat(sentAhead(0, 1)).isEmpty();
    assertThat(finish(0, 1)).isEmpty();
    assertThat(state.state(0)).isEqualTo(RowState.MEMORY);
  }

  @Test
  void aRunSentAheadThatIsNoLongerWantedIsTakenBack() {
    graph.row().output(0);
    add();
    apply(new GraphEvent.GraphCancelled("enough"));

    assertThat(sentAhead(1, 1)).containsExactly(withdraw(1, 1));
  }

  @Test
  void aReportOfARunThatDoesNotCountIsTakenBack() {
    graph.output();
    add();
    lose(Ints.of(0), Ints.of(1), Ints.EMPTY, Ints.EMPTY);

    assertThat(finish(0, 1)).containsExactly(withdraw(0, 1));
    assertThat(finish(0, 2)).containsExactly(announce(0));
  }

  // ---- lifetime of results
  // -----------------------------------------------------------------------

  @Test
  void aResultIsReleasedWhenItsLastUserHasRun() {
    graph.row().output(0).output(0);
    addAndSeal();
    finish(0, 1);

    assertThat(finish(1, 1)).containsExactly(announce(1));
    assertThat(finish(2, 1)).containsExactly(new ReleaseReplicas(Ints.of(0)), announce(2));
  }

  @Test
  void aGraphEndsWhenItsLastHoldIsReleased() {
    graph.row().output(0);
    addAndSeal();
    finish(0, 1);
    finish(1, 1);

    assertThat(apply(new GraphEvent.HoldsReleased(Ints.of(1))))
        .containsExactly(new ReleaseReplicas(Ints.of(1)), new EndGraph());
    assertThat(state.count(RowState.FORGOTTEN)).isEqualTo(2);
  }

  @Test
  void beforeAGraphIsSealedLaterRowsMayNeedAnything() {
    graph.row();
    add();

    assertThat(finish(0, 1)).isEmpty();
    assertThat(apply(new GraphEvent.RowsSealed()))
        .containsExactly(new ReleaseReplicas(Ints.of(0)), new EndGraph());
  }

  @Test
  void anOutputNobodyWaitsForAnyMoreIsNotRun() {
    state = new GraphState(0, graph.rows, GROWING);
    graph.output();
    add();

    assertThat(apply(new GraphEvent.HoldsReleased(Ints.of(0)))).containsExactly(withdraw(0, 1));
    assertThat(state.state(0)).isEqualTo(RowState.FORGOTTEN);
  }

  // ---- losses
  // ------------------------------------------------------------------------------------

  @Test
  void aLostRunIsRunAgainUnderAnotherNumber() {
    graph.output();
    add();

    assertThat(lose(Ints.of(0), Ints.of(1), Ints.EMPTY, Ints.EMPTY)).containsExactly(run(0, 2));
  }

  @Test
  void aLostResultIsComputedAgainAndItsUsersAreTakenBack() {
    graph.row().output(0);
    addAndSeal();
    finish(0, 1);

    assertThat(loseKeys(0)).containsExactly(withdraw(1, 1), run(0, 2));
    assertThat(finish(0, 2)).containsExactly(run(1, 2));
  }

  @Test
  void aLostResultThatNeedsReleasedOnesBringsThemBack() {
    graph.row().row(0).output(1);
    addAndSeal();
    finish(0, 1);
    finish(1, 1);

    assertThat(loseKeys(1)).containsExactly(withdraw(2, 1), run(0, 2));
    assertThat(finish(0, 2)).containsExactly(run(1, 2));
    assertThat(finish(1, 2)).containsExactly(new ReleaseReplicas(Ints.of(0)), run(2, 2));
  }

  @Test
  void anOutputThatIsLostIsRetracted() {
    graph.output();
    addAndSeal();
    finish(0, 1);

    assertThat(loseKeys(0)).containsExactly(run(0, 2), new RetractOutputs(Ints.of(0)));
  }

  @Test
  void theClientIsToldWhereAnOutputIsNow() {
    graph.row().output(0);
    addAndSeal();
    finish(0, 1);
    finish(1, 1);

    assertThat(apply(new GraphEvent.ResultsMoved(7, Ints.of(0, 1), Longs.of(5, 6))))
        .containsExactly(new AnnounceOutputs(7, Ints.of(1), Longs.of(6), null));
  }

  @Test
  void aRecomputationNobodyNeedsAnyMoreIsAbandoned() {
    graph.row().output(0);
    addAndSeal();
    finish(0, 1);
    loseKeys(0);

    List<GraphInstruction> said =
        apply(new GraphEvent.TaskErred(0, 2, failure(TaskFailure.Kind.INTERNAL)));
    assertThat(said).containsExactly(failed(Ints.of(1), failure(TaskFailure.Kind.INTERNAL)));

    assertThat(apply(new GraphEvent.HoldsReleased(Ints.of(1)))).containsExactly(new EndGraph());
  }

  @Test
  void anInputComputedAgainIsGivenUpWhenItsUserFails() {
    graph.row().row().output(0, 1);
    addAndSeal();
    finish(0, 1);
    loseKeys(0);

    apply(new GraphEvent.TaskErred(1, 1, failure(TaskFailure.Kind.INTERNAL)));

    assertThat(state.state(0)).isEqualTo(RowState.RELEASED);
  }

  @Test
  void whatWasSentAheadIsTakenBackWithItsPredecessor() {
    graph.row().output(0);
    add();
    sentAhead(1, 1);

    assertThat(lose(Ints.of(0), Ints.of(1), Ints.EMPTY, Ints.EMPTY))
        .containsExactly(withdraw(1, 1), run(0, 2));
    assertThat(state.state(1)).isEqualTo(RowState.WAITING);
  }

  // ---- failures
  // ----------------------------------------------------------------------------------

  @Test
  void aTaskThatThrewIsTriedAgainAsOftenAsItSays() {
    graph.output().with(Annotations.NONE.withRetries(1));
    add();
    TaskFailure threw = failure(TaskFailure.Kind.THREW);

    assertThat(apply(new GraphEvent.TaskErred(0, 1, threw))).containsExactly(run(0, 2));
    assertThat(apply(new GraphEvent.TaskErred(0, 2, threw)))
        .containsExactly(failed(Ints.of(0), threw));
  }

  @Test
  void aFailureTakesAllThatNeedItAlong() {
    graph.output().output(0).output(~1).output();
    add();
    TaskFailure threw = failure(TaskFailure.Kind.THREW);

    assertThat(apply(new GraphEvent.TaskErred(0, 1, threw)))
        .containsExactly(failed(Ints.of(0, 1, 2), threw));
    assertThat(state.state(3)).isEqualTo(RowState.READY);
  }

  @Test
  void aRowAddedAfterItsInputFailedFailsToo() {
    state = new GraphState(0, graph.rows, GROWING);
    graph.output();
    add();
    TaskFailure threw = failure(TaskFailure.Kind.THREW);
    apply(new GraphEvent.TaskErred(0, 1, threw));
    graph.output(0).output(1);

    assertThat(add()).containsExactly(failed(Ints.of(1, 2), threw));
  }

  @Test
  void whenTheFirstFailureStopsAllTheRestIsCancelled() {
    state = new GraphState(0, graph.rows, new GraphState.Policy(3, true, false));
    graph.output().output();
    add();
    TaskFailure threw = failure(TaskFailure.Kind.THREW);

    List<GraphInstruction> said = apply(new GraphEvent.TaskErred(0, 1, threw));

    TaskFailure cancelled =
        TaskFailure.of(
            TaskFailure.Kind.CANCELLED, "task-0", "Another task of the graph failed: message");
    assertThat(said)
        .containsExactly(withdraw(1, 1), failed(Ints.of(0), threw), failed(Ints.of(1), cancelled));
  }

  @Test
  void aCancelledGraphFailsItsUnfinishedOutputs() {
    graph.output().output(0);
    add();
    finish(0, 1);

    List<GraphInstruction> said = apply(new GraphEvent.GraphCancelled("enough"));

    TaskFailure cancelled = TaskFailure.of(TaskFailure.Kind.CANCELLED, "", "enough");
    assertThat(said).containsExactly(withdraw(1, 1), failed(Ints.of(1), cancelled));
    assertThat(state.state(0)).isEqualTo(RowState.MEMORY);
  }

  @Test
  void aSuspectRunsAloneAndFailsAtTheFourthDeath() {
    graph.output();
    add();
    for (int run = 1; run <= 3; run++) {
      assertThat(lose(Ints.of(0), Ints.of(run), Ints.of(0), Ints.EMPTY))
          .containsExactly(new RunTasks(Ints.of(0), Ints.of(run + 1), Ints.of(0)));
    }

    List<GraphInstruction> said = lose(Ints.of(0), Ints.of(4), Ints.of(0), Ints.EMPTY);

    assertThat(said).hasSize(1).first().isInstanceOf(FailOutputs.class);
    TaskFailure failure = state.failure(0);
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).isEqualTo(TaskFailure.Kind.KILLED_WORKER);
    assertThat(failure.message()).contains("[task-0] was lost with its worker 4 times");
  }

  @Test
  void whatWasSentAheadOfASuspectIsTakenBackWithIt() {
    graph.row().row(0).output(1);
    add();
    sentAhead(1, 1);
    lose(Ints.of(0, 1), Ints.of(1, 1), Ints.of(1), Ints.EMPTY);

    assertThat(apply(new GraphEvent.RunsSentAhead(Ints.of(1, 2), Ints.of(2, 1))))
        .containsExactly(new WithdrawRuns(Ints.of(1, 2), Ints.of(2, 1)));
  }

  @Test
  void aSuspectIsNotSentAhead() {
    graph.row().output(0);
    add();
    sentAhead(1, 1);
    lose(Ints.of(0, 1), Ints.of(1, 1), Ints.of(1), Ints.EMPTY);

    assertThat(sentAhead(1, 2)).containsExactly(withdraw(1, 2));
    assertThat(finish(0, 2)).containsExactly(new RunTasks(Ints.of(1), Ints.of(3), Ints.of(1)));
  }

  // ---- other graphs
  // --------------------------------------------------------------------------------

  @Test
  void anExternalInputIsAskedForAwaitedAndLetGoOf() {
    graph.external(Task.of(3, 5)).output(0);
    assertThat(addAndSeal()).containsExactly(new GraphInstruction.AcquireExternal(0));

    assertThat(apply(new GraphEvent.ExternalReady(0))).containsExactly(run(1, 1));
    assertThat(finish(1, 1)).containsExactly(new GraphInstruction.DropExternal(0), announce(1));
    assertThat(apply(new GraphEvent.HoldsReleased(Ints.of(1))))
        .containsExactly(
            new ReleaseReplicas(Ints.of(1)),
            new GraphInstruction.ForgetExternal(0),
            new EndGraph());
  }

  @Test
  void aLostExternalInputTakesItsUsersBack() {
    graph.external(Task.of(3, 5)).output(0);
    add();
    apply(new GraphEvent.ExternalReady(0));

    assertThat(apply(new GraphEvent.ExternalLost(0)))
        .containsExactly(withdraw(1, 1), new GraphInstruction.AcquireExternal(0));
    assertThat(apply(new GraphEvent.ExternalReady(0))).containsExactly(run(1, 2));
  }

  @Test
  void aFailedExternalInputFailsItsUsers() {
    graph.external(Task.of(3, 5)).output(0);
    add();
    TaskFailure threw = failure(TaskFailure.Kind.THREW);

    assertThat(apply(new GraphEvent.ExternalFailed(0, threw)))
        .containsExactly(new GraphInstruction.DropExternal(0), failed(Ints.of(1), threw));
  }

  @Test
  void anExternalInputNobodyWaitsForIsLetGoOf() {
    graph.external(Task.of(3, 5));

    assertThat(addAndSeal())
        .containsExactly(
            new GraphInstruction.AcquireExternal(0),
            new GraphInstruction.DropExternal(0),
            new GraphInstruction.ForgetExternal(0),
            new EndGraph());
  }

  // ---- scattered values ------------------------------------------------------------------------

  @Test
  void aScatteredValueIsNotRunButAnnouncedWhenItIsThere() {
    graph.scattered();

    assertThat(addAndSeal()).isEmpty();
    assertThat(arrive(0)).containsExactly(announce(0));
    assertThat(apply(new GraphEvent.HoldsReleased(Ints.of(0))))
        .containsExactly(new ReleaseReplicas(Ints.of(0)), new EndGraph());
  }

  @Test
  void aLostScatteredValueFailsAndItsMessageSaysWhereItWas() {
    graph.scattered();
    addAndSeal();
    apply(new GraphEvent.ScatterBegun(1, false));
    arrive(0);

    List<GraphInstruction> said = loseKeys(0);

    assertThat(said)
        .hasSize(3)
        .startsWith(new ReleaseReplicas(Ints.of(0)), new RetractOutputs(Ints.of(0)));
    assertThat(((FailOutputs) said.get(2)).failure().kind()).isEqualTo(TaskFailure.Kind.VALUE_LOST);
    assertThat(((FailOutputs) said.get(2)).failure().message())
        .isEqualTo(
            "The value [task-0] was scattered to one worker, and was lost with the last that held"
                + " it, [w] (exit code 1). It cannot be computed again. Scatter it to more workers"
                + " (ScatterOptions.withReplicas(2)), or let the client keep it"
                + " (ScatterOptions.withKeptByClient(true)).");
  }

  @Test
  void aLostValueThatItsClientKeepsIsWaitedFor() {
    graph.scattered();
    addAndSeal();
    apply(new GraphEvent.ScatterBegun(1, true));
    arrive(0);

    assertThat(loseKeys(0)).containsExactly(new RetractOutputs(Ints.of(0)));
    assertThat(arrive(0)).containsExactly(announce(0));
  }

  @Test
  void aScatteredValueNobodyWaitsForAnyMoreIsTakenBack() {
    graph.scattered();
    addAndSeal();

    assertThat(apply(new GraphEvent.HoldsReleased(Ints.of(0))))
        .containsExactly(new ReleaseReplicas(Ints.of(0)), new EndGraph());
  }

  @Test
  void aValueThatNoWorkerCanFetchFails() {
    graph.scattered();
    addAndSeal();

    assertThat(apply(new GraphEvent.ValueUnreachable(0, "why.")))
        .hasSize(2)
        .last()
        .matches(
            said ->
                said instanceof FailOutputs failed
                    && failed.failure().message().startsWith("No worker could fetch")
                    && failed.failure().message().contains("why."));
  }

  private List<GraphInstruction> arrive(int row) {
    return apply(new GraphEvent.ValuesArrived(WORKER, Ints.of(row), Longs.of(8)));
  }

  @Test
  void anotherGraphIsToldOfWhatItUses() {
    graph.output();
    addAndSeal();
    apply(new GraphEvent.HoldAcquired(0, CONSUMER));

    assertThat(finish(0, 1))
        .containsExactly(new GraphInstruction.TellExternalReady(CONSUMER, 0), announce(0));
    assertThat(loseKeys(0))
        .containsExactly(
            run(0, 2),
            new RetractOutputs(Ints.of(0)),
            new GraphInstruction.TellExternalLost(CONSUMER, 0));
    TaskFailure threw = failure(TaskFailure.Kind.THREW);
    assertThat(apply(new GraphEvent.TaskErred(0, 2, threw)))
        .containsExactly(
            new GraphInstruction.TellExternalFailed(CONSUMER, 0, threw), failed(Ints.of(0), threw));
  }

  @Test
  void whatAnotherGraphUsedIsReleasedButNotForgottenUntilItSaysSo() {
    graph.output();
    addAndSeal();
    apply(new GraphEvent.HoldAcquired(0, CONSUMER));
    finish(0, 1);
    apply(new GraphEvent.HoldsReleased(Ints.of(0)));

    assertThat(apply(new GraphEvent.HoldDropped(0, CONSUMER)))
        .containsExactly(new ReleaseReplicas(Ints.of(0)));
    assertThat(apply(new GraphEvent.HoldAcquired(0, CONSUMER))).containsExactly(run(0, 2));
    assertThat(apply(new GraphEvent.ConsumerForgot(0, CONSUMER)))
        .containsExactly(withdraw(0, 2), new EndGraph());
  }

  @Test
  void aGraphThatIsRemovedForgetsWithoutHavingDropped() {
    graph.output();
    addAndSeal();
    apply(new GraphEvent.HoldAcquired(0, CONSUMER));
    apply(new GraphEvent.HoldAcquired(0, CONSUMER + 1));
    finish(0, 1);
    apply(new GraphEvent.HoldsReleased(Ints.of(0)));
    apply(new GraphEvent.HoldDropped(0, CONSUMER + 1));

    assertThat(apply(new GraphEvent.ConsumerForgot(0, CONSUMER)))
        .containsExactly(new ReleaseReplicas(Ints.of(0)));
    assertThat(apply(new GraphEvent.ConsumerForgot(0, CONSUMER + 1)))
        .containsExactly(new EndGraph());
  }

  @Test
  void aResultThatIsForgottenCannotBeAcquired() {
    state = new GraphState(0, graph.rows, GROWING);
    graph.row();
    add();
    finish(0, 1);

    List<GraphInstruction> said = apply(new GraphEvent.HoldAcquired(0, CONSUMER));

    assertThat(said)
        .hasSize(1)
        .first()
        .isInstanceOfSatisfying(
            GraphInstruction.TellExternalFailed.class,
            told -> assertThat(told.failure().message()).contains("was released before"));
  }

  @Test
  @Tag("slow")
  void pagesOfAGrowingGraphAreDroppedWhenAllTheirRowsAreForgotten() {
    state = new GraphState(0, graph.rows, GROWING);
    for (int i = 0; i < 4096; i++) {
      graph.row();
    }
    add();
    for (int row = 0; row < 4096; row++) {
      finish(row, 1);
    }

    assertThat(graph.rows.isDropped(0)).isTrue();
    assertThat(state.state(17)).isEqualTo(RowState.FORGOTTEN);
  }

  // ---- how it is driven
  // ----------------------------------------------------------------------------

  private List<GraphInstruction> add() {
    state.listen(COVERAGE);
    return apply(graph.append());
  }

  private List<GraphInstruction> addAndSeal() {
    state.listen(COVERAGE);
    state.apply(graph.append());
    return apply(new GraphEvent.RowsSealed());
  }

  private List<GraphInstruction> apply(GraphEvent event) {
    state.apply(event);
    state.verify();
    List<GraphInstruction> said = state.flush();
    state.verify();
    return said;
  }

  private List<GraphInstruction> sentAhead(int row, int run) {
    return apply(new GraphEvent.RunsSentAhead(Ints.of(row), Ints.of(run)));
  }

  private List<GraphInstruction> finish(int row, int run) {
    return apply(
        new GraphEvent.TasksFinished(WORKER, Ints.of(row), Ints.of(run), Longs.of(8), null));
  }

  private List<GraphInstruction> lose(Ints rows, Ints runs, Ints suspects, Ints keys) {
    return apply(new GraphEvent.RunsLost("w", rows, runs, suspects, "exit code 1", keys));
  }

  private List<GraphInstruction> loseKeys(int row) {
    return lose(Ints.EMPTY, Ints.EMPTY, Ints.EMPTY, Ints.of(row));
  }

  private static RunTasks run(int row, int run) {
    return run(Ints.of(row), Ints.of(run));
  }

  private static RunTasks run(Ints rows, Ints runs) {
    return new RunTasks(rows, runs, Ints.EMPTY);
  }

  private static WithdrawRuns withdraw(int row, int run) {
    return new WithdrawRuns(Ints.of(row), Ints.of(run));
  }

  private static AnnounceOutputs announce(int row) {
    return new AnnounceOutputs(WORKER, Ints.of(row), Longs.of(8), null);
  }

  private static FailOutputs failed(Ints rows, TaskFailure failure) {
    return new FailOutputs(rows, failure);
  }

  private static TaskFailure failure(TaskFailure.Kind kind) {
    return TaskFailure.of(kind, "task-0", "message");
  }
}

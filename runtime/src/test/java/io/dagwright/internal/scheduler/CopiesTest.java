package io.dagwright.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.SchedulerInstruction.AcquireReplicas;
import io.dagwright.internal.wire.SchedulerInstruction.AnswerRequest;
import io.dagwright.internal.wire.SchedulerInstruction.FreeKeys;
import io.dagwright.internal.wire.SchedulerInstruction.LetWorkerGo;
import io.dagwright.internal.wire.SchedulerInstruction.ReportLeftBehind;
import io.dagwright.internal.wire.SchedulerInstruction.TellGraph;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TestGraph;
import io.dagwright.internal.wire.WorkerId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Copies of results and of clients' values: how many there are, where, and how they get there. */
class CopiesTest {

  private static final int GRAPH = 5;
  private static final int CLIENT = 100;
  private static final long MB = 1 << 20;
  private static final long SECOND = 1_000_000_000L;

  private final TestGraph graph = new TestGraph();
  private final SchedulerState state =
      new SchedulerState(
          SchedulerSettings.DEFAULT
              .withAheadDepth(0)
              .withReplicas(
                  new ReplicaSettings(2 * SECOND, 8, 65_536, 16, 30 * SECOND, 5 * SECOND, 0.1)));
  private long now;

  // ---- scattering ------------------------------------------------------------------------------

  @Test
  void aValueGoesFromItsClientToTheEmptiestWorkerAndFromThereToTheNext() {
    graph.row();
    start(2);

    assertThat(scatter(2, false, 8 * MB)).containsExactly(copy(1, 0, CLIENT));
    assertThat(added(1, 0)).containsExactly(copy(2, 0, 1));
    assertThat(added(2, 0)).containsExactly(arrived(1, 0, 8 * MB));
  }

  @Test
  void valuesAreSpreadByBytes() {
    graph.row().row().row();
    start(2);

    assertThat(scatter(1, false, 8 * MB, 2 * MB, 2 * MB))
        .containsExactly(
            copy(1, 0, CLIENT),
            new AcquireReplicas(2, Longs.of(task(1), task(2)), Ints.of(CLIENT, CLIENT)));
  }

  @Test
  void broadcastingReachesEveryWorkerAndThoseThatJoinLater() {
    graph.row();
    start(2);
    scatter(Integer.MAX_VALUE, false, MB);
    added(1, 0);
    added(2, 0);

    assertThat(join(3)).containsExactly(copy(3, 0, 1));
  }

  @Test
  void aValueOnOneWorkerIsLostWithIt() {
    graph.row();
    start(2);
    scatter(1, false, MB);
    added(1, 0);

    assertThat(lose(1)).contains(lost(1, 0)).doesNotContain(copy(2, 0, CLIENT));
  }

  @Test
  void aValueThatItsClientKeepsComesAgain() {
    graph.row();
    start(2);
    scatter(1, true, MB);
    added(1, 0);

    assertThat(lose(1)).contains(lost(1, 0), copy(2, 0, CLIENT));
    assertThat(added(2, 0)).containsExactly(arrived(2, 0, MB));
  }

  @Test
  void aValueOnTwoWorkersSurvivesOneAndIsCopiedOnceMore() {
    graph.row();
    start(3);
    scatter(2, false, MB);
    added(1, 0);
    added(2, 0);

    assertThat(lose(1)).doesNotContain(lost(1, 0)).contains(copy(3, 0, 2));
  }

  @Test
  void whatNoWorkerCanFetchFailsAfterSomeAttempts() {
    graph.row();
    start(1);
    scatter(1, false, MB);

    for (int i = 1; i < Copies.MOST_FAILURES; i++) {
      assertThat(notAdded(1, 0, CLIENT)).isEmpty();
      assertThat(tick(i)).containsExactly(copy(1, 0, CLIENT));
    }

    assertThat(notAdded(1, 0, CLIENT))
        .containsExactly(
            new TellGraph(
                GRAPH,
                new GraphEvent.ValueUnreachable(
                    0, "the last that tried was [w1@host], after 8 attempts.")));
    release(0);
    assertThat(state.leftovers()).contains("graphs 1").doesNotContain("orders", "origins");
  }

  @Test
  void aReleasedValueIsDroppedWhereverItArrives() {
    graph.row();
    start(1);
    scatter(1, false, MB);
    release(0);

    assertThat(added(1, 0)).containsExactly(new FreeKeys(1, Longs.of(task(0))));
  }

  // ---- replicating -----------------------------------------------------------------------------

  @Test
  void copiesSpreadLikeATree() {
    graph.row();
    start(8);
    make(1, 0, MB);

    assertThat(want(7, 8, 0)).containsExactly(copy(2, 0, 1));
    assertThat(added(2, 0)).containsExactly(copy(3, 0, 1), copy(4, 0, 2));
    assertThat(added(3, 0)).containsExactly(copy(5, 0, 1), copy(6, 0, 3));
    assertThat(added(4, 0)).containsExactly(copy(7, 0, 2), copy(8, 0, 4));
  }

  @Test
  void whoAskedIsAnsweredOnceWithWhatWasCopied() {
    graph.row().row();
    start(2);
    make(1, 0, MB);
    make(1, 1, 2 * MB);
    want(7, 2, 0, 1);

    added(2, 0);

    assertThat(added(2, 1)).containsExactly(new AnswerRequest(7, 2, 3 * MB, 0));
  }

  @Test
  void asManyCopiesAsThereAreWorkersWillDoUntilOneJoins() {
    graph.row();
    start(1);
    make(1, 0, MB);

    assertThat(want(7, 2, 0)).containsExactly(new AnswerRequest(7, 0, 0, 1));
    assertThat(join(2)).containsExactly(copy(2, 0, 1));
  }

  @Test
  void aCopyNobodyHeardOfIsAskedForAgain() {
    graph.row();
    start(2);
    make(1, 0, MB);
    want(7, 2, 0);

    assertThat(tick(4)).isEmpty();
    assertThat(tick(6)).containsExactly(copy(2, 0, 1));
  }

  @Test
  void fetchesAreSharedByThoseWhoHoldAResult() {
    graph.row().row(0).row(0);
    start(4);
    make(1, 0, MB);
    want(7, 2, 0);
    added(2, 0);
    state.apply(new SchedulerEvent.WorkerLeaving(1), now);

    assertThat(state.holders(task(0))).isEqualTo(Ints.of(1, 2));
    assertThat(ready(1))
        .as("who leaves is spared")
        .anyMatch(
            instruction ->
                instruction instanceof SchedulerInstruction.ComputeTasks compute
                    && compute.holders().equals(Ints.of(2)));
  }

  // ---- balance ---------------------------------------------------------------------------------

  @Test
  void aResultThatIsNamedTwiceMovesOnce() {
    graph.row().row();
    start(2);
    make(1, 0, MB);
    make(1, 1, MB);

    assertThat(apply(new SchedulerEvent.BalanceWanted(7, Longs.of(task(0), task(0)))))
        .containsExactly(copy(2, 0, 1));
    assertThat(added(2, 0)).contains(new AnswerRequest(7, 1, MB, 0));
  }

  @Test
  void aResultMovesAndIsDroppedOnlyWhenTheCopyIsThere() {
    graph.row().row().row().row();
    start(2);
    for (int row = 0; row < 4; row++) {
      make(1, row, MB);
    }

    assertThat(apply(new SchedulerEvent.BalanceWanted(7, Longs.EMPTY)))
        .containsExactly(new AcquireReplicas(2, Longs.of(task(0), task(1)), Ints.of(1, 1)));
    assertThat(added(2, 0))
        .containsExactly(
            new TellGraph(GRAPH, new GraphEvent.ResultsMoved(2, Ints.of(0), Longs.of(MB))),
            new FreeKeys(1, Longs.of(task(0))));
    assertThat(state.holders(task(0))).isEqualTo(Ints.of(2));
    assertThat(notAdded(2, 1, 1)).containsExactly(new AnswerRequest(7, 1, MB, 1));
    assertThat(state.holders(task(1))).isEqualTo(Ints.of(1));
  }

  @Test
  void whereTheDifferenceIsSmallNothingMoves() {
    graph.row().row();
    start(2);
    ready(0, 1);
    make(1, 0, MB);
    make(2, 1, MB);

    assertThat(apply(new SchedulerEvent.BalanceWanted(7, Longs.EMPTY)))
        .containsExactly(new AnswerRequest(7, 0, 0, 0));
  }

  // ---- reviews ---------------------------------------------------------------------------------

  @Test
  void copiesNobodyNeedsOrAskedForAreDroppedAndTheOthersStay() {
    graph.row().row();
    start(3);
    make(1, 0, MB);
    make(1, 1, MB);
    added(2, 0, 1);
    added(3, 0, 1);
    want(7, 2, 1);

    assertThat(tick(3))
        .containsExactly(
            new FreeKeys(2, Longs.of(task(0), task(1))), new FreeKeys(3, Longs.of(task(0))));
    assertThat(state.holders(task(0))).isEqualTo(Ints.of(1));
    assertThat(state.holders(task(1))).isEqualTo(Ints.of(1, 3));
  }

  @Test
  void copiesThatATaskStillNeedsStay() {
    graph.row().row(0);
    start(2);
    make(1, 0, MB);
    added(2, 0);

    assertThat(tick(3)).isEmpty();
  }

  @Test
  void whatIsFetchedALotGetsMoreCopies() {
    graph.row();
    for (int i = 0; i < 20; i++) {
      graph.row(0);
    }
    start(3);
    make(1, 0, MB);
    ready(Ints.range(1, 21).toArray());
    for (int i = 0; i < 20; i++) {
      for (int row = 1; row <= 20; row++) {
        int worker = state.processingOn(task(row));
        if (worker > 0) {
          make(worker, row, 8);
        }
      }
    }

    assertThat(tick(3)).contains(copy(3, 0, 1));
  }

  // ---- leaving ---------------------------------------------------------------------------------

  @Test
  void whoLeavesWaitsForCopiesAndForAnotherAttempt() {
    graph.row();
    start(2);
    make(1, 0, MB);

    assertThat(apply(new SchedulerEvent.WorkerLeaving(1))).containsExactly(copy(2, 0, 1));
    assertThat(notAdded(2, 0, 1)).isEmpty();
    assertThat(tick(1)).containsExactly(copy(2, 0, 1));
    assertThat(added(2, 0)).isEmpty();
    assertThat(tick(2)).containsExactly(new LetWorkerGo(1));
  }

  @Test
  void whenTheTimeIsOverItIsSaidWhatGoesWithALeavingWorker() {
    graph.row();
    start(2);
    make(1, 0, MB);
    apply(new SchedulerEvent.WorkerLeaving(1));
    notAdded(2, 0, 1);

    assertThat(tick(31))
        .contains(new ReportLeftBehind(1, Longs.of(task(0)), MB), new LetWorkerGo(1));
    assertThat(tick(32)).doesNotContain(new ReportLeftBehind(1, Longs.of(task(0)), MB));
  }

  // ---- words for it ----------------------------------------------------------------------------

  private void start(int workers) {
    for (int worker = 1; worker <= workers; worker++) {
      join(worker);
    }
    graph.append();
    apply(new SchedulerEvent.GraphAdded(GRAPH, graph.rows));
  }

  private List<SchedulerInstruction> join(int worker) {
    return apply(
        new SchedulerEvent.WorkerJoined(
            worker, new WorkerId("w" + worker, 1), "host", 2, Long.MAX_VALUE, Map.of()));
  }

  private List<SchedulerInstruction> scatter(int copies, boolean kept, long... sizes) {
    return apply(
        new SchedulerEvent.ValuesScattered(GRAPH, CLIENT, Longs.of(sizes), copies, Set.of(), kept));
  }

  /** A worker makes a row's result: the one that was chosen, or first this one. */
  private void make(int worker, int row, long bytes) {
    if (state.state(task(row)) == SlotState.UNKNOWN) {
      ready(row);
    }
    int on = state.processingOn(task(row));
    assertThat(on).as("worker of row %d", row).isEqualTo(worker);
    apply(
        new SchedulerEvent.TasksFinished(
            on,
            tasks(row),
            Ints.of(state.run(task(row))),
            Longs.of(bytes),
            Longs.of(SECOND),
            null));
  }

  private List<SchedulerInstruction> ready(int... rows) {
    int[] runs = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      runs[i] = state.run(task(rows[i]));
    }
    return apply(new SchedulerEvent.RunsReady(GRAPH, Ints.of(rows), Ints.of(runs), Ints.EMPTY));
  }

  private List<SchedulerInstruction> want(long request, int copies, int... rows) {
    return apply(new SchedulerEvent.CopiesWanted(request, tasks(rows), copies));
  }

  private List<SchedulerInstruction> added(int worker, int... rows) {
    return apply(new SchedulerEvent.ReplicasAdded(worker, tasks(rows)));
  }

  private List<SchedulerInstruction> notAdded(int worker, int row, int holder) {
    return apply(new SchedulerEvent.ReplicasNotAdded(worker, Longs.of(task(row)), Ints.of(holder)));
  }

  private void release(int row) {
    apply(new SchedulerEvent.ReplicasReleased(GRAPH, Ints.of(row)));
  }

  private List<SchedulerInstruction> lose(int worker) {
    return apply(new SchedulerEvent.WorkerLost(worker, "killed", Longs.EMPTY));
  }

  private List<SchedulerInstruction> tick(int seconds) {
    now = seconds * SECOND;
    for (int worker : state.workers()) {
      state.apply(
          new SchedulerEvent.WorkerBeat(
              worker, false, Digest.EMPTY, Digest.EMPTY, MemoryLevel.ENOUGH),
          now);
    }
    return apply(new SchedulerEvent.ClockTicked());
  }

  private List<SchedulerInstruction> apply(SchedulerEvent event) {
    state.apply(event, now);
    state.verify();
    List<SchedulerInstruction> instructions = state.flush(now);
    state.verify();
    return instructions;
  }

  private static Longs tasks(int... rows) {
    Longs tasks = new Longs();
    for (int row : rows) {
      tasks.add(task(row));
    }
    return tasks;
  }

  private static long task(int row) {
    return Task.of(GRAPH, row);
  }

  private static AcquireReplicas copy(int worker, int row, int from) {
    return new AcquireReplicas(worker, Longs.of(task(row)), Ints.of(from));
  }

  private static TellGraph arrived(int worker, int row, long bytes) {
    return new TellGraph(
        GRAPH, new GraphEvent.ValuesArrived(worker, Ints.of(row), Longs.of(bytes)));
  }

  private static TellGraph lost(int worker, int row) {
    return new TellGraph(
        GRAPH,
        new GraphEvent.RunsLost(
            "w" + worker, Ints.EMPTY, Ints.EMPTY, Ints.EMPTY, "killed", Ints.of(row)));
  }
}

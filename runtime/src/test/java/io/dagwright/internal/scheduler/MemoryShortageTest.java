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
import io.dagwright.internal.wire.SchedulerInstruction.ComputeTasks;
import io.dagwright.internal.wire.SchedulerInstruction.ReportStall;
import io.dagwright.internal.wire.SchedulerInstruction.TellGraph;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TestGraph;
import io.dagwright.internal.wire.WorkerId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the scheduler does when workers are short of memory, or have none. */
class MemoryShortageTest {

  private static final int A = 1;
  private static final int B = 2;
  private static final int GRAPH = 5;
  private static final long SECOND = 1_000_000_000L;
  private static final long HEAP = 100 << 20;

  private final TestGraph graph = new TestGraph();
  private final SchedulerState state =
      new SchedulerState(SchedulerSettings.DEFAULT.withAheadDepth(0));
  private long now;

  @Test
  void whatIsDeclaredTravelsWithTheRun() {
    graph.row().row().with(Annotations.NONE.withMemory(7 << 20));
    start(join(A, 2));

    assertThat(ready(0, 1))
        .extracting(said -> ((ComputeTasks) said).memory())
        .containsExactly(Longs.of(0, 7 << 20));
  }

  @Test
  void whatRunsOfAPrefixReturnedIsExpectedOfTheNext() {
    graph.row().row();
    start(join(A, 1));
    ready(0);
    finish(A, 0, 30 << 20);

    assertThat(ready(1)).extracting(MemoryShortageTest::memoryOf).containsExactly(30L << 20);
  }

  @Test
  void aPausedWorkerGetsNothingUntilItGoesOn() {
    graph.row();
    start(join(A, 1));
    memory(A, MemoryLevel.PAUSED);

    assertThat(ready(0)).isEmpty();
    assertThat(state.why(Task.of(GRAPH, 0)))
        .isEqualTo(
            "Task [task-0] is ready but waits: all of 1 worker that may run it are paused for want"
                + " of memory. They go on by themselves when results are released or written to"
                + " files; 'dagwright status' shows what takes their heaps.");
    assertThat(memory(A, MemoryLevel.ENOUGH)).hasSize(1).first().isInstanceOf(ComputeTasks.class);
  }

  @Test
  void aBeatAloneTellsOfAPause() {
    graph.row();
    start(join(A, 1), join(B, 1));
    apply(new SchedulerEvent.WorkerBeat(A, false, Digest.EMPTY, Digest.EMPTY, MemoryLevel.PAUSED));

    ready(0);

    assertThat(state.processingOn(Task.of(GRAPH, 0))).isEqualTo(B);
  }

  @Test
  void returnedRunsGoBackToTheirGraph() {
    graph.row().row();
    start(join(A, 2));
    ready(0, 1);

    Longs tasks = Longs.of(Task.of(GRAPH, 0), Task.of(GRAPH, 1));
    assertThat(apply(new SchedulerEvent.RunsReturned(A, tasks, Ints.of(1, 1))))
        .containsExactly(
            new TellGraph(
                GRAPH,
                new GraphEvent.RunsLost(
                    "a", Ints.of(0, 1), Ints.of(1, 1), Ints.EMPTY, "returned", Ints.EMPTY)));
    assertThat(state.runsOn(A)).isZero();
  }

  @Test
  void rootsAreWithheldWhereMemoryIsShortUnlessNothingRuns() {
    graph.row().row().row();
    start(join(A, 2));
    memory(A, MemoryLevel.SHORT);

    assertThat(ready(0, 1)).hasSize(1);
    assertThat(state.runsOn(A)).isEqualTo(1);
    finish(A, 0, 8);
    assertThat(state.runsOn(A)).isEqualTo(1);
  }

  @Test
  void whatFreesMemoryDoesNotWaitBehindRoots() {
    graph.row().row().row(0);
    start(join(A, 1));
    ready(0);
    finish(A, 0, 8);
    memory(A, MemoryLevel.SHORT);
    ready(1);

    assertThat(ready(2)).hasSize(1);
    assertThat(state.processingOn(Task.of(GRAPH, 2))).isEqualTo(A);
  }

  @Test
  void inputsThatFitNowhereAreRefusedWithTheNumbers() {
    graph.row().row().row(0, 1);
    start(join(A, 2));
    ready(0, 1);
    finish(A, 0, HEAP);
    finish(A, 1, HEAP);

    List<SchedulerInstruction> said = ready(2);

    assertThat(said).hasSize(1);
    TaskFailure failure = failure(said);
    assertThat(failure.kind()).isEqualTo(TaskFailure.Kind.INPUTS_TOO_LARGE);
    assertThat(failure.message())
        .isEqualTo(
            "Task [task-2] cannot run: Its inputs take 209.7 MB, and the largest heap of any worker"
                + " is 104.9 MB. Make partitions smaller, reduce in a tree instead of at once, or"
                + " start a worker with -Xmx300m or more.");
  }

  @Test
  void whenEveryoneIsPausedTheTaskThatFreesMostRunsAllTheSame() {
    graph.row().row().row(0).row(1);
    start(join(A, 1), join(B, 1));
    ready(0, 1);
    finish(state.processingOn(Task.of(GRAPH, 0)), 0, 10 << 20);
    finish(state.processingOn(Task.of(GRAPH, 1)), 1, 20 << 20);
    memory(A, MemoryLevel.PAUSED);
    memory(B, MemoryLevel.PAUSED);
    assertThat(ready(2, 3)).isEmpty();

    assertThat(tick(1)).isEmpty();
    List<SchedulerInstruction> said = tick(3);

    assertThat(said).hasSize(2);
    assertThat(said).hasAtLeastOneElementOfType(ReportStall.class);
    assertThat(memoryOf(said.get(1))).isEqualTo(SchedulerInstruction.WHATEVER_IT_TAKES);
    assertThat(((ComputeTasks) said.get(1)).tasks()).isEqualTo(Longs.of(Task.of(GRAPH, 3)));
    assertThat(tick(10)).as("one at a time").isEmpty();
    int on = state.processingOn(Task.of(GRAPH, 3));
    assertThat(finish(on, 3, 8)).as("then the next, at once").hasSize(2);
  }

  @Test
  void itRunsOnAWorkerWhoseHeapHasRoomForItsInputs() {
    graph.row().row(0);
    start(join(B, 1));
    ready(0);
    finish(B, 0, HEAP / 2);
    apply(join(A, 1, HEAP / 4));
    memory(A, MemoryLevel.PAUSED);
    memory(B, MemoryLevel.PAUSED);
    ready(1);
    tick(1);
    tick(3);

    assertThat(state.processingOn(Task.of(GRAPH, 1))).isEqualTo(B);
  }

  @Test
  void whenNothingHelpsTheLargestTaskFails() {
    graph.row().row(0);
    start(join(A, 1));
    ready(0);
    finish(A, 0, 10 << 20);
    memory(A, MemoryLevel.PAUSED);
    ready(1);
    tick(1);
    tick(5);
    List<SchedulerInstruction> said = List.of();
    for (int run = 1; run <= 5; run++) {
      assertThat(state.processingOn(Task.of(GRAPH, 1))).isEqualTo(A);
      apply(new SchedulerEvent.InputsMissing(A, Task.of(GRAPH, 1), run, Longs.EMPTY, Ints.EMPTY));
      said = apply(new SchedulerEvent.RunsReady(GRAPH, Ints.of(1), Ints.of(run + 1), Ints.EMPTY));
    }

    TaskFailure failure = failure(said);

    assertThat(failure.kind()).isEqualTo(TaskFailure.Kind.MEMORY_DEADLOCK);
    assertThat(failure.message()).contains("[task-1]", "needs 21.0 MB", "10.5 MB are held");
  }

  // ---- in short
  // ------------------------------------------------------------------------------------

  private static long memoryOf(SchedulerInstruction instruction) {
    Longs memory = ((ComputeTasks) instruction).memory();
    return memory.isEmpty() ? 0 : memory.get(memory.size() - 1);
  }

  private static TaskFailure failure(List<SchedulerInstruction> said) {
    TellGraph told = (TellGraph) said.get(0);
    return ((GraphEvent.TaskErred) told.event()).failure();
  }

  private void start(SchedulerEvent... workers) {
    graph.append();
    apply(new SchedulerEvent.GraphAdded(GRAPH, graph.rows));
    for (SchedulerEvent worker : workers) {
      apply(worker);
    }
  }

  private static SchedulerEvent join(int worker, int slots) {
    return join(worker, slots, HEAP);
  }

  private static SchedulerEvent join(int worker, int slots, long heapBytes) {
    String name = worker == A ? "a" : "b";
    return new SchedulerEvent.WorkerJoined(
        worker, new WorkerId(name, 1), name + ".example", slots, heapBytes, Map.of());
  }

  private List<SchedulerInstruction> memory(int worker, MemoryLevel level) {
    return apply(new SchedulerEvent.WorkerMemory(worker, level));
  }

  private List<SchedulerInstruction> ready(int... rows) {
    Ints runs = new Ints();
    for (int i = 0; i < rows.length; i++) {
      runs.add(1);
    }
    return apply(new SchedulerEvent.RunsReady(GRAPH, Ints.of(rows), runs, Ints.EMPTY));
  }

  private List<SchedulerInstruction> finish(int worker, int row, long bytes) {
    return apply(
        new SchedulerEvent.TasksFinished(
            worker,
            Longs.of(Task.of(GRAPH, row)),
            Ints.of(1),
            Longs.of(bytes),
            Longs.of(SECOND),
            null));
  }

  private List<SchedulerInstruction> tick(int seconds) {
    now += seconds * SECOND;
    apply(new SchedulerEvent.WorkerBeat(A, false, Digest.EMPTY, Digest.EMPTY, state.memoryOf(A)));
    apply(new SchedulerEvent.WorkerBeat(B, false, Digest.EMPTY, Digest.EMPTY, state.memoryOf(B)));
    return apply(new SchedulerEvent.ClockTicked());
  }

  private List<SchedulerInstruction> apply(SchedulerEvent event) {
    state.apply(event, now);
    state.verify();
    List<SchedulerInstruction> said = state.flush(now);
    state.verify();
    return said;
  }
}

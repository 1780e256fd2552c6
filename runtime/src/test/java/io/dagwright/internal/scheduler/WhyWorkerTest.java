package io.dagwright.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.ProcessEnd;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TestGraph;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;
import io.dagwright.internal.wire.WorkerId;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What people are told of a worker that is paused, slow, fine or dead. */
class WhyWorkerTest {

  private static final int WORKER = 1;
  private static final int GRAPH = 5;
  private static final long SECOND = 1_000_000_000L;
  private static final long MB = 1_000_000;

  private final TestGraph graph = new TestGraph().row().row().row().row();
  private final SchedulerState state =
      new SchedulerState(SchedulerSettings.DEFAULT.withAheadDepth(0));
  private final Vitals vitals = new Vitals();
  private long now;

  @Test
  void nobodyKnowsAWorkerThatIsNotThere() {
    assertThat(state.whyWorker(WORKER, vitals, now)).isEmpty();
  }

  @Test
  void aWorkerThatIsFineSaysSo() {
    start(2);
    ready(0);

    assertThat(why(memory(10, 5, 0), WorkerFigures.NONE))
        .isEqualTo(
            "Worker [w@host] is fine: it has 1 run for 2 slots, and of a heap of 100.0 MB, results"
                + " take 10.0 MB and what else is alive 5.0 MB.");
  }

  @Test
  void aWorkerPausedByResultsNamesThoseThatTakeMost() {
    start(2);
    ready(0, 1);
    finish(0, 60 * MB);
    finish(1, 20 * MB);
    pause(MemoryLevel.PAUSED);

    assertThat(why(memory(80, 10, 0), WorkerFigures.NONE))
        .isEqualTo(
            "Worker [w@host] is paused for want of memory: of a heap of 100.0 MB, results take 80.0"
                + " MB and what else is alive 10.0 MB, and from 80.0 MB on it begins nothing. Of the"
                + " results it holds, in memory and in files, those of [task] take most: 80.0 MB of"
                + " 80.0 MB. It would have passed with a heap of 112.5 MB (-Xmx), or with partitions"
                + " of [task] of at most 53.3 MB instead of 60.0 MB.");
  }

  @Test
  void aWorkerPausedByWhatRunsNamesThePrefixThatRuns() {
    start(2);
    ready(0, 1);
    pause(MemoryLevel.PAUSED);

    assertThat(why(memory(0, 100, 0), WorkerFigures.NONE))
        .contains(
            "results take 0 B and what else is alive 100.0 MB",
            "Most of it is no result: of 2 runs there, 2 of [task] take most, as far as is known.",
            "a heap of 125.0 MB (-Xmx), or with partitions of [task] 80 % as large.");
  }

  @Test
  void aWorkerPausedByWhatNobodyRunsSaysWhatElseItMayBe() {
    start(1);
    pause(MemoryLevel.PAUSED);

    assertThat(why(memory(0, 90, 0), WorkerFigures.NONE))
        .contains("what tasks keep in static fields")
        .endsWith("It would have passed with a heap of 112.5 MB (-Xmx).");
  }

  @Test
  void aWorkerShortOfMemorySaysWhatWouldKeepAllInMemory() {
    start(1);
    ready(0);
    finish(0, 50 * MB);
    pause(MemoryLevel.SHORT);

    assertThat(why(memory(50, 10, 30), WorkerFigures.NONE))
        .isEqualTo(
            "Worker [w@host] is short of memory: results take 50.0 MB of its heap of 100.0 MB, where"
                + " they may take 40.0 MB, and 30.0 MB are in files; tasks without inputs wait. Of"
                + " the results it holds, in memory and in files, those of [task] take most: 50.0 MB"
                + " of 50.0 MB. All would stay in memory with a heap of 200.0 MB (-Xmx).");
  }

  @Test
  void aWorkerThatWritesMuchToFilesSaysHowMuchOfLate() {
    start(1);
    vitals.note(memory(40, 10, 0), figures(0, 0, WorkerFigures.NOTHING, 0, 500 * MB), now);
    now += 3 * SECOND;

    assertThat(why(memory(40, 10, 40), figures(0, 0, WorkerFigures.NOTHING, 0, 520 * MB)))
        .isEqualTo(
            "Worker [w@host] is busy with files: within 3.0 s it wrote 20.0 MB of results and read 0"
                + " B, which with a heap of 200.0 MB (-Xmx) would not be necessary.");
  }

  @Test
  void whatWasWrittenLongAgoDoesNotMatterAnyMore() {
    start(1);
    for (int i = 0; i < 5; i++) {
      vitals.note(
          memory(40, 10, 0), figures(0, 0, WorkerFigures.NOTHING, 0, i == 0 ? 0 : 500 * MB), now);
      now += 10 * SECOND;
    }

    assertThat(why(memory(40, 10, 0), figures(0, 0, WorkerFigures.NOTHING, 0, 500 * MB)))
        .contains("is fine");
  }

  @Test
  void aWorkerWhoseSlotsWaitForInputsSaysSo() {
    start(2);

    assertThat(why(memory(0, 0, 0), figures(3, 1, WorkerFigures.NOTHING, 0, 0)))
        .isEqualTo(
            "Worker [w@host] waits for inputs from other workers: 3 runs cannot begin, while 1 of 2"
                + " slots are busy.");
  }

  @Test
  void aRunThatTakesMuchLongerThanOthersIsNamed() {
    start(2);
    ready(0, 1);
    finish(0, 8);

    WorkerFigures figures = figures(0, 1, Task.of(GRAPH, 1), 95 * SECOND, 0);

    assertThat(why(memory(0, 0, 0), figures))
        .isEqualTo(
            "Worker [w@host] has run task [task-1] for 95.0 s, where others of [task] take about 1.0"
                + " s.");
    assertThat(why(memory(0, 0, 0), figures(0, 1, Task.of(GRAPH, 1), 2 * SECOND, 0)))
        .contains("is fine");
  }

  @Test
  void aWorkerThatSaysNothingAndLeavesTellsBoth() {
    start(1);
    state.apply(new SchedulerEvent.WorkerLeaving(WORKER), now);
    vitals.note(memory(0, 0, 0), WorkerFigures.NONE, now);

    assertThat(state.whyWorker(WORKER, vitals, now + 4 * SECOND))
        .isEqualTo(
            "Worker [w@host] has said nothing for 4.0 s: it is stopped, collects garbage, or cannot"
                + " be reached. It leaves as soon as others have what only it holds; it gets no new"
                + " work.");
  }

  @Test
  void aProcessEndedForItsMemoryTellsWhatItRanAndWhatItNeeded() {
    start(2);
    ready(0, 1, 2);
    finish(2, 30 * MB);
    vitals.note(memory(30, 40, 0), WorkerFigures.NONE, now);
    vitals.note(memory(0, 10, 0), WorkerFigures.NONE, now);

    assertThat(ended(new ProcessEnd(ProcessEnd.Cause.LIMIT, 190 * MB, 160 * MB, 152 * MB)))
        .isEqualTo(
            "It ran 2 tasks of [task]. Of its heap of 100.0 MB at most 70.0 MB were seen alive, 30.0"
                + " MB of these results. The process took at most 190.0 MB of 160.0 MB. It would"
                + " have passed with a limit of more than 200.0 MB (--memory), or with partitions of [task] of at most"
                + " 24.0 MB instead of 30.0 MB, or fewer slots.");
  }

  @Test
  void aProcessWithAFullHeapTellsWhatHeapItNeeded() {
    start(2);
    ready(0, 1, 2);
    finish(2, 30 * MB);
    vitals.note(memory(30, 50, 0), WorkerFigures.NONE, now);

    assertThat(ended(new ProcessEnd(ProcessEnd.Cause.HEAP, 120 * MB, 160 * MB, 152 * MB)))
        .endsWith(
            "It would have passed with a heap of more than 175.0 MB (-Xmx), or with partitions of [task] of at most"
                + " 17.1 MB instead of 30.0 MB, or fewer slots.");
  }

  @Test
  void aProcessThatSomebodyKilledIsNotSaidToHaveNeededMore() {
    start(2);
    ready(0);

    assertThat(ended(ProcessEnd.UNKNOWN)).isEqualTo("It ran 1 task of [task].");
    assertThat(state.whyEnded(Longs.EMPTY, vitals, ProcessEnd.UNKNOWN)).isEmpty();
  }

  // ---- in short
  // ------------------------------------------------------------------------------------

  private String ended(ProcessEnd end) {
    Longs tasks = new Longs();
    for (int row = 0; row < 2; row++) {
      if (state.processingOn(Task.of(GRAPH, row)) == WORKER) {
        tasks.add(Task.of(GRAPH, row));
      }
    }
    return state.whyEnded(tasks, vitals, end);
  }

  private String why(WorkerBytes bytes, WorkerFigures figures) {
    vitals.note(bytes, figures, now);
    state.apply(new SchedulerEvent.WorkerMemory(WORKER, state.memoryOf(WORKER)), now);
    return state.whyWorker(WORKER, vitals, now);
  }

  /** Of a heap of 100 MB, of which results may take 40, and which is too much from 80 on. */
  private static WorkerBytes memory(long managed, long unmanaged, long spilled) {
    return new WorkerBytes(
        managed * MB, unmanaged * MB, spilled * MB, 100 * MB, -1, 0, 40 * MB, 80 * MB);
  }

  private static WorkerFigures figures(
      int waiting, int handed, long longest, long longestNanos, long spillBytes) {
    return new WorkerFigures(
        waiting, handed, longest, longestNanos, 1, spillBytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  private void start(int slots) {
    graph.append();
    apply(new SchedulerEvent.GraphAdded(GRAPH, graph.rows));
    apply(
        new SchedulerEvent.WorkerJoined(
            WORKER, new WorkerId("w", 1), "host", slots, 100 * MB, Map.of()));
  }

  private void pause(MemoryLevel level) {
    apply(new SchedulerEvent.WorkerMemory(WORKER, level));
  }

  private void ready(int... rows) {
    Ints runs = new Ints();
    for (int i = 0; i < rows.length; i++) {
      runs.add(1);
    }
    apply(new SchedulerEvent.RunsReady(GRAPH, Ints.of(rows), runs, Ints.EMPTY));
  }

  private void finish(int row, long bytes) {
    apply(
        new SchedulerEvent.TasksFinished(
            WORKER,
            Longs.of(Task.of(GRAPH, row)),
            Ints.of(1),
            Longs.of(bytes),
            Longs.of(SECOND),
            null));
  }

  private void apply(SchedulerEvent event) {
    state.apply(event, now);
    state.flush(now);
    state.verify();
  }
}

package io.dagwright.internal.actor;

import io.dagwright.internal.telemetry.StepLog;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Step;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.Wording;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened to tasks of late, for people who ask by name: also of graphs that have ended and of
 * workers that are gone, as far as their names are remembered. Runs in the scheduler's actor.
 */
final class Stories {

  /** Names of so many workers, and of the rows of so many graphs that ended, are remembered. */
  private static final int WORKERS_MAX = 1024;

  private static final int GRAPHS_MAX = 64;

  private final StepLog log;
  private final WorkerEnds ends;
  private final Map<Integer, String> workerNames = bounded(WORKERS_MAX);
  private final Map<Integer, Named> ended = bounded(GRAPHS_MAX);

  /** Steps that workers had no room for until they could tell of them. */
  private long droppedByWorkers;

  /** A graph, and what its rows are called; null for the one that is live. */
  private record Named(int ordinal, String name, GraphRows rows, @Nullable GraphEntry live) {}

  Stories(StepLog log, WorkerEnds ends) {
    this.log = log;
    this.ends = ends;
  }

  private static <V> Map<Integer, V> bounded(int most) {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<Integer, V> eldest) {
        return size() > most;
      }
    };
  }

  void onWorker(WorkerPeer worker) {
    workerNames.put(worker.ordinal, worker.id.name());
  }

  void onGraphEnded(GraphEntry graph) {
    if (!log.isOff()) {
      ended.put(
          graph.ordinal,
          new Named(graph.ordinal, graph.opened.name(), graph.rows.namesOnly(), null));
    }
  }

  /** A worker tells what it did with results; that was just now, or up to a beat ago. */
  void onNoted(int worker, ToScheduler.Noted noted, long nowNanos) {
    droppedByWorkers += noted.dropped();
    for (int i = 0; i < noted.tasks().size(); i++) {
      if (Step.isKnown(noted.steps().get(i))) {
        log.onStep(
            noted.tasks().get(i),
            Step.Listener.NO_PREFIX,
            worker,
            Step.of(noted.steps().get(i)),
            noted.bytes().get(i),
            nowNanos);
      }
    }
  }

  /** Everything that is remembered of tasks with this key, oldest first. */
  Handshake.Story of(
      String key, Graphs graphs, Map<Integer, WorkerPeer> workers, long nowNanos, long nowMillis) {
    List<Named> candidates = new ArrayList<>(ended.values());
    for (GraphEntry live : graphs.all()) {
      candidates.add(new Named(live.ordinal, live.opened.name(), live.rows, live));
    }
    List<Handshake.StoryLine> lines = new ArrayList<>();
    for (Named graph : candidates) {
      int row = graph.rows.row(key);
      List<StepLog.Line> steps = row < 0 ? List.of() : log.of(Task.of(graph.ordinal, row));
      if (steps.stream().allMatch(step -> graph.rows.mayBe(row, step.prefix(), key))) {
        for (StepLog.Line step : steps) {
          long atMillis = nowMillis - (nowNanos - step.atNanos()) / 1_000_000;
          lines.add(line(graph, row, step, atMillis, workers));
        }
      }
    }
    lines.sort(Comparator.comparingLong(Handshake.StoryLine::atMillis));
    return new Handshake.Story(lines, log.dropped() + droppedByWorkers, !log.isOff());
  }

  private Handshake.StoryLine line(
      Named graph, int row, StepLog.Line step, long atMillis, Map<Integer, WorkerPeer> workers) {
    String worker = workerNames.getOrDefault(step.worker(), "");
    return new Handshake.StoryLine(
        atMillis,
        graph.name,
        step.step(),
        worker,
        step.bytes(),
        why(graph, row, step, worker, workers.containsKey(step.worker())));
  }

  private String why(Named graph, int row, StepLog.Line step, String worker, boolean isWorkerHere) {
    return switch (step.step()) {
      case FAILED -> {
        GraphEntry live = graph.live;
        TaskFailure failure = live == null ? null : live.state.failure(row);
        yield failure == null ? "" : failure.message();
      }
      case RUN_LOST, RESULT_LOST -> isWorkerHere ? "" : Wording.firstLine(ends.exitOf(worker));
      default -> "";
    };
  }
}

package io.dagwright.bench;

import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.scheduler.SchedulerSettings;
import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerId;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.worker.WorkerSettings;
import io.dagwright.internal.worker.WorkerState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * One graph on the real machines, without actors, network or threads: every message arrives at
 * once, every task and every transfer ends as soon as it is begun. What is left is what deciding
 * costs.
 */
final class VirtualRun {

  private static final int GRAPH = 100;
  private static final int FIRST_WORKER = 1;
  private static final long RUN_NANOS = 1_000;
  private static final long RESULT_BYTES = 16;

  private final GraphRows rows = new GraphRows();
  private final GraphState graph =
      new GraphState(GRAPH, rows, new GraphState.Policy(3, true, false));
  private final SchedulerState scheduler;
  private final List<WorkerState> workers = new ArrayList<>();
  private final Queue<GraphEvent> mail = new ArrayDeque<>();
  private long nowNanos;
  private int announced;

  VirtualRun(int workerCount, int aheadDepth) {
    scheduler = new SchedulerState(SchedulerSettings.DEFAULT.withAheadDepth(aheadDepth));
    scheduler.apply(new SchedulerEvent.GraphAdded(GRAPH, rows), nowNanos);
    for (int i = 0; i < workerCount; i++) {
      int ordinal = FIRST_WORKER + i;
      WorkerId id = new WorkerId("worker-" + i, 1);
      scheduler.apply(
          new SchedulerEvent.WorkerJoined(ordinal, id, "here", 1, Long.MAX_VALUE, Map.of()),
          nowNanos);
      workers.add(new WorkerState(ordinal, WorkerSettings.ofSlots(1)));
    }
  }

  /** Runs a graph; its blocks come from {@link #blocks}. */
  void run(List<GraphRows.Block> blocks, int outputs) {
    rows.addTables(List.of("task"), List.of());
    for (GraphRows.Block block : blocks) {
      int from = rows.size();
      rows.append(block);
      graph.apply(new GraphEvent.RowsAdded(from, rows.size(), Ints.of(block.outputs())));
    }
    graph.apply(new GraphEvent.RowsSealed());
    while (announced < outputs) {
      int before = announced;
      boolean moved = stepGraph();
      moved |= stepScheduler();
      for (int i = 0; i < workers.size(); i++) {
        moved |= stepWorker(i);
      }
      if (!moved && announced == before) {
        throw new IllegalStateException("stuck with " + graph.unfinished() + " tasks to go");
      }
    }
  }

  /** A graph as a client sends it. */
  static List<GraphRows.Block> blocks(TaskGraph graph) {
    TaskGraph.Columns columns = graph.columns();
    int[] outputs = Arrays.stream(columns.outputs()).sorted().toArray();
    List<GraphRows.Block> blocks = new ArrayList<>();
    for (int first = 0; first < graph.size(); first += GraphRows.BLOCK) {
      int end = Math.min(graph.size(), first + GraphRows.BLOCK);
      int[] offsets = Arrays.copyOfRange(columns.inputOffsets(), first, end + 1);
      int[] inputs = Arrays.copyOfRange(columns.inputs(), offsets[0], offsets[end - first]);
      int start = offsets[0];
      Arrays.setAll(offsets, i -> offsets[i] - start);
      int from = first;
      blocks.add(
          new GraphRows.Block(
              first,
              offsets,
              inputs,
              new int[end - first],
              new int[end - first],
              null,
              new byte[0],
              null,
              Arrays.stream(outputs).filter(row -> row >= from && row < end).toArray()));
    }
    return blocks;
  }

  private boolean stepGraph() {
    for (GraphEvent event = mail.poll(); event != null; event = mail.poll()) {
      graph.apply(event);
    }
    List<GraphInstruction> instructions = graph.flush();
    for (GraphInstruction instruction : instructions) {
      if (instruction instanceof GraphInstruction.RunTasks it) {
        tell(new SchedulerEvent.RunsReady(GRAPH, it.rows(), it.runs(), it.alone()));
      } else if (instruction instanceof GraphInstruction.ReleaseReplicas it) {
        tell(new SchedulerEvent.ReplicasReleased(GRAPH, it.rows()));
      } else if (instruction instanceof GraphInstruction.WithdrawRuns it) {
        tell(new SchedulerEvent.RunsWithdrawn(GRAPH, it.rows(), it.runs()));
      } else if (instruction instanceof GraphInstruction.AnnounceOutputs it) {
        announced += it.rows().size();
      } else {
        throw new IllegalStateException("unexpected: " + instruction);
      }
    }
    return !instructions.isEmpty();
  }

  private void tell(SchedulerEvent event) {
    nowNanos += RUN_NANOS;
    scheduler.apply(event, nowNanos);
  }

  private boolean stepScheduler() {
    List<SchedulerInstruction> instructions = scheduler.flush(nowNanos);
    for (SchedulerInstruction instruction : instructions) {
      if (instruction instanceof SchedulerInstruction.ComputeTasks it) {
        Ints priorities = Ints.of(new int[it.tasks().size()]);
        worker(it.worker())
            .apply(
                new WorkerEvent.TasksAssigned(
                    it.tasks(),
                    it.runs(),
                    it.inputCounts(),
                    it.inputs(),
                    it.holders(),
                    it.memory(),
                    priorities));
      } else if (instruction instanceof SchedulerInstruction.FreeKeys it) {
        worker(it.worker()).apply(new WorkerEvent.KeysFreed(it.tasks()));
      } else if (instruction instanceof SchedulerInstruction.CancelRuns it) {
        worker(it.worker()).apply(new WorkerEvent.RunsCancelled(it.tasks(), it.runs()));
      } else if (instruction instanceof SchedulerInstruction.TellGraph it) {
        mail.add(it.event());
      } else {
        throw new IllegalStateException("unexpected: " + instruction);
      }
    }
    return !instructions.isEmpty();
  }

  private WorkerState worker(int ordinal) {
    return workers.get(ordinal - FIRST_WORKER);
  }

  private boolean stepWorker(int index) {
    WorkerState worker = workers.get(index);
    int ordinal = FIRST_WORKER + index;
    List<WorkerInstruction> instructions = worker.flush();
    for (WorkerInstruction instruction : instructions) {
      if (instruction instanceof WorkerInstruction.Execute it) {
        for (int i = 0; i < it.tasks().size(); i++) {
          worker.apply(
              new WorkerEvent.TaskSucceeded(
                  it.tasks().get(i), it.runs().get(i), RESULT_BYTES, RUN_NANOS, null));
        }
      } else if (instruction instanceof WorkerInstruction.Fetch it) {
        long[] sizes = new long[it.tasks().size()];
        Arrays.fill(sizes, RESULT_BYTES);
        worker.apply(new WorkerEvent.InputsFetched(it.holder(), it.tasks(), Longs.of(sizes)));
      } else if (instruction instanceof WorkerInstruction.ReportFinished it) {
        tell(
            new SchedulerEvent.TasksFinished(
                ordinal, it.tasks(), it.runs(), it.sizes(), it.nanos(), it.inline()));
      } else if (instruction instanceof WorkerInstruction.ReportReplicas it) {
        tell(new SchedulerEvent.ReplicasAdded(ordinal, it.tasks()));
      } else if (!(instruction instanceof WorkerInstruction.Drop)) {
        throw new IllegalStateException("unexpected: " + instruction);
      }
    }
    return !instructions.isEmpty();
  }
}

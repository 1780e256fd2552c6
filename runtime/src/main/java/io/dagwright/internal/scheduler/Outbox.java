package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.SchedulerInstruction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What must be done, collected until the next flush. Each worker collects its own messages. */
final class Outbox {

  private List<SchedulerInstruction> instructions = new ArrayList<>();

  /** Rows and runs sent ahead, by graph. */
  private final Map<Integer, Ints> aheadRows = new LinkedHashMap<>();

  private final Map<Integer, Ints> aheadRuns = new LinkedHashMap<>();

  void add(SchedulerInstruction instruction) {
    instructions.add(instruction);
  }

  void tell(int graph, GraphEvent event) {
    instructions.add(new SchedulerInstruction.TellGraph(graph, event));
  }

  /** Its graph has to hear that a run was given to a worker before the graph asked for it. */
  void tellSentAhead(int graph, int row, int run) {
    aheadRows.computeIfAbsent(graph, key -> new Ints()).add(row);
    aheadRuns.computeIfAbsent(graph, key -> new Ints()).add(run);
  }

  /** Hands over all of it, in order: what was decided, what was sent ahead, worker by worker. */
  List<SchedulerInstruction> flush(Workers workers) {
    List<SchedulerInstruction> result = instructions;
    instructions = new ArrayList<>();
    aheadRows.forEach(
        (graph, rows) -> {
          Ints runs = aheadRuns.getOrDefault(graph, Ints.EMPTY);
          result.add(
              new SchedulerInstruction.TellGraph(graph, new GraphEvent.RunsSentAhead(rows, runs)));
        });
    aheadRows.clear();
    aheadRuns.clear();
    for (Worker worker : workers) {
      worker.flush(result);
    }
    return result;
  }
}

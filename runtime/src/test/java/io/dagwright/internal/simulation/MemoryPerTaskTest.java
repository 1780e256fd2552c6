package io.dagwright.internal.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.scheduler.SchedulerSettings;
import io.dagwright.internal.scheduler.SchedulerState;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.SchedulerEvent;
import io.dagwright.internal.wire.Task;
import java.lang.ref.Reference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A task costs the scheduler's node at most 200 bytes, whatever the graph looks like. */
@Tag("slow")
class MemoryPerTaskTest {

  private static final int TASKS = 1_000_000;
  private static final int MOST_BYTES = 200;

  @Test
  void aMillionIrregularTasksTakeAtMost200BytesEach() {
    Throughput.Shape shape = Throughput.layers(TASKS);
    long before = usedBytes();

    GraphRows rows = new GraphRows();
    GraphState graph = new GraphState(0, rows, new GraphState.Policy(3, false, false));
    SchedulerState scheduler = new SchedulerState(SchedulerSettings.DEFAULT);
    scheduler.apply(new SchedulerEvent.GraphAdded(0, rows), 0);
    rows.addTables(java.util.List.of("task"), java.util.List.of());
    Throughput.append(shape, rows, graph);
    graph.flush();
    for (int row = 0; row < TASKS; row += GraphRows.BLOCK) {
      scheduler.run(Task.of(0, row)); // Makes the page of the scheduler's slab.
    }

    double each;
    try {
      each = (usedBytes() - before) / (double) TASKS;
    } finally {
      Reference.reachabilityFence(graph);
      Reference.reachabilityFence(scheduler);
      Reference.reachabilityFence(shape);
    }
    assertThat(each).isBetween(20.0, (double) MOST_BYTES);
  }

  private static long usedBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}

package io.dagwright.internal.simulation;

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
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerId;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.worker.WorkerSettings;
import io.dagwright.internal.worker.WorkerState;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What the three machines cost per task, wired directly: no network, no threads, no user code. A
 * main, not a test: {@code Throughput [rows [workers [repeats]]]}. Prints nanoseconds per task, in
 * all and by machine.
 */
public final class Throughput {

  private static final int SLOTS = 4;

  private final GraphRows rows = new GraphRows();
  private final GraphState graph = new GraphState(0, rows, new GraphState.Policy(3, false, false));
  private final SchedulerState scheduler = new SchedulerState(SchedulerSettings.DEFAULT);
  private final List<WorkerState> workers = new ArrayList<>();
  private final Deque<SchedulerEvent> toScheduler = new ArrayDeque<>();
  private final Deque<GraphEvent> toGraph = new ArrayDeque<>();
  private final List<Deque<WorkerEvent>> toWorkers = new ArrayList<>();
  private long graphNanos;
  private long schedulerNanos;
  private long workerNanos;
  private long executed;

  private Throughput(int workerCount) {
    rows.addTables(List.of("task"), List.of());
    for (int i = 0; i < workerCount; i++) {
      workers.add(new WorkerState(i, WorkerSettings.ofSlots(SLOTS)));
      toWorkers.add(new ArrayDeque<>());
      toScheduler.add(
          new SchedulerEvent.WorkerJoined(
              i, new WorkerId("w" + i, 1), "host" + i, SLOTS, Long.MAX_VALUE, Map.of()));
    }
    toScheduler.add(new SchedulerEvent.GraphAdded(0, rows));
  }

  public static void main(String[] arguments) {
    int size = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    int workers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4;
    int repeats = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
    for (int i = 0; i < repeats; i++) {
      run("C1 roots and a join", workers, roots(size));
      run("C2 chain", workers, chain(size));
      run("C4 random layers", workers, layers(size));
    }
  }

  /** Offsets and inputs of each row. */
  record Shape(int[] offsets, int[] inputs) {
    int size() {
      return offsets.length - 1;
    }
  }

  static Shape roots(int size) {
    int[] offsets = new int[size + 2];
    offsets[size + 1] = size;
    return new Shape(offsets, Ints.range(0, size).toArray());
  }

  static Shape chain(int size) {
    int[] offsets = new int[size + 1];
    for (int i = 1; i <= size; i++) {
      offsets[i] = i - 1;
    }
    return new Shape(offsets, Ints.range(0, size - 1).toArray());
  }

  /** Layers of 1,000 rows, each with one to four inputs of the layer before: 2.5 on average. */
  static Shape layers(int size) {
    SplittableRandom dice = new SplittableRandom(1);
    int width = 1000;
    int[] offsets = new int[size + 1];
    Ints inputs = new Ints(size * 5 / 2);
    for (int row = 0; row < size; row++) {
      int before = (row / width - 1) * width;
      for (int k = before < 0 ? 0 : 1 + dice.nextInt(4); k > 0; k--) {
        inputs.add(before + dice.nextInt(width));
      }
      offsets[row + 1] = inputs.size();
    }
    return new Shape(offsets, inputs.toArray());
  }

  /** Appends a shape in blocks; the last row is an output. */
  static void append(Shape shape, GraphRows rows, GraphState graph) {
    for (int from = 0; from < shape.size(); from += GraphRows.BLOCK) {
      int to = Math.min(shape.size(), from + GraphRows.BLOCK);
      int[] offsets = new int[to - from + 1];
      for (int i = from; i <= to; i++) {
        offsets[i - from] = shape.offsets[i] - shape.offsets[from];
      }
      int[] inputs =
          java.util.Arrays.copyOfRange(shape.inputs, shape.offsets[from], shape.offsets[to]);
      int count = to - from;
      int[] outputs = to == shape.size() ? new int[] {to - 1} : new int[0];
      rows.append(
          new GraphRows.Block(
              from,
              offsets,
              inputs,
              new int[count],
              new int[count],
              null,
              new byte[0],
              null,
              outputs));
      graph.apply(new GraphEvent.RowsAdded(from, to, Ints.of(outputs)));
    }
    graph.apply(new GraphEvent.RowsSealed());
  }

  /** Time this thread was really running, so that others on the machine count less. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void run(String name, int workerCount, Shape shape) {
    Throughput run = new Throughput(workerCount);
    long started = cpuNanos();
    append(shape, run.rows, run.graph);
    run.graphNanos = cpuNanos() - started;
    run.flushGraph();
    while (run.step()) {}
    if (run.executed < shape.size()) {
      throw new IllegalStateException("only " + run.executed + " tasks ran");
    }
    double count = shape.size();
    System.out.printf(
        Locale.ROOT,
        "%-20s %6.0f ns per task: graph %4.0f, scheduler %4.0f, workers %4.0f%n",
        name,
        (run.graphNanos + run.schedulerNanos + run.workerNanos) / count,
        run.graphNanos / count,
        run.schedulerNanos / count,
        run.workerNanos / count);
  }

  /** One turn of everybody who has mail. */
  private boolean step() {
    boolean any = false;
    if (!toScheduler.isEmpty()) {
      any = true;
      flushScheduler();
    }
    for (int i = 0; i < workers.size(); i++) {
      if (!toWorkers.get(i).isEmpty()) {
        any = true;
        flushWorker(i);
      }
    }
    if (!toGraph.isEmpty()) {
      any = true;
      flushGraph();
    }
    return any;
  }

  private void flushGraph() {
    long started = cpuNanos();
    for (GraphEvent event = toGraph.poll(); event != null; event = toGraph.poll()) {
      graph.apply(event);
    }
    List<GraphInstruction> said = graph.flush();
    graphNanos += cpuNanos() - started;
    for (GraphInstruction it : said) {
      if (it instanceof GraphInstruction.RunTasks run) {
        toScheduler.add(new SchedulerEvent.RunsReady(0, run.rows(), run.runs(), run.alone()));
      } else if (it instanceof GraphInstruction.ReleaseReplicas release) {
        toScheduler.add(new SchedulerEvent.ReplicasReleased(0, release.rows()));
      } else if (it instanceof GraphInstruction.WithdrawRuns withdraw) {
        toScheduler.add(new SchedulerEvent.RunsWithdrawn(0, withdraw.rows(), withdraw.runs()));
      }
    }
  }

  private void flushScheduler() {
    long started = cpuNanos();
    for (SchedulerEvent event = toScheduler.poll(); event != null; event = toScheduler.poll()) {
      scheduler.apply(event, started);
    }
    List<SchedulerInstruction> said = scheduler.flush(started);
    schedulerNanos += cpuNanos() - started;
    for (SchedulerInstruction it : said) {
      if (it instanceof SchedulerInstruction.ComputeTasks compute) {
        toWorkers
            .get(compute.worker())
            .add(
                new WorkerEvent.TasksAssigned(
                    compute.tasks(),
                    compute.runs(),
                    compute.inputCounts(),
                    compute.inputs(),
                    compute.holders(),
                    compute.memory(),
                    Ints.of(new int[compute.tasks().size()])));
      } else if (it instanceof SchedulerInstruction.FreeKeys free) {
        toWorkers.get(free.worker()).add(new WorkerEvent.KeysFreed(free.tasks()));
      } else if (it instanceof SchedulerInstruction.CancelRuns cancel) {
        toWorkers
            .get(cancel.worker())
            .add(new WorkerEvent.RunsCancelled(cancel.tasks(), cancel.runs()));
      } else if (it instanceof SchedulerInstruction.TellGraph tell) {
        toGraph.add(tell.event());
      }
    }
  }

  private void flushWorker(int number) {
    WorkerState worker = workers.get(number);
    Deque<WorkerEvent> mail = toWorkers.get(number);
    long started = cpuNanos();
    for (WorkerEvent event = mail.poll(); event != null; event = mail.poll()) {
      worker.apply(event);
    }
    List<WorkerInstruction> said = worker.flush();
    workerNanos += cpuNanos() - started;
    for (WorkerInstruction it : said) {
      if (it instanceof WorkerInstruction.Execute execute) {
        for (int i = 0; i < execute.tasks().size(); i++) {
          executed++;
          mail.add(
              new WorkerEvent.TaskSucceeded(
                  execute.tasks().get(i), execute.runs().get(i), 100, 2000, null));
        }
      } else if (it instanceof WorkerInstruction.Fetch fetch) {
        long[] sizes = new long[fetch.tasks().size()];
        java.util.Arrays.fill(sizes, 100);
        mail.add(new WorkerEvent.InputsFetched(fetch.holder(), fetch.tasks(), Longs.of(sizes)));
      } else if (it instanceof WorkerInstruction.ReportFinished report) {
        toScheduler.add(
            new SchedulerEvent.TasksFinished(
                number,
                report.tasks(),
                report.runs(),
                report.sizes(),
                report.nanos(),
                report.inline()));
      } else if (it instanceof WorkerInstruction.ReportMissing missing) {
        throw new IllegalStateException("input missing of " + Task.show(missing.task()));
      }
    }
  }
}

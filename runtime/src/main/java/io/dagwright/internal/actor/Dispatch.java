package io.dagwright.internal.actor;

import io.dagwright.graph.Annotations;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.ToWorker;
import java.util.List;

/**
 * Tells workers what to run: adds to the machine's choice what the rows of the graphs say of each
 * task, and sends each function once, ahead of the first run that needs it.
 */
final class Dispatch {

  private final Graphs graphs;
  private final Turn turn;

  Dispatch(Graphs graphs, Turn turn) {
    this.graphs = graphs;
    this.turn = turn;
  }

  void compute(WorkerPeer worker, SchedulerInstruction.ComputeTasks instruction) {
    int size = instruction.tasks().size();
    Ints functions = new Ints(size);
    Ints prefixes = new Ints(size);
    Ints priorities = new Ints(size);
    Longs timeouts = new Longs(size);
    Ints wanted = new Ints(size);
    Ints lengths = new Ints(size);
    ByteSink arguments = new ByteSink(size * 8);
    GraphEntry graph = null;
    for (int i = 0; i < size; i++) {
      long task = instruction.tasks().get(i);
      int row = Task.row(task);
      if (graph == null || graph.ordinal != Task.graph(task)) {
        graph = graphs.get(Task.graph(task));
      }
      if (graph == null) {
        throw new IllegalStateException("no graph for task " + Task.show(task));
      }
      GraphRows rows = graph.rows;
      define(worker, graph, rows.function(row));
      functions.add(rows.function(row));
      prefixes.add(rows.prefix(row));
      Annotations annotations = rows.annotations(row);
      priorities.add(annotations.priority());
      timeouts.add(annotations.timeout().toNanos());
      wanted.add(graph.wanted.get(row) ? 1 : 0);
      lengths.add(rows.argumentLength(row));
      arguments.putBytes(
          rows.argumentBytes(row), rows.argumentOffset(row), rows.argumentLength(row));
    }
    turn.say(
        worker,
        new ToWorker.Compute(
            instruction.tasks(),
            instruction.runs(),
            instruction.inputCounts(),
            instruction.inputs(),
            instruction.holders(),
            instruction.memory(),
            functions,
            prefixes,
            priorities,
            timeouts,
            wanted,
            lengths,
            arguments.toByteArray()));
  }

  /** Sends a function, and new prefixes, ahead of the first run that needs them. */
  private void define(WorkerPeer worker, GraphEntry graph, int function) {
    WorkerPeer.Known known = worker.known.get(graph.ordinal);
    if (known == null) {
      known = new WorkerPeer.Known();
      worker.known.put(graph.ordinal, known);
    }
    if (known.functions.get(function)
        && known.prefixes == graph.prefixes.size()
        && known.units == graph.units()) {
      return;
    }
    if (graph.code != null) {
      addCode(worker, graph.code);
    }
    known.units = graph.units();
    boolean isNew = !known.functions.get(function);
    known.functions.set(function);
    List<String> prefixes = graph.prefixes.subList(known.prefixes, graph.prefixes.size());
    turn.say(
        worker,
        new ToWorker.DefineGraph(
            graph.ordinal,
            graph.client.session,
            graph.code == null ? 0 : graph.code.number,
            known.prefixes,
            prefixes,
            isNew ? Ints.of(function) : Ints.EMPTY,
            isNew ? List.of(graph.functions.get(function)) : List.of()));
    known.prefixes = graph.prefixes.size();
  }

  private void addCode(WorkerPeer worker, EpochCode code) {
    int told = worker.code.getOrDefault(code, 0);
    code.units.subList(told, code.units.size()).forEach(unit -> turn.say(worker, unit));
    worker.code.put(code, code.units.size());
  }
}

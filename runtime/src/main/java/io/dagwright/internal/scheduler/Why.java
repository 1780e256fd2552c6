package io.dagwright.internal.scheduler;

import static io.dagwright.internal.wire.Wording.count;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Task;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Says in a sentence why a task does not run, or where it is; for people. Changes nothing. */
final class Why {

  private final Slabs slabs;
  private final Workers workers;
  private final Replicas replicas;
  private final Queues queues;

  Why(Slabs slabs, Workers workers, Replicas replicas, Queues queues) {
    this.slabs = slabs;
    this.workers = workers;
    this.replicas = replicas;
    this.queues = queues;
  }

  String of(long task) {
    Slab slab = slabs.get(Task.graph(task));
    int row = Task.row(task);
    if (slab == null || row >= slab.rows.size() || slab.rows.isDropped(row)) {
      return "The scheduler does not know this task; it ended and was forgotten, or never arrived.";
    }
    String key = "Task [" + slab.rows.keyName(row) + "]";
    return switch (slab.state(row)) {
      case MEMORY ->
          key + " has run; its result is in memory on " + names(replicas.holders(task)) + ".";
      case RELEASED -> key + " has run; its result was dropped because nobody needed it.";
      case PROCESSING -> key + " is with a worker: " + whereItRuns(slab, row);
      case QUEUED -> key + " is ready but waits: " + whyNotPlaced(queues.constraintOf(task));
      case UNKNOWN -> key + " is not ready: its graph still waits for its inputs.";
    };
  }

  private String names(Ints ordinals) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < ordinals.size(); i++) {
      text.append(i == 0 ? "[" : ", ").append(workers.get(ordinals.get(i)));
    }
    return text.append("]").toString();
  }

  private String whereItRuns(Slab slab, int row) {
    Worker on = workers.get(slab.worker(row));
    return on == null
        ? "one that is being given up."
        : "["
            + on
            + "], which has "
            + count(on.runs, "run")
            + " for "
            + count(on.slots, "slot")
            + ".";
  }

  private String whyNotPlaced(Constraint constraint) {
    if (workers.isEmpty()) {
      return "the cluster has no workers. Start one with 'dagwright worker'; the task goes on by"
          + " itself.";
    }
    List<Worker> staying = workers.staying();
    if (staying.isEmpty()) {
      return "of "
          + count(workers.size(), "worker")
          + " none stays. Start another; the task goes on by"
          + " itself.";
    }
    List<Worker> allowed = staying.stream().filter(w -> constraint.allows(w, workers)).toList();
    if (allowed.isEmpty()) {
      return "it is restricted to "
          + constraint.workers()
          + ", and of "
          + count(staying.size(), "worker")
          + " none has such a name or host. Start one, or allow other workers.";
    }
    List<Worker> able = allowed.stream().filter(w -> w.offers(constraint.resources())).toList();
    if (able.isEmpty()) {
      return "no worker offers "
          + constraint.resources()
          + "; the "
          + allowed.size()
          + " that may run it offer "
          + offers(allowed)
          + ". Start one with '--resources', or ask for less.";
    }
    if (able.stream().allMatch(Worker::isPaused)) {
      return "all of "
          + count(able.size(), "worker")
          + " that may run it are paused for want of memory. They go on by themselves when results"
          + " are released or written to files; 'dagwright status' shows what takes their heaps.";
    }
    if (able.stream().noneMatch(w -> w.hasFree(constraint.resources()))) {
      return "all of "
          + constraint.resources()
          + " is in use on the "
          + able.size()
          + " workers that offer it. It runs when one of their tasks ends.";
    }
    if (constraint.alone()) {
      return "a worker died while it ran, so it gets a worker to itself, and none of "
          + able.size()
          + " is idle yet.";
    }
    return "all slots of "
        + count(able.size(), "worker")
        + " are taken; tasks that wait: "
        + queues.size()
        + ".";
  }

  private static Set<String> offers(List<Worker> among) {
    Set<String> result = new TreeSet<>();
    among.forEach(w -> result.add(w.resources.isEmpty() ? "nothing" : w.resources.toString()));
    return result;
  }
}

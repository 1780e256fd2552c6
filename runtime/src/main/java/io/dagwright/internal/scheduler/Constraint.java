package io.dagwright.internal.scheduler;

import io.dagwright.graph.Annotations;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What a task asks of its worker, besides being alive.
 *
 * @param resources what it takes of the worker's resources while it runs
 * @param workers names or hosts of the workers it may run on; empty if any will do
 * @param anyWorker whether any worker will do as long as none of {@code workers} is there
 * @param alone whether nothing else may run there meanwhile
 */
record Constraint(
    Map<String, Double> resources, Collection<String> workers, boolean anyWorker, boolean alone) {

  static final Constraint NONE = new Constraint(Map.of(), List.of(), true, false);

  static Constraint of(Annotations annotations, boolean alone) {
    return new Constraint(
        annotations.resources(),
        List.copyOf(annotations.workers()),
        annotations.anyWorker(),
        alone);
  }

  /** Whether every worker will do, busy or not. */
  boolean isFree() {
    return resources.isEmpty() && workers.isEmpty() && !alone;
  }

  /** Whether the task may run on a worker, as far as names and hosts go. */
  boolean allows(Worker worker, Workers among) {
    return workers.isEmpty()
        || isNamed(worker)
        || (anyWorker && among.stream().noneMatch(this::isNamed));
  }

  private boolean isNamed(Worker worker) {
    return workers.contains(worker.id.name()) || workers.contains(worker.host);
  }
}

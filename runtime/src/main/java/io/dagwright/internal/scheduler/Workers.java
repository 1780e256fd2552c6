package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.LongMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The live workers, in the order of their ordinals. */
final class Workers implements Iterable<Worker> {

  private final List<Worker> inOrder = new ArrayList<>();
  private final LongMap<Worker> byOrdinal = new LongMap<>();

  void add(Worker worker) {
    remove(worker.ordinal);
    byOrdinal.put(worker.ordinal, worker);
    inOrder.add(~indexOf(worker.ordinal), worker);
  }

  /** Takes a worker out and returns it; null if it is not there. */
  @Nullable Worker remove(int ordinal) {
    Worker worker = byOrdinal.remove(ordinal);
    if (worker != null) {
      inOrder.remove(indexOf(ordinal));
    }
    return worker;
  }

  /** As {@link Collections#binarySearch}. */
  private int indexOf(int ordinal) {
    List<Integer> ordinals = inOrder.stream().map(worker -> worker.ordinal).toList();
    return Collections.binarySearch(ordinals, ordinal);
  }

  @Nullable Worker get(int ordinal) {
    return byOrdinal.get(ordinal);
  }

  int size() {
    return inOrder.size();
  }

  boolean isEmpty() {
    return inOrder.isEmpty();
  }

  Stream<Worker> stream() {
    return inOrder.stream();
  }

  /** The most any of those that a constraint allows can have on its heap; unlimited if none. */
  long mostMemoryBytes(Constraint constraint) {
    long most = -1;
    for (Worker worker : inOrder) {
      if (constraint.isFree() || constraint.allows(worker, this)) {
        most = Math.max(most, worker.memoryBytes);
      }
    }
    return most < 0 ? Long.MAX_VALUE : most;
  }

  /** Those that are not about to leave. */
  List<Worker> staying() {
    return inOrder.stream().filter(worker -> !worker.leaving).toList();
  }

  @Override
  public Iterator<Worker> iterator() {
    return inOrder.iterator();
  }
}

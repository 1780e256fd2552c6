package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.Ints;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which worker has most room for one more result. What it goes by is in {@link #fill} alone. */
final class Room {

  private final Workers workers;

  Room(Workers workers) {
    this.workers = workers;
  }

  /**
   * How full a worker is, with what is on its way to it: bytes of results per slot, as long as
   * workers do not say how much they can take.
   */
  static double fill(Worker worker) {
    return (worker.replicaBytes + worker.comingBytes) / worker.slots;
  }

  /**
   * The emptiest of the workers that stay, are allowed, and are not among {@code taken}; null if
   * there is none. Of workers that are equally empty, the one with fewer results per slot.
   *
   * @param only names or hosts of the workers allowed; empty means all
   * @param avoided one that is chosen only if there is no other
   */
  @Nullable Worker emptiest(Ints taken, Set<String> only, int avoided) {
    Worker best = null;
    for (Worker worker : workers) {
      if (worker.leaving
          || taken.contains(worker.ordinal)
          || !(only.isEmpty() || only.contains(worker.id.name()) || only.contains(worker.host))) {
        continue;
      }
      if (best == null
          || best.ordinal == avoided
          || (worker.ordinal != avoided && isEmptier(worker, best))) {
        best = worker;
      }
    }
    return best;
  }

  private static boolean isEmptier(Worker one, Worker other) {
    int byBytes = Double.compare(fill(one), fill(other));
    if (byBytes != 0) {
      return byBytes < 0;
    }
    return (double) (one.replicas + one.coming) / one.slots
        < (double) (other.replicas + other.coming) / other.slots;
  }
}

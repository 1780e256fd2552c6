package io.dagwright.internal.simulation;

import java.util.HashMap;
import java.util.Map;

/**
 * Delivers late, twice, or not at all; keeps order between any two hosts, as Artery does, and none
 * across pairs. Cuts are one-way.
 */
final class Network {

  private final VirtualTime time;
  private final double loss;
  private final double duplication;
  private final long delayNanos;
  private final Map<Long, Long> lastArrival = new HashMap<>();
  private final Map<Long, Long> cutUntil = new HashMap<>();
  private boolean calm;

  Network(VirtualTime time, double loss, double duplication, long delayNanos) {
    this.time = time;
    this.loss = loss;
    this.duplication = duplication;
    this.delayNanos = delayNanos;
  }

  void send(int from, int to, Runnable arrive) {
    if (isCut(from, to) || (!calm && time.chance(loss))) {
      return;
    }
    deliver(from, to, arrive);
    if (!calm && time.chance(duplication)) {
      deliver(from, to, arrive);
    }
  }

  private void deliver(int from, int to, Runnable arrive) {
    long delay = time.between(delayNanos / 4, delayNanos);
    if (!calm && time.chance(0.01)) {
      delay *= 50;
    }
    long pair = pair(from, to);
    long at = Math.max(time.now() + delay, lastArrival.getOrDefault(pair, 0L));
    lastArrival.put(pair, at);
    time.at(at, arrive);
  }

  void cut(int from, int to, long nanos) {
    cutUntil.merge(pair(from, to), time.now() + nanos, Math::max);
  }

  boolean isCut(int from, int to) {
    return !calm && cutUntil.getOrDefault(pair(from, to), 0L) > time.now();
  }

  long delay() {
    return time.between(delayNanos / 4, delayNanos);
  }

  /** From now on everything arrives, once. */
  void heal() {
    calm = true;
  }

  private static long pair(int from, int to) {
    return ((long) from << 32) | to;
  }
}

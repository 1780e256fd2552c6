package io.dagwright.internal.simulation;

import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** The clock, the dice and the agenda of one simulation. Nothing in it is left to chance. */
final class VirtualTime {

  static final long MICROS = 1_000;
  static final long MILLIS = 1_000_000;
  static final long SECONDS = 1_000_000_000;

  private record Entry(long at, long number, Runnable action) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
    }
  }

  /** A channel inside one process: nothing is lost, order is kept, but it may take a moment. */
  final class Mailbox {
    private long lastAt;

    void post(Runnable action) {
      lastAt = Math.max(lastAt, now + dice.nextLong(mailboxNanos));
      at(lastAt, action);
    }
  }

  private final SplittableRandom dice;
  private final long mailboxNanos;
  private final PriorityQueue<Entry> agenda = new PriorityQueue<>();
  private long now;
  private long entries;
  private long steps;

  VirtualTime(SplittableRandom dice) {
    this.dice = dice;
    mailboxNanos = 1 + (dice.nextInt(3) == 0 ? 5 * MILLIS : 50 * MICROS);
  }

  long now() {
    return now;
  }

  long steps() {
    return steps;
  }

  void at(long time, Runnable action) {
    agenda.add(new Entry(Math.max(time, now), entries++, action));
  }

  void after(long nanos, Runnable action) {
    at(now + nanos, action);
  }

  /** Does what is next; false if nothing is left to do. */
  boolean step() {
    Entry entry = agenda.poll();
    if (entry == null) {
      return false;
    }
    now = entry.at;
    steps++;
    entry.action.run();
    return true;
  }

  boolean chance(double probability) {
    return dice.nextDouble() < probability;
  }

  int below(int bound) {
    return dice.nextInt(bound);
  }

  int between(int least, int most) {
    return least + dice.nextInt(most - least + 1);
  }

  long between(long least, long most) {
    return least + dice.nextLong(most - least + 1);
  }
}

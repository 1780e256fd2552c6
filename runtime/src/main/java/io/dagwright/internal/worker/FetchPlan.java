package io.dagwright.internal.worker;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What to do about inputs that did not come: ask their holder again after a while, ask somebody
 * else to fetch them, or give up, so that the scheduler finds another holder or has them made anew.
 *
 * <p>Nobody is taken for dead here. Every plan ends. Not thread-safe.
 */
public final class FetchPlan {

  /** A holder that is busy is asked again after so long, then after twice as long, and so on. */
  static final long BUSY_NANOS = 50_000_000;

  static final long BUSY_NANOS_MAX = 2_000_000_000;
  static final int BUSY_TIMES = 12;

  /** A connection may have ended for reasons of its own: one more is made after so long. */
  static final long RECONNECT_NANOS = 100_000_000;

  static final int RELAYS_MAX = 3;

  private final Deque<Integer> relays = new ArrayDeque<>();
  private int busyTimes;
  private boolean reconnected;
  private @Nullable Integer relay;

  /** Why inputs did not come. */
  public enum Trouble {
    /** Whoever was asked sends too much else at the moment. */
    BUSY,
    /** No connection, or it ended or stood still. */
    UNREACHABLE,
    /** A checksum was wrong. */
    DAMAGED,
    /** It is not there, or not any more. */
    MISSING
  }

  /** What to do next. */
  public enum Kind {
    ASK,
    ASK_RELAY,
    GIVE_UP
  }

  /**
   * A step.
   *
   * @param delayNanos when to take it
   * @param relay whom to ask to fetch; -1 is the scheduler's node. Of {@link Kind#ASK_RELAY} only
   */
  public record Step(Kind kind, long delayNanos, int relay) {
    static final Step GIVE_UP = new Step(Kind.GIVE_UP, 0, 0);
  }

  /**
   * For inputs that one holder was asked for.
   *
   * @param relays whom else to ask, in this order; of many the first few are
   */
  public FetchPlan(Collection<Integer> relays) {
    relays.stream().limit(RELAYS_MAX).forEach(this.relays::add);
  }

  /** For inputs of a holder that could not be reached of late: others are asked at once. */
  public static FetchPlan throughOthers(Collection<Integer> relays) {
    FetchPlan plan = new FetchPlan(relays);
    plan.reconnected = true;
    return plan;
  }

  /** The same, for some of the inputs, which go on by themselves. */
  public FetchPlan copy() {
    FetchPlan copy = new FetchPlan(relays);
    copy.busyTimes = busyTimes;
    copy.reconnected = reconnected;
    copy.relay = relay;
    return copy;
  }

  /** What to do now that those asked last did not send it. */
  public Step after(Trouble trouble) {
    return switch (trouble) {
      case BUSY -> {
        if (busyTimes == BUSY_TIMES) {
          yield Step.GIVE_UP;
        }
        long delay = Math.min(BUSY_NANOS_MAX, BUSY_NANOS << busyTimes++);
        Integer asked = relay;
        yield asked == null ? new Step(Kind.ASK, delay, 0) : new Step(Kind.ASK_RELAY, delay, asked);
      }
      case UNREACHABLE -> {
        if (!reconnected) {
          reconnected = true;
          yield new Step(Kind.ASK, RECONNECT_NANOS, 0);
        }
        Integer next = relays.poll();
        relay = next;
        yield next == null ? Step.GIVE_UP : new Step(Kind.ASK_RELAY, 0, next);
      }
      case DAMAGED, MISSING -> Step.GIVE_UP;
    };
  }
}

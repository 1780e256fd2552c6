package io.dagwright.internal.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/**
 * Decides whether a worker process that ended is started again, and when. A pure function of what
 * it is told.
 *
 * <p>An end while tasks ran does not count as one of a crash loop: those tasks are charged with it,
 * and fail when they were charged too often. That breaks the loop, and the worker is not to blame.
 */
final class CrashLoop {

  private final SupervisorSettings.Restart settings;
  private final Deque<Long> ends = new ArrayDeque<>();
  private long pauseNanos;

  CrashLoop(SupervisorSettings.Restart settings) {
    this.settings = settings;
    this.pauseNanos = settings.firstPause().toNanos();
  }

  /**
   * Notes an end that nobody asked for.
   *
   * @param lived how long the process was there
   * @param excused whether tasks were running in it, or it ended in order, as when its cluster did
   * @return nanoseconds to wait before it is started again; empty if it should not be
   */
  OptionalLong onEnd(Duration lived, boolean excused, long nowNanos) {
    if (!excused) {
      ends.addLast(nowNanos);
    }
    while (!ends.isEmpty() && nowNanos - ends.getFirst() > settings.crashLoopWithin().toNanos()) {
      ends.removeFirst();
    }
    if (ends.size() >= settings.crashLoopEnds()) {
      return OptionalLong.empty();
    }
    if (lived.compareTo(settings.healthyAfter()) >= 0) {
      pauseNanos = settings.firstPause().toNanos();
      return OptionalLong.of(0);
    }
    long now = pauseNanos;
    pauseNanos = Math.min(settings.longestPause().toNanos(), pauseNanos * 2);
    return OptionalLong.of(now);
  }
}

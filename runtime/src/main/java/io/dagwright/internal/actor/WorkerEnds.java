package io.dagwright.internal.actor;

import io.dagwright.internal.wire.Wording;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How workers ended lately, for people who ask. Not thread-safe. */
final class WorkerEnds {

  /** Of so many workers the last end is remembered. */
  private static final int WORKERS_MAX = 256;

  private record End(String exit, String why, long atNanos) {}

  private final Map<String, End> ends =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, End> eldest) {
          return size() > WORKERS_MAX;
        }
      };

  private String youngest = "";

  /**
   * A worker ended.
   *
   * @param exit how, in a line and maybe further ones
   * @param why what is known besides, in sentences; may be empty
   */
  void note(String worker, String exit, String why, long nowNanos) {
    ends.remove(worker); // So that it becomes the youngest.
    ends.put(worker, new End(exit, why, nowNanos));
    youngest = worker;
  }

  /** How its last process ended, in a line and maybe further ones; empty if that is not known. */
  String exitOf(String worker) {
    End end = ends.get(worker);
    return end == null ? "" : end.exit;
  }

  /** How the last process ended of which anything is known, as above; empty if none did. */
  String last(long nowNanos) {
    return ends.isEmpty() ? "" : of(youngest, nowNanos);
  }

  /** How it ended the last time, in a sentence and further lines; empty if it never did. */
  String of(String worker, long nowNanos) {
    End end = ends.get(worker);
    return end == null
        ? ""
        : "The last process of worker ["
            + worker
            + "] ended "
            + TimeUnit.NANOSECONDS.toSeconds(nowNanos - end.atNanos)
            + " s ago: "
            + Wording.firstLine(end.exit)
            + (end.why.isEmpty() ? "" : ". " + end.why)
            + Wording.furtherLines(end.exit);
  }
}

package io.dagwright.internal.executor;

import org.jspecify.annotations.Nullable;

/** Told by the pool's threads what became of each run. Thread-safe. */
public interface SlotListener {

  /**
   * A run ended well; called once per run that does.
   *
   * @param nanos how long it took
   * @param more whether enough is queued to keep every slot busy for another run
   */
  void onSucceeded(SlotRun run, @Nullable Object result, long nanos, boolean more);

  /**
   * A run ended badly or was cancelled before it began; called once per run that does.
   *
   * @param end why
   */
  void onThrew(SlotRun run, Throwable thrown, End end);

  /**
   * There was no room on the heap for a run. When this returns it is tried once more, alone; so
   * this should make room.
   */
  void onOutOfMemory(SlotRun run);

  /** A run waits and has given its slot back. */
  void onBlocked(SlotRun run);

  /** A run that waited goes on. */
  void onUnblocked(SlotRun run);

  /** How a run that did not end well ended. */
  enum End {
    /** The user's code threw. */
    THREW,
    /** It took longer than it may. */
    TIMED_OUT,
    /** Nobody wanted it any more. */
    CANCELLED,
    /** There was no room on the heap, also when it ran alone. */
    OUT_OF_MEMORY
  }
}

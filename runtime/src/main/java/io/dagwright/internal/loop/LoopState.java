package io.dagwright.internal.loop;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decides how many calls a loop takes from its input, and in which batches it hands them over.
 *
 * <p>The owner asks {@link #wanted}, takes so many calls, says how many there were, and hands over
 * batches as long as {@link #dispatch} gives one. Invariants: no more batches are in flight than
 * allowed, and nothing is taken that cannot be handed over but for the rest of one round. Not
 * thread-safe.
 */
public final class LoopState {

  /** Towards the end batches are made so much smaller, so that all jobs end together. */
  private static final int TAIL_PARTS = 10;

  private final int jobs;
  private final int fixedSize;
  private final int inFlightMax;
  private final BatchSize automatic = new BatchSize();
  private final Deque<Integer> cut = new ArrayDeque<>();
  private int inFlight;
  private int asked;
  private boolean inputEnded;

  /**
   * Begins a loop.
   *
   * @param jobs how many batches run at a time, 1 or more
   * @param batchSize calls per batch; 0 for as many as take a good time
   * @param inFlightMax batches handed over at a time, 1 or more
   */
  public LoopState(int jobs, int batchSize, int inFlightMax) {
    this.jobs = jobs;
    this.fixedSize = batchSize;
    this.inFlightMax = Math.max(1, inFlightMax);
  }

  /** How many calls to take from the input now; 0 for none. */
  public int wanted() {
    if (inputEnded || !cut.isEmpty() || inFlight >= inFlightMax) {
      return 0;
    }
    int size = size();
    asked =
        size == 1
            ? Math.min(jobs, inFlightMax - inFlight)
            : (int) Math.min(Integer.MAX_VALUE, (long) size * jobs);
    return asked;
  }

  /** So many calls were taken; fewer than wanted means there are no more. */
  public void taken(int count) {
    inputEnded = count < asked;
    int size = inputEnded ? Math.max(1, count / (TAIL_PARTS * jobs)) : size();
    for (int left = count; left > 0; left -= size) {
      cut.add(Math.min(left, size));
    }
  }

  /** The size of the batch to hand over now; 0 for none. */
  public int dispatch() {
    if (cut.isEmpty() || inFlight >= inFlightMax) {
      return 0;
    }
    inFlight++;
    return cut.remove();
  }

  /** A batch has ended well. */
  public void ended(int calls, long nanos) {
    inFlight--;
    automatic.ended(calls, nanos);
  }

  /** Whether all calls have been taken. */
  public boolean isInputEnded() {
    return inputEnded;
  }

  /** Whether every call has been made. */
  public boolean isDone() {
    return inputEnded && cut.isEmpty() && inFlight == 0;
  }

  private int size() {
    return fixedSize > 0 ? fixedSize : automatic.next();
  }
}

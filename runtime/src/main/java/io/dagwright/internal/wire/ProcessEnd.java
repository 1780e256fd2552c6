package io.dagwright.internal.wire;

/**
 * What whoever watched a worker's process knows of its end, besides words.
 *
 * @param cause what ended it
 * @param peakBytes the most it was seen to take, heap and all; 0 if that is not known
 * @param limitBytes what it might take; 0 if that is not known
 * @param endedAtBytes when it takes so much it is ended; 0 if that is not known
 */
public record ProcessEnd(Cause cause, long peakBytes, long limitBytes, long endedAtBytes) {

  public static final ProcessEnd UNKNOWN = new ProcessEnd(Cause.UNKNOWN, 0, 0, 0);

  /** What ended a process. */
  public enum Cause {
    /** Nobody watched, or it ended by itself for a reason of its own. */
    UNKNOWN,

    /** It took more memory than it may, and was ended for that. */
    LIMIT,

    /** Its heap was full. */
    HEAP,

    /** A signal that somebody sent, or the system for want of memory. */
    KILLED;

    /** The cause with this number; those of later versions are unknown here. */
    public static Cause of(int number) {
      Cause[] all = values();
      return number >= 0 && number < all.length ? all[number] : UNKNOWN;
    }
  }
}

package io.dagwright.internal.loop;

import java.time.Duration;
import java.util.Locale;

/** Which batches of a loop are worth a line in the log, and what the line says. */
public final class Verbosity {

  /** From here on every batch has its line. */
  private static final int EVERY = 10;

  private Verbosity() {}

  /**
   * Whether to say that a batch has ended: the more have, the rarer it is.
   *
   * @param verbose 0 for never, to 10 for ever more often, above for every batch
   * @param batches how many have ended, 1 or more
   */
  public static boolean speaks(int verbose, int batches) {
    if (verbose <= 0 || verbose > EVERY) {
      return verbose > EVERY;
    }
    double spacing = (EVERY + 1 - verbose) * (EVERY + 1 - verbose) / 2.0;
    return batches == 1
        || Math.floor(Math.sqrt(batches / spacing))
            > Math.floor(Math.sqrt((batches - 1) / spacing));
  }

  /**
   * The line.
   *
   * @param done calls that were made
   * @param total all calls, or -1 if nobody knows yet
   */
  public static String line(int jobs, long done, long total, Duration elapsed) {
    String head = "[Parallel(jobs=" + jobs + ")]: Done " + pad(done);
    if (total < 0) {
      return head + " tasks      | elapsed: " + seconds(elapsed.toNanos());
    }
    String line = head + " out of " + pad(total) + " | elapsed: " + seconds(elapsed.toNanos());
    if (done == total) {
      return line + " finished";
    }
    double left = elapsed.toNanos() / (double) Math.max(1, done) * (total - done);
    return line + " remaining: " + seconds((long) left);
  }

  private static String pad(long count) {
    return String.format(Locale.ROOT, "%3d", count);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%6.1fs", nanos / 1e9);
  }
}

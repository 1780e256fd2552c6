package io.dagwright.internal.loop;

/** How many calls a loop makes at a time. */
public final class Jobs {

  private Jobs() {}

  /**
   * The number that is meant.
   *
   * @param asked a number, or -1 for all slots, -2 for all but one, and so on
   * @param slots how many there are
   * @return 1 or more; more than {@code slots} if asked for
   * @throws IllegalArgumentException if {@code asked} is 0
   */
  public static int of(int asked, int slots) {
    return check(asked) > 0 ? asked : Math.max(slots + 1 + asked, 1);
  }

  /** Gives back what was asked for, unless it has no meaning. */
  public static int check(int asked) {
    if (asked == 0) {
      throw new IllegalArgumentException(
          "jobs must not be 0. Say how many calls to make at a time, or -1 for as many as there"
              + " are processors or slots, -2 for one less.");
    }
    return asked;
  }
}

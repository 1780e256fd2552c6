package io.dagwright.internal.wire;

/** What happened to a task: one line of its story. */
public enum Step {
  READY("ready: all its inputs are there"),
  SENT("sent to a worker"),
  FINISHED("finished; its result is held there"),
  FAILED("failed"),
  SCATTERED("brought by its client"),
  COPIED("copied"),
  COPY_DROPPED("one copy fewer"),
  RUN_LOST("its run came to nothing: its worker is gone, lost a message, or missed an input"),
  RUN_RETURNED("handed back before it began, for want of memory"),
  RESULT_LOST("its result is lost, with the last who held it"),
  WITHDRAWN("withdrawn: cancelled, or an input was lost"),
  RELEASED("released: nobody needs its result"),
  SPILLED("its result was written to a file"),
  READ_BACK("its result was read from its file");

  private static final Step[] ALL = values();

  private final String words;

  Step(String words) {
    this.words = words;
  }

  /** What happened, for people. */
  public String words() {
    return words;
  }

  /** The step with this number. */
  public static Step of(int number) {
    return ALL[number];
  }

  /** Whether a step has this number here; those of later versions may not. */
  public static boolean isKnown(int number) {
    return number >= 0 && number < ALL.length;
  }

  /** Who hears what happens to tasks, as it happens. Must be quick, and must not throw. */
  @FunctionalInterface
  public interface Listener {

    int NO_WORKER = -1;
    int NO_PREFIX = -1;

    /**
     * Something happened to a task.
     *
     * @param prefix the number of its prefix in its graph; {@link #NO_PREFIX} if that is forgotten
     * @param worker to which worker; {@link #NO_WORKER} if to none
     * @param bytes of its result, if the step is about that; else 0
     */
    void onStep(long task, int prefix, int worker, Step step, long bytes, long nowNanos);
  }
}

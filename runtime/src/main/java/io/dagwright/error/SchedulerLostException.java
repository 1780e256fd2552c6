package io.dagwright.error;

/** The scheduler is gone, and with it everything that was submitted to it. */
public final class SchedulerLostException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  public SchedulerLostException(String why) {
    super(
        "The connection to the scheduler ended: "
            + why
            + ". Results that were not fetched are lost; connect again and submit again.");
  }

  private SchedulerLostException(StringBuilder wholeMessage) {
    super(wholeMessage.toString());
  }

  /** There was no connection yet; the message is whole. */
  public static SchedulerLostException notFound(String message) {
    return new SchedulerLostException(new StringBuilder(message));
  }
}

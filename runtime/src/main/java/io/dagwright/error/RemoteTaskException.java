package io.dagwright.error;

/**
 * Stands for an exception that was thrown on a worker and could not be brought here itself: its
 * class is unknown here, or it would not serialize.
 */
public final class RemoteTaskException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String type;
  private final String remoteStackTrace;

  public RemoteTaskException(String type, String message, String remoteStackTrace) {
    super(type + ": " + message);
    this.type = type;
    this.remoteStackTrace = remoteStackTrace;
  }

  /** Class name of the exception that was thrown. */
  public String type() {
    return type;
  }

  /** The stack trace it had on the worker, as text. */
  public String remoteStackTrace() {
    return remoteStackTrace;
  }
}

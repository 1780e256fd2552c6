package io.dagwright.error;

/** A worker does not load the code of a client, because of a setting of the worker. */
public final class CodeRefusedException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String client;

  /**
   * Creates one for a worker that does not load code.
   *
   * @param client where the code would have come from, as {@code host:port}
   * @param accepted what {@code dagwright.code.accept} is on the worker
   */
  public CodeRefusedException(String client, String accepted) {
    super(
        "This worker does not load classes from the client at ["
            + client
            + "]: dagwright.code.accept is ["
            + accepted
            + "] here. Put the program's classes on the worker's class path, or start the worker with"
            + " dagwright.code.accept = "
            + (accepted.equals("none") ? "loopback-or-authenticated" : "any")
            + (accepted.equals("none")
                ? "."
                : " if everybody in this network may run anything on it."),
        null);
    this.client = client;
  }

  /** Where the code would have come from, as {@code host:port}. */
  public String client() {
    return client;
  }
}

package io.dagwright.error;

/**
 * A blocking call was made on a thread that carries messages, where it could stall a whole node.
 */
public final class WrongThreadException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String call;
  private final String twin;

  /**
   * Creates one for a refused call.
   *
   * @param call the blocking call, such as {@code Client.compute}
   * @param twin the call to use instead, such as {@code Client.computeAsync}
   * @param thread the name of the thread
   */
  public WrongThreadException(String call, String twin, String thread) {
    super(
        call
            + " blocks, and thread ["
            + thread
            + "] carries messages: waiting here could stall the whole node. Use "
            + twin
            + " instead, or call it from a thread of your own.");
    this.call = call;
    this.twin = twin;
  }

  /** The blocking call that was refused. */
  public String call() {
    return call;
  }

  /** The call to use instead. */
  public String twin() {
    return twin;
  }
}

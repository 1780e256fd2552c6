package io.dagwright.error;

/**
 * A value that a client scattered is on no worker any more, and cannot be computed again. The
 * message says where it was, what became of that worker, and how to scatter it so that it survives.
 */
public final class ScatteredValueLostException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * Creates one.
   *
   * @param key the value's key
   * @param message the whole message
   */
  public ScatteredValueLostException(String key, String message) {
    super(message);
    this.key = key;
  }

  /** The key of the value. */
  public String key() {
    return key;
  }
}

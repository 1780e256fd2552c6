package io.dagwright.error;

/** A graph cannot be run as it is described. Nothing of it was started. */
public class InvalidGraphException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  /** Creates one that says what is wrong with which task, and what to do about it. */
  public InvalidGraphException(String message) {
    super(message);
  }
}

package io.dagwright.error;

/**
 * All workers were paused for want of memory, nothing ran, and nothing could be made to run: this
 * task, which needed most, was given up so that others could go on. The message says what it needed
 * and what results took.
 */
public final class MemoryDeadlockException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * Creates one.
   *
   * @param key the task
   * @param message says all sizes
   */
  public MemoryDeadlockException(String key, String message) {
    super(message);
    this.key = key;
  }

  /** The task's name. */
  public String key() {
    return key;
  }
}

package io.dagwright.error;

/**
 * A task was not begun, since its inputs together take more than the largest heap of any worker.
 * The message names both sizes. Smaller partitions, a reduction in a tree, or a worker with more
 * heap help.
 */
public final class InputsTooLargeException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * Creates one.
   *
   * @param key the task
   * @param message says all sizes
   */
  public InputsTooLargeException(String key, String message) {
    super(message);
    this.key = key;
  }

  /** The task's name. */
  public String key() {
    return key;
  }
}

package io.dagwright;

import java.io.Serializable;

/**
 * Something to do that has no result, may throw, and can be sent to another machine.
 *
 * <p>The same instance may run on several threads at once.
 */
@FunctionalInterface
public interface Action extends Serializable {

  /**
   * Does it.
   *
   * @throws Exception any; the task that calls this fails with it
   */
  void run() throws Exception;
}

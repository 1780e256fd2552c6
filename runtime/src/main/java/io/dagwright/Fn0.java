package io.dagwright;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function of no arguments that may throw and can be sent to another machine.
 *
 * <p>The same instance may run on several threads at once.
 */
@FunctionalInterface
public interface Fn0<R extends @Nullable Object> extends Serializable {

  /**
   * Computes the result.
   *
   * @return the result, which may be null
   * @throws Exception any; the task that calls this fails with it
   */
  R call() throws Exception;
}

package io.dagwright;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function of two arguments that may throw and can be sent to another machine.
 *
 * <p>The same instance may run on several threads at once.
 */
@FunctionalInterface
public interface Fn2<
        A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
    extends Serializable {

  /**
   * Computes the result.
   *
   * @return the result, which may be null
   * @throws Exception any; the task that calls this fails with it
   */
  R call(A a, B b) throws Exception;
}

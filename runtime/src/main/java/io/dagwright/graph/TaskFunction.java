package io.dagwright.graph;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * The body of a task as schedulers see it: one constant argument, and the results of its inputs.
 *
 * <p>The same instance may run for many tasks and on several threads at once, so implementations
 * keep no state of their own. Two tasks share one function exactly if they share the instance;
 * schedulers ship it once.
 */
@FunctionalInterface
public interface TaskFunction extends Serializable {

  /**
   * Computes the task's result.
   *
   * @param argument the task's own constant, null if it has none
   * @param inputs the results of the task's inputs, in order; tasks it merely comes after are
   *     absent
   * @throws Exception whatever the user's code throws; the task fails with it
   */
  @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) throws Exception;
}

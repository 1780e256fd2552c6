package io.dagwright.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results a task of a {@link GraphBuilder} takes, in the order its inputs were listed.
 *
 * <p>Results are handed out as the type the caller expects; the JVM checks it where the value is
 * used and throws {@link ClassCastException} if it is another.
 */
public final class Inputs {

  private final @Nullable Object[] results;

  Inputs(@Nullable Object[] results) {
    this.results = results;
  }

  /**
   * One result, which may be null.
   *
   * @param index position among the task's inputs, from 0
   * @throws IndexOutOfBoundsException if the task has no such input
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"}) // As documented.
  public <T extends @Nullable Object> T get(int index) {
    return (T) results[index];
  }

  /** All results; the list cannot be modified. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // As documented.
  public <T extends @Nullable Object> List<T> all() {
    return (List<T>) Collections.unmodifiableList(Arrays.asList(results));
  }

  /** Number of inputs. */
  public int size() {
    return results.length;
  }

  @Override
  public String toString() {
    return "Inputs" + Arrays.toString(results);
  }
}

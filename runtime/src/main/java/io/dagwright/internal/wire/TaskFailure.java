package io.dagwright.internal.wire;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Why a task failed, as a value that travels.
 *
 * @param kind what sort of failure it is
 * @param key the task's name
 * @param worker where it ran last; empty if nowhere
 * @param type class name of the exception
 * @param message the exception's message, or the sentence to show
 * @param stack the stack trace as text; may be empty
 * @param exception the exception itself, encoded by the value codec; null if it would not encode
 */
public record TaskFailure(
    Kind kind,
    String key,
    String worker,
    String type,
    String message,
    String stack,
    byte @Nullable [] exception)
    implements Serializable {

  /** What sort of failure: it decides which exception the user gets. */
  public enum Kind {
    /** The user's code threw. */
    THREW,
    /** The task's worker died too often while it ran. */
    KILLED_WORKER,
    /** A function, argument or result could not be turned into bytes or back. */
    NOT_SERIALIZABLE,
    /** The graph was cancelled. */
    CANCELLED,
    /** A run took longer than the task's timeout. */
    TIMED_OUT,
    /** A value that a client had scattered is on no worker any more. */
    VALUE_LOST,
    /** Dagwright itself failed this task, and says why. */
    INTERNAL,
    /** Its inputs do not fit on any worker's heap. */
    INPUTS_TOO_LARGE,
    /** No worker had memory to begin anything, and this task was given up so that others go on. */
    MEMORY_DEADLOCK
  }

  /** A failure without an exception of the user's behind it. */
  public static TaskFailure of(Kind kind, String key, String message) {
    return new TaskFailure(kind, key, "", "", message, "", null);
  }

  /** The same failure under the name the user knows. */
  public TaskFailure withKey(String name) {
    return new TaskFailure(kind, name, worker, type, message, stack, exception);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TaskFailure failure
        && kind == failure.kind
        && key.equals(failure.key)
        && worker.equals(failure.worker)
        && type.equals(failure.type)
        && message.equals(failure.message)
        && stack.equals(failure.stack)
        && Arrays.equals(exception, failure.exception);
  }

  @Override
  public int hashCode() {
    return key.hashCode() * 31 + message.hashCode();
  }

  @Override
  public String toString() {
    return kind + " " + key + (type.isEmpty() ? "" : " " + type) + ": " + message;
  }
}

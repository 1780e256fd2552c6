package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/**
 * A {@link io.dagwright.WorkerLocal} has no value here: its maker failed, or its time is over. The
 * cause is what the maker threw.
 */
public final class WorkerLocalException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String name;

  /**
   * Creates one.
   *
   * @param name of the worker local
   * @param why one clause, and what happens next
   */
  public WorkerLocalException(String name, String why, @Nullable Throwable cause) {
    super("WorkerLocal [" + name + "]: " + why, cause);
    this.name = name;
  }

  /** The name of the worker local. */
  public String name() {
    return name;
  }
}

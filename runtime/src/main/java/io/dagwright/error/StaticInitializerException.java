package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/**
 * A class that a task needs could not be initialized on its worker, where its static initializer
 * runs anew. Tasks that do not need the class are not affected. The cause is what the initializer
 * threw, or the JVM's record of it if that was earlier.
 */
public final class StaticInitializerException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String className;
  private final String fieldName;

  /**
   * Creates one.
   *
   * @param className binary name of the class
   * @param fieldName the static field whose value was being made; empty if that is not known
   * @param where file and line, such as {@code Etl.java:12}; empty if that is not known
   * @param what was thrown
   */
  public StaticInitializerException(
      String className, String fieldName, String where, String what, @Nullable Throwable cause) {
    super(
        "Class ["
            + className
            + "] cannot be initialized on this worker"
            + (fieldName.isEmpty() ? "" : ": its static field [" + fieldName + "]")
            + (where.isEmpty() ? "" : " (" + where + ")")
            + (fieldName.isEmpty() ? ": " : " failed with ")
            + what
            + ". Static fields are not sent, workers make them anew: let it work there, too, or use"
            + " a WorkerLocal.",
        cause);
    this.className = className;
    this.fieldName = fieldName;
  }

  /** The binary name of the class. */
  public String className() {
    return className;
  }

  /** The static field whose value was being made; empty if that is not known. */
  public String fieldName() {
    return fieldName;
  }
}

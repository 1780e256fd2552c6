package io.dagwright.error;

/** A class was compiled for a newer Java than the one that should run it. */
public final class NewerJavaNeededException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String className;
  private final int needed;
  private final int present;

  /**
   * Creates one for a class that this JVM cannot load.
   *
   * @param className the binary name of the class
   * @param needed the Java version it was compiled for, such as 21
   * @param present the Java version of this JVM
   */
  public NewerJavaNeededException(String className, int needed, int present) {
    super(
        "Class ["
            + className
            + "] was compiled for Java ["
            + needed
            + "], but this worker runs on Java ["
            + present
            + "]. Start the workers on Java "
            + needed
            + ", or compile with --release "
            + present
            + ".");
    this.className = className;
    this.needed = needed;
    this.present = present;
  }

  /** The binary name of the class. */
  public String className() {
    return className;
  }

  /** The Java version the class was compiled for. */
  public int needed() {
    return needed;
  }

  /** The Java version of the JVM that should have run it. */
  public int present() {
    return present;
  }
}

package io.dagwright.error;

/** The content of a shared array cannot be written or opened on this host. */
public final class SharedArrayUnavailableException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String file;

  /**
   * Creates one for a file.
   *
   * @param file that has the content, or was to have it
   * @param what happened to it, and what to do about it
   */
  public SharedArrayUnavailableException(String file, String what, Throwable cause) {
    super("The shared array in [" + file + "] " + what, cause);
    this.file = file;
  }

  /** The file that has the content, or was to have it. */
  public String file() {
    return file;
  }
}

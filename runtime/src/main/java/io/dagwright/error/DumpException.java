package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** A value cannot be saved to a file, or not be loaded from it. */
public final class DumpException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  /** What is the matter with the file. */
  public enum Reason {
    /** There is none. */
    MISSING,
    /** It is a directory. */
    DIRECTORY,
    /** It was not saved by {@code Dump}. */
    NOT_A_DUMP,
    /** It was saved by a later version, in a format that this one does not know. */
    NEWER_VERSION,
    /** Its end is missing. */
    TRUNCATED,
    /** Its bytes are not those that were saved. */
    CORRUPT,
    /** What it holds cannot be mapped as such a view. */
    NOT_MAPPABLE,
    /** It holds an array that this JVM cannot hold at once. */
    TOO_LARGE,
    /** The library that packs or unpacks it is not on the class path. */
    LIBRARY_MISSING,
    /** There is no room to save it. */
    DISK_FULL,
    /** The file system refused. */
    INPUT_OUTPUT
  }

  private final String file;
  private final Reason reason;

  /**
   * Creates one for a file.
   *
   * @param what happened, and what to do about it; follows the file's name
   */
  public DumpException(String file, Reason reason, String what, @Nullable Throwable cause) {
    super("Dump [" + file + "] " + what, cause);
    this.file = file;
    this.reason = reason;
  }

  /** The path of the file. */
  public String file() {
    return file;
  }

  /** What is the matter with it. */
  public Reason reason() {
    return reason;
  }
}

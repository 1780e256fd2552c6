package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** A function, argument or result cannot be turned into bytes, so it cannot leave this JVM. */
public final class NotSerializableTaskException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String what;
  private final String path;

  /**
   * Creates one for a value that does not serialize.
   *
   * @param what whose value it is, such as {@code task 'load'} or {@code the result of task 'load'}
   * @param path how to get from there to the culprit, in names of the user's source
   * @param reason why the culprit does not serialize and what to do about it; may have several
   *     lines
   * @param cause what the codec threw, null if it threw nothing
   */
  public NotSerializableTaskException(
      String what, String path, String reason, @Nullable Throwable cause) {
    super(what + " cannot be sent to a worker.\n  at " + path + "\n  " + reason, cause);
    this.what = what;
    this.path = path;
  }

  /** Creates one from the message of another, which was thrown in another process. */
  public NotSerializableTaskException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.what = "";
    this.path = "";
  }

  /** Whose value it is; empty if that is known to another process only. */
  public String what() {
    return what;
  }

  /** How to get from there to what does not serialize; empty if only the message is known. */
  public String path() {
    return path;
  }
}

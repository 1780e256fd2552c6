package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** A function, argument or result cannot be turned into bytes, so it cannot leave this JVM. */
public final class NotSerializableTaskException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private static final String SEPARATOR = "\n  ";

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
    super(what + middle(what) + path + SEPARATOR + reason, cause);
    this.what = what;
    this.path = path;
  }

  private static String middle(String what) {
    String where = what.startsWith("the result of") ? "from its" : "to a";
    return " cannot be sent " + where + " worker.\n  at ";
  }

  /**
   * The same of a value of which more is known than where this was thrown.
   *
   * @param better whose value it is
   */
  public NotSerializableTaskException with(String better) {
    String message = String.valueOf(getMessage());
    String before = what + middle(what) + path + SEPARATOR;
    if (what.isEmpty() || !message.startsWith(before) || !path.startsWith(what)) {
      return this;
    }
    String reason = message.substring(before.length());
    return new NotSerializableTaskException(
        better,
        better + path.substring(what.length()),
        reason.replace("also at " + what, "also at " + better),
        getCause());
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

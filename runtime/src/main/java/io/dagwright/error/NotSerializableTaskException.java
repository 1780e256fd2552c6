package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** A function, argument or result cannot be turned into bytes, so it cannot leave this JVM. */
public final class NotSerializableTaskException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final String path;

  /**
   * Creates one for a value that does not serialize.
   *
   * @param key the task it belongs to
   * @param path the fields that lead to the culprit, such as {@code function.this.connection
   *     (java.sql.Connection)}
   * @param cause what the serializer threw, null if it threw nothing
   */
  public NotSerializableTaskException(String key, String path, @Nullable Throwable cause) {
    super(
        "Task ["
            + key
            + "] cannot be sent to a worker: ["
            + path
            + "] does not serialize"
            + (cause == null ? "" : " (" + cause + ")")
            + ". Capture only plain values, or open such things inside the task.",
        cause);
    this.key = key;
    this.path = path;
  }

  /** The key of the task the value belongs to. */
  public String key() {
    return key;
  }

  /** The fields that lead to what does not serialize. */
  public String path() {
    return path;
  }
}

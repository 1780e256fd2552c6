package io.dagwright.error;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A task threw. The cause is what the user's code threw; the rest of its graph was stopped. */
public final class TaskFailedException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;

  public TaskFailedException(String key, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.key = key;
  }

  /** The key of the task that threw. */
  public String key() {
    return key;
  }

  /** The first exception of this type in the chain of causes. */
  public <X extends Throwable> Optional<X> cause(Class<X> type) {
    for (Throwable at = getCause(); at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return Optional.of(type.cast(at));
      }
    }
    return Optional.empty();
  }
}

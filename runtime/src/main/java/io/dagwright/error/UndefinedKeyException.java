package io.dagwright.error;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A graph names a task that it does not define. */
public final class UndefinedKeyException extends InvalidGraphException {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final @Nullable String suggestion;

  /**
   * Creates one for a missing key.
   *
   * @param key the key nothing defines
   * @param neededBy who names it, such as {@code Task [sum]}
   * @param suggestion a defined key that is spelled alike, null if there is none
   */
  public UndefinedKeyException(String key, String neededBy, @Nullable String suggestion) {
    super(
        neededBy
            + " needs ["
            + key
            + "], but the graph has no task or constant of that name"
            + (suggestion == null
                ? ". Define it, or correct the name."
                : "; did you mean '" + suggestion + "'?"));
    this.key = key;
    this.suggestion = suggestion;
  }

  /** The key nothing defines. */
  public String key() {
    return key;
  }

  /** A defined key that is spelled alike. */
  public Optional<String> suggestion() {
    return Optional.ofNullable(suggestion);
  }
}

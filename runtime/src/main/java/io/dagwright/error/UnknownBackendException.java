package io.dagwright.error;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A parallel loop names a backend that does not exist. */
public final class UnknownBackendException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String name;
  private final @Nullable String suggestion;

  /**
   * Creates one for a name.
   *
   * @param name what nobody answers to
   * @param known the names there are
   * @param suggestion one of them that is spelled alike, null if there is none
   */
  public UnknownBackendException(String name, List<String> known, @Nullable String suggestion) {
    super(
        "There is no parallel backend ["
            + name
            + "]"
            + (suggestion == null ? "" : "; did you mean '" + suggestion + "'?")
            + " Known are "
            + String.join(", ", known)
            + ". Backends of your own implement io.dagwright.spi.ParallelBackend and are listed in"
            + " META-INF/services.");
    this.name = name;
    this.suggestion = suggestion;
  }

  /** The name nobody answers to. */
  public String name() {
    return name;
  }

  /** A known name that is spelled alike. */
  public Optional<String> suggestion() {
    return Optional.ofNullable(suggestion);
  }
}

package io.dagwright.error;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Bytes that should hold a function, argument or result cannot be read back; nothing was kept. */
public final class CorruptPayloadException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final @Nullable String missingClass;

  public CorruptPayloadException(String message, @Nullable Throwable cause) {
    this(message, null, cause);
  }

  public CorruptPayloadException(
      String message, @Nullable String missingClass, @Nullable Throwable cause) {
    super(message, cause);
    this.missingClass = missingClass;
  }

  /** The class the bytes name and the class loader does not have; then the bytes may be fine. */
  public Optional<String> missingClass() {
    return Optional.ofNullable(missingClass);
  }
}

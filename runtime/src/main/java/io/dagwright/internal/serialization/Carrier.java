package io.dagwright.internal.serialization;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Holds {@link Values}, and functions besides: it goes by fields, whatever is chosen for the
 * values, unless that is Java serialization.
 */
public interface Carrier extends Serializable {

  /** Values of as many bytes are {@link #putAside}. */
  default long asideBytesMin() {
    return Long.MAX_VALUE;
  }

  /**
   * Puts one of the values where whoever reads finds it, as {@link PayloadFile} writes it.
   *
   * @return the path of a file of {@link io.dagwright.internal.share.HostFiles}; null if it is to
   *     go with the rest
   */
  default @Nullable String putAside(Payload value) {
    return null;
  }
}

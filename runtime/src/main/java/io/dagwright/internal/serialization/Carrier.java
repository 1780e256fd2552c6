package io.dagwright.internal.serialization;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Holds {@link Values}, and functions besides: it goes by fields, whatever is chosen for the
 * values, unless that is Java serialization.
 */
public interface Carrier extends Serializable {

  /**
   * Puts the bytes of one of the values where whoever reads finds them.
   *
   * @return the path of a file of {@link io.dagwright.internal.share.HostFiles}; null if they are
   *     to go with the rest
   */
  default @Nullable String putAside(byte[] bytes, int length) {
    return null;
  }
}

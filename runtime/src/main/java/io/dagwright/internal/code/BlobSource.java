package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import org.jspecify.annotations.Nullable;

/** Where a worker gets code it has not: the client, or a peer that has it. */
@FunctionalInterface
public interface BlobSource {

  /**
   * Fetches a class file or a jar. May block, and is called on threads that load classes; the
   * answer is checked by whoever asks.
   *
   * @throws CodeUnavailableException if it cannot be had
   */
  byte[] fetch(CodeHash hash);

  /**
   * Asks for a class that is in no unit, since only its name at run time says that it is needed.
   * May block, as above, but not for long.
   *
   * @return the class, with all that it needs in turn; null if there is no such class
   * @throws CodeUnavailableException if nobody answers
   */
  default @Nullable CodeUnit find(String className) {
    return null;
  }
}

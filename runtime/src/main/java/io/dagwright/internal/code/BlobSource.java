package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;

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
}

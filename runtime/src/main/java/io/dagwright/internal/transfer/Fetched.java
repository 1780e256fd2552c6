package io.dagwright.internal.transfer;

import org.jspecify.annotations.Nullable;

/** The outcomes of a fetch, by index in the request. */
public final class Fetched {

  private final byte[] @Nullable [] bytes;
  private final @Nullable String[] failures;

  Fetched(int count) {
    bytes = new byte[count][];
    failures = new String[count];
  }

  /** The encoded result; null if missing or failed. */
  public byte @Nullable [] bytes(int index) {
    return bytes[index];
  }

  /** Why the peer could not encode it; null if it could or did not have it. */
  public @Nullable String failure(int index) {
    return failures[index];
  }

  /** Whether the peer did not have it. */
  public boolean isMissing(int index) {
    return bytes[index] == null && failures[index] == null;
  }

  /** Number of tasks that were asked for. */
  public int count() {
    return bytes.length;
  }

  void setBytes(int index, byte[] value) {
    bytes[index] = value;
  }

  void setFailure(int index, String message) {
    failures[index] = message;
  }
}

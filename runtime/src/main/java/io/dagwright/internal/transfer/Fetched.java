package io.dagwright.internal.transfer;

import io.dagwright.internal.serialization.Payload;
import org.jspecify.annotations.Nullable;

/** The outcomes of a fetch, by index in the request. */
public final class Fetched {

  private final @Nullable Payload[] results;
  private final @Nullable String[] failures;

  Fetched(int count) {
    results = new Payload[count];
    failures = new String[count];
  }

  /** The encoded result; null if missing or failed. */
  public @Nullable Payload result(int index) {
    return results[index];
  }

  /** The bytes of a result that is nothing else; null if missing or failed. */
  public byte @Nullable [] bytes(int index) {
    Payload result = results[index];
    return result == null ? null : result.head();
  }

  /** Why the peer could not encode it; null if it could or did not have it. */
  public @Nullable String failure(int index) {
    return failures[index];
  }

  /** Whether the peer did not have it. */
  public boolean isMissing(int index) {
    return results[index] == null && failures[index] == null;
  }

  /** Number of tasks that were asked for. */
  public int count() {
    return results.length;
  }

  void setResult(int index, Payload value) {
    results[index] = value;
  }

  void setFailure(int index, String message) {
    failures[index] = message;
  }
}

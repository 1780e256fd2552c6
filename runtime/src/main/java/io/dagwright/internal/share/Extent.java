package io.dagwright.internal.share;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of a file that are looked at: all of a shared file, or a part of a file of the user's.
 * Thread-safe.
 */
public final class Extent {

  private final Mapping mapping;
  private final Place place;
  private final AtomicLong sentNanos;

  /**
   * Where bytes are, for other processes of this host.
   *
   * @param id the hash of the content of a shared file; empty for a file of the user's
   * @param offset of the first byte; 0 in shared files
   * @param changedMillis when the user's file was changed last; 0 for shared files
   */
  public record Place(String id, String file, long offset, long sizeBytes, long changedMillis) {}

  Extent(Mapping mapping, Place place, AtomicLong sentNanos) {
    this.mapping = mapping;
    this.place = place;
    this.sentNanos = sentNanos;
  }

  public Mapping mapping() {
    return mapping;
  }

  /** Where it is, for one who is about to be told: so it stays there for a while. */
  public Place send() {
    sentNanos.set(System.nanoTime());
    return place;
  }

  Place place() {
    return place;
  }
}

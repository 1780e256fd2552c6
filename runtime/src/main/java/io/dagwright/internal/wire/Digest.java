package io.dagwright.internal.wire;

/**
 * A set in two numbers: how many members it has, and the sum of their shares. Two sides whose
 * digests agree may be taken to agree on the set.
 */
public record Digest(long count, long sum) {

  public static final Digest EMPTY = new Digest(0, 0);

  public Digest plus(long share) {
    return new Digest(count + 1, sum + share);
  }
}

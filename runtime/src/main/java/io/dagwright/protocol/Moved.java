package io.dagwright.protocol;

/**
 * What replicating or rebalancing did.
 *
 * @param copies copies of results that were made; 0 or more
 * @param bytes of these copies, as stored
 * @param left results that have fewer copies than was asked for, since there are too few workers or
 *     copying failed; or that were to move and did not. They are where they were
 */
public record Moved(int copies, long bytes, int left) {}

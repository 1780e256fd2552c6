package io.dagwright.internal.wire;

/**
 * A piece of a message on a link, small enough not to keep others waiting.
 *
 * @param bytes the piece; not written to again
 * @param last whether the message ends here
 */
public record Chunk(byte[] bytes, boolean last) {}

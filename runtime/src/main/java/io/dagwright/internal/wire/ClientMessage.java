package io.dagwright.internal.wire;

/**
 * What a client's actor may be sent. A marker: who sends what is said by the types that carry it.
 */
public interface ClientMessage {}

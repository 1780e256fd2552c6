package io.dagwright.internal.actor;

/**
 * Marks messages that are too rare to need a codec of their own: they travel as Jackson CBOR, whose
 * fields may be added to with defaults and are never renamed.
 */
public interface Rare {}

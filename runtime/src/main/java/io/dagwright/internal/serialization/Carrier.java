package io.dagwright.internal.serialization;

import java.io.Serializable;

/**
 * Holds {@link Values}, and functions besides: it goes by fields, whatever is chosen for the
 * values, unless that is Java serialization.
 */
public interface Carrier extends Serializable {}

/** A whole cluster in one thread and virtual time: the real machines, a bad network, one seed. */
@NullMarked
package io.dagwright.internal.simulation;

import org.jspecify.annotations.NullMarked;

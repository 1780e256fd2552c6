/** Messages that a service's own actors exchange with Dagwright. */
@NullMarked
package io.dagwright.protocol;

import org.jspecify.annotations.NullMarked;

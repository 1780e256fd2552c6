/** Plain, immutable task graphs: what is to be computed, in which order, from what. */
@NullMarked
package io.dagwright.graph;

import org.jspecify.annotations.NullMarked;

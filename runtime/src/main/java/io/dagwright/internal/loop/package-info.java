/** Decides what a parallel loop hands over when, and what it says meanwhile. */
@NullMarked
package io.dagwright.internal.loop;

import org.jspecify.annotations.NullMarked;

/** Runs each example. */
@NullMarked
package io.dagwright.examples;

import org.jspecify.annotations.NullMarked;

/** Small programs to start from. */
@NullMarked
package io.dagwright.examples;

import org.jspecify.annotations.NullMarked;

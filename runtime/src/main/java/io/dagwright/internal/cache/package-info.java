/** Keeps results of functions in files. */
@NullMarked
package io.dagwright.internal.cache;

import org.jspecify.annotations.NullMarked;

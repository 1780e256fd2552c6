/** Turns functions, arguments and results into bytes and back, and says why one will not go. */
@NullMarked
package io.dagwright.internal.serialization;

import org.jspecify.annotations.NullMarked;

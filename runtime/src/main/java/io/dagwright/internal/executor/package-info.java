/** Runs user code: slots, interruption, deadlines, and waiting without holding a slot. */
@NullMarked
package io.dagwright.internal.executor;

import org.jspecify.annotations.NullMarked;

/** Starts worker JVMs, watches them, starts them again, and says how they ended. */
@NullMarked
package io.dagwright.internal.supervisor;

import org.jspecify.annotations.NullMarked;

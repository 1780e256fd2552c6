/** Decides which nodes a cluster does without. Pure. */
@NullMarked
package io.dagwright.internal.membership;

import org.jspecify.annotations.NullMarked;

/** Files through which processes of one user on one host share large values. */
@NullMarked
package io.dagwright.internal.share;

import org.jspecify.annotations.NullMarked;

/** What is said to a cluster and heard from it, as plain data. */
@NullMarked
package io.dagwright.protocol;

import org.jspecify.annotations.NullMarked;

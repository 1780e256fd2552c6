/** Clusters of real JVMs, and what befalls them. */
@NullMarked
package io.dagwright.jvms;

import org.jspecify.annotations.NullMarked;

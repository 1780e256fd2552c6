/** Puts one JVM together: actor system, roles, processes it starts. */
@NullMarked
package io.dagwright.internal.node;

import org.jspecify.annotations.NullMarked;

/**
 * What the machines and the actors say to each other: ids, columns, events and instructions.
 *
 * <p>Plain data without behaviour of its own. Nothing here knows of actors, clocks or sockets.
 */
@NullMarked
package io.dagwright.internal.wire;

import org.jspecify.annotations.NullMarked;

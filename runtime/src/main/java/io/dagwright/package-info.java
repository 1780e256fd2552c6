/** The front door: build a graph of tasks, run it in one thread, on a pool, or on a cluster. */
@NullMarked
package io.dagwright;

import org.jspecify.annotations.NullMarked;

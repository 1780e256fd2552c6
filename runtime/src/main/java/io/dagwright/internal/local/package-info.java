/** Schedulers that run graphs in this JVM: in the caller's thread, or on a pool of threads. */
@NullMarked
package io.dagwright.internal.local;

import org.jspecify.annotations.NullMarked;

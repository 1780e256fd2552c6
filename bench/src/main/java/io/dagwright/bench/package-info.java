/** Micro and scenario benchmarks. */
@NullMarked
package io.dagwright.bench;

import org.jspecify.annotations.NullMarked;

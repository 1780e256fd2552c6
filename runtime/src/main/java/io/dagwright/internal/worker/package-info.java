/** Pure: one worker's inputs to fetch, runs to start, and results to keep. */
@NullMarked
package io.dagwright.internal.worker;

import org.jspecify.annotations.NullMarked;

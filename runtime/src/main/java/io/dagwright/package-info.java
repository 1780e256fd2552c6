/** The front door: lazy tasks, and what runs them. */
@NullMarked
package io.dagwright;

import org.jspecify.annotations.NullMarked;

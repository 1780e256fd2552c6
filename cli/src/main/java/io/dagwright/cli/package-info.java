/** The {@code dagwright} command. */
@NullMarked
package io.dagwright.cli;

import org.jspecify.annotations.NullMarked;

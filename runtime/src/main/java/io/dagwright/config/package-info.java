/** Reads configuration into settings, and says by path what is wrong with it. */
@NullMarked
package io.dagwright.config;

import org.jspecify.annotations.NullMarked;

/** What modules and users may plug in. */
@NullMarked
package io.dagwright.spi;

import org.jspecify.annotations.NullMarked;

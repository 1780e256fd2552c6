@NullMarked
package io.dagwright.internal.loop;

import org.jspecify.annotations.NullMarked;

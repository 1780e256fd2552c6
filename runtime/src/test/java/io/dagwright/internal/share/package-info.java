@NullMarked
package io.dagwright.internal.share;

import org.jspecify.annotations.NullMarked;

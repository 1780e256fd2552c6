@NullMarked
package io.dagwright.internal.cache;

import org.jspecify.annotations.NullMarked;

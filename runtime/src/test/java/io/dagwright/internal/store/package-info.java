@NullMarked
package io.dagwright.internal.store;

import org.jspecify.annotations.NullMarked;

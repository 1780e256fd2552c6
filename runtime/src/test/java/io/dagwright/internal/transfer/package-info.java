@NullMarked
package io.dagwright.internal.transfer;

import org.jspecify.annotations.NullMarked;

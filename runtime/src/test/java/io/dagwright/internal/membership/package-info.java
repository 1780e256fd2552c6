@NullMarked
package io.dagwright.internal.membership;

import org.jspecify.annotations.NullMarked;

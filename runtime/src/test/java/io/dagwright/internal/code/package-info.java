@NullMarked
package io.dagwright.internal.code;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.dagwright.internal.serialization;

import org.jspecify.annotations.NullMarked;

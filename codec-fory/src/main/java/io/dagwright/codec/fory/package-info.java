/** Apache Fory as a serializer. */
@NullMarked
package io.dagwright.codec.fory;

import org.jspecify.annotations.NullMarked;

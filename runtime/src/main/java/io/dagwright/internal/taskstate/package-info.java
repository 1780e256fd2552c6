/** Pure: the life of the tasks of one graph. */
@NullMarked
package io.dagwright.internal.taskstate;

import org.jspecify.annotations.NullMarked;

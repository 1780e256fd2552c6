/** Starts, freezes and kills JVMs for the tests beside it. */
@NullMarked
package io.dagwright.jvms;

import org.jspecify.annotations.NullMarked;

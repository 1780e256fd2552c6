/** The actors: messages in, instructions of the machines out. They decide nothing. */
@NullMarked
package io.dagwright.internal.actor;

import org.jspecify.annotations.NullMarked;

/** The results this node holds, live and encoded, and how many bytes they take. */
@NullMarked
package io.dagwright.internal.store;

import org.jspecify.annotations.NullMarked;

/** The data plane: serves and fetches results peer to peer, apart from control messages. */
@NullMarked
package io.dagwright.internal.transfer;

import org.jspecify.annotations.NullMarked;

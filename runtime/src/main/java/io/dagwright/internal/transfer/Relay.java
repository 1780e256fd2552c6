package io.dagwright.internal.transfer;

import java.net.InetSocketAddress;

/**
 * Fetches results for clients that cannot reach their holder, but us. Called on the loop's thread.
 */
@FunctionalInterface
public interface Relay {

  /** Fetches these results; the outcomes go to {@code receiver}. */
  void fetch(InetSocketAddress address, long worker, long[] tasks, FetchReceiver receiver);
}

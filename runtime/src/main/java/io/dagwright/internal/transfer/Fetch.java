package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import java.net.InetSocketAddress;

/** One call of fetch. Used by the loop's thread. */
final class Fetch {

  final InetSocketAddress address;
  final FetchReceiver receiver;
  private int unanswered;
  private boolean ended;

  Fetch(InetSocketAddress address, FetchReceiver receiver, int unanswered) {
    this.address = address;
    this.receiver = receiver;
    this.unanswered = unanswered;
  }

  void answered() {
    if (--unanswered == 0 && !ended) {
      ended = true;
      receiver.onFinished();
    }
  }

  void fail(DataTransferException failure) {
    if (!ended) {
      ended = true;
      receiver.onFailed(failure);
    }
  }

  /** What of a fetch fits one frame. */
  static final class Part {

    final Fetch fetch;
    final byte type;
    final byte[] body;

    /** Where its tasks begin among those of the fetch. */
    final int base;

    final int count;
    int unanswered;

    Part(Fetch fetch, byte type, byte[] body, int base, int count) {
      this.fetch = fetch;
      this.type = type;
      this.body = body;
      this.base = base;
      this.count = count;
      this.unanswered = count;
    }

    /** Awaited results may be long in coming: they do not keep other requests waiting. */
    boolean isAwaited() {
      return type == Frame.FETCH_AWAITED || type == Frame.FETCH_FOR_ME;
    }
  }
}

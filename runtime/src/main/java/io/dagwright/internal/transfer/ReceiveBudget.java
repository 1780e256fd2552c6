package io.dagwright.internal.transfer;

import io.dagwright.internal.serialization.Payload;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Which large results are received now, and which wait until there is room. Used by the loop's
 * thread.
 */
final class ReceiveBudget {

  private final long bytesMax;
  private final Deque<Incoming> waiting = new ArrayDeque<>();
  private long bytes;

  /** A large result that was announced and is, once granted, being received. */
  static final class Incoming {

    final ClientLink link;
    final long request;
    final int index;
    final long sizeBytes;
    final Payload.Layout layout;

    /** What is here of it; null before it was granted, and once it is given up. */
    Payload.@Nullable Incomplete content;

    /** Why it was given up while more of it was still coming. */
    @Nullable Runnable givenUp;

    long passedBytes;

    Incoming(ClientLink link, long request, int index, Payload.Layout layout) {
      this.link = link;
      this.request = request;
      this.index = index;
      this.layout = layout;
      this.sizeBytes = layout.sizeBytes();
    }
  }

  /** One result larger than all of it is received alone. */
  ReceiveBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  void add(Incoming incoming) {
    waiting.add(incoming);
    grant();
  }

  void release(Incoming incoming) {
    bytes -= incoming.sizeBytes;
  }

  /** Nothing comes over this connection any more. */
  void forget(ClientLink link) {
    waiting.removeIf(incoming -> incoming.link == link);
  }

  /** Lets those begin for which there is room. */
  void grant() {
    for (Incoming next = waiting.peek();
        next != null && (bytes == 0 || bytes + next.sizeBytes <= bytesMax);
        next = waiting.peek()) {
      waiting.remove();
      bytes += next.sizeBytes;
      next.link.receive(next);
    }
  }
}

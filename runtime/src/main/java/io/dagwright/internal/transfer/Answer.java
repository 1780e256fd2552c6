package io.dagwright.internal.transfer;

import io.dagwright.internal.serialization.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent of one request, on its way through the encoders; it leaves them while its link
 * has enough to send. Used by one thread at a time.
 */
final class Answer implements Runnable {

  private static final int MESSAGE_CHARS_MAX = 4096;

  /** Where the results come from. */
  interface Items {
    @Nullable Payload result(int index) throws Exception;
  }

  private final ServerLink link;
  private final DataServer server;
  private final long request;
  private final int end;
  private final Items items;
  private ByteBuffer outcomes = ByteBuffer.allocate(0);
  private int next;
  private long parkedNanos;

  /** The items from {@code first} to before {@code end}. */
  Answer(ServerLink link, DataServer server, long request, int first, int end, Items items) {
    this.link = link;
    this.server = server;
    this.request = request;
    this.next = first;
    this.end = end;
    this.items = items;
  }

  ServerLink link() {
    return link;
  }

  /** When it was last found that there is no room for it. */
  long parkedNanos() {
    return parkedNanos;
  }

  @Override
  public void run() {
    while (next < end && !link.isClosed()) {
      if (!link.mayProduce()) {
        flush();
        parkedNanos = System.nanoTime();
        server.park(this);
        return;
      }
      produce(next++);
    }
    finish();
  }

  /** Says the same of all items that are left. */
  void tell(byte status) {
    while (next < end) {
      append(next++, status, new byte[0]);
    }
    finish();
  }

  /** Says that the only item cannot be sent. */
  void tellFailed(String message) {
    appendFailed(next++, message);
    finish();
  }

  private void finish() {
    flush();
    link.answered();
  }

  private void produce(int index) {
    Payload result;
    try {
      result = items.result(index);
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      appendFailed(index, e.getMessage() == null ? e.toString() : e.getMessage());
      return;
    }
    if (result == null) {
      append(index, Frame.STATUS_MISSING, new byte[0]);
    } else if (result.isPlain() && result.sizeBytes() <= Frame.SMALL_BYTES_MAX) {
      append(index, Frame.STATUS_BYTES, result.head());
      server.counts().sentResults.increment();
      server.counts().sentBytes.add(result.sizeBytes());
    } else {
      flush();
      link.announce(request, index, result);
    }
  }

  private void appendFailed(int index, String message) {
    append(
        index,
        Frame.STATUS_FAILED,
        message
            .substring(0, Math.min(message.length(), MESSAGE_CHARS_MAX))
            .getBytes(StandardCharsets.UTF_8));
  }

  private void append(int index, byte status, byte[] bytes) {
    int needed = Frame.OUTCOME_HEADER_BYTES + bytes.length;
    if (outcomes.position() + needed > Frame.SMALL_BYTES_MAX) {
      flush();
    }
    if (outcomes.remaining() < needed) {
      int capacity = Math.max(outcomes.position() + needed, outcomes.capacity() * 2);
      outcomes = ByteBuffer.allocate(Math.max(256, capacity)).put(outcomes.flip());
    }
    outcomes.putInt(index).put(status).putInt(bytes.length);
    outcomes.putInt(Frame.crc(ByteBuffer.wrap(bytes))).put(bytes);
  }

  private void flush() {
    if (outcomes.position() > 0) {
      link.deliver(request, Arrays.copyOf(outcomes.array(), outcomes.position()));
      outcomes.clear();
    }
  }
}

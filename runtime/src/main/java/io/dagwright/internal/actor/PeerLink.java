package io.dagwright.internal.actor;

import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.Link;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of the link between two of our actors: cuts messages into chunks, sends them, and puts
 * what arrives together again. Not thread-safe.
 */
final class PeerLink {

  /** Bytes of one chunk: small beside the transport's frame, so that nothing waits long. */
  static final int CHUNK_BYTES = 96 << 10;

  private static final long RESEND_NANOS = 1_000_000_000L;

  private final Link<Chunk> link;
  private final Consumer<Frame<Chunk>> transport;
  private @Nullable ByteArrayOutputStream incomplete;

  PeerLink(long link, Consumer<Frame<Chunk>> transport) {
    this.link = new Link<>(link, RESEND_NANOS);
    this.transport = transport;
  }

  long number() {
    return link.link();
  }

  void send(byte[] message) {
    long now = System.nanoTime();
    int from = 0;
    do {
      int to = Math.min(message.length, from + CHUNK_BYTES);
      byte[] piece = to - from == message.length ? message : Arrays.copyOfRange(message, from, to);
      transport.accept(link.send(new Chunk(piece, to == message.length), now));
      from = to;
    } while (from < message.length);
  }

  /** Takes a frame; returns the message it completes, if it does. */
  byte @Nullable [] receive(Frame<Chunk> frame) {
    Chunk chunk = link.receive(frame, System.nanoTime());
    if (link.owesAck()) {
      transport.accept(link.ack());
    }
    if (chunk == null) {
      return null;
    }
    if (incomplete == null && chunk.last()) {
      return chunk.bytes();
    }
    if (incomplete == null) {
      incomplete = new ByteArrayOutputStream(4 * CHUNK_BYTES);
    }
    incomplete.write(chunk.bytes(), 0, chunk.bytes().length);
    if (!chunk.last()) {
      return null;
    }
    byte[] message = incomplete.toByteArray();
    incomplete = null;
    return message;
  }

  /** Whether the sender of this frame had heard everything we sent. */
  boolean isHeardBy(Frame<Chunk> frame) {
    return link.isHeardBy(frame);
  }

  /** Sends again what may have been lost, and what is owed. To be called some times a second. */
  void tick() {
    link.tick(System.nanoTime()).forEach(transport);
  }

  /** Chunks the other side has not acknowledged. */
  int unacked() {
    return link.unacked();
  }
}

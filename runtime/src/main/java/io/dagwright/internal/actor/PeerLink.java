package io.dagwright.internal.actor;

import io.dagwright.internal.serialization.Bundle;
import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.Link;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of the link between two of our actors: what is said until the next flush travels as one
 * bundle, cut into chunks, and is taken apart again at the other end. Not thread-safe.
 *
 * <p>Whoever says something flushes before it listens again, or else knows that the other side
 * cannot have heard it: {@link #isHeardBy} does.
 */
final class PeerLink {

  /** Bytes of one chunk: small beside the transport's frame, so that nothing waits long. */
  static final int CHUNK_BYTES = 96 << 10;

  private static final long RESEND_NANOS = 1_000_000_000L;

  private final Link<Chunk> link;
  private final Consumer<Frame<Chunk>> transport;
  private final Bundle pending = new Bundle();
  private @Nullable ByteArrayOutputStream incomplete;

  PeerLink(long link, Consumer<Frame<Chunk>> transport) {
    this.link = new Link<>(link, RESEND_NANOS);
    this.transport = transport;
  }

  long number() {
    return link.link();
  }

  /** Says something, with the next flush at the latest; true if it is the first since the last. */
  boolean send(byte[] message) {
    boolean isFirst = pending.isEmpty();
    pending.add(message);
    if (pending.size() >= CHUNK_BYTES) {
      flush();
    }
    return isFirst;
  }

  /** Sends what was said since the last time. */
  void flush() {
    if (pending.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    byte[] bundle = pending.take();
    int from = 0;
    do {
      int to = Math.min(bundle.length, from + CHUNK_BYTES);
      byte[] piece = to - from == bundle.length ? bundle : Arrays.copyOfRange(bundle, from, to);
      transport.accept(link.send(new Chunk(piece, to == bundle.length), now));
      from = to;
    } while (from < bundle.length);
  }

  /** Takes a frame; returns the messages it completes, in order. */
  List<byte[]> receive(Frame<Chunk> frame) {
    Chunk chunk = link.receive(frame, System.nanoTime());
    if (link.owesAck()) {
      transport.accept(link.ack());
    }
    if (chunk == null) {
      return List.of();
    }
    if (incomplete == null && chunk.last()) {
      return Bundle.messages(chunk.bytes());
    }
    if (incomplete == null) {
      incomplete = new ByteArrayOutputStream(4 * CHUNK_BYTES);
    }
    incomplete.write(chunk.bytes(), 0, chunk.bytes().length);
    if (!chunk.last()) {
      return List.of();
    }
    byte[] bundle = incomplete.toByteArray();
    incomplete = null;
    return Bundle.messages(bundle);
  }

  /** Whether the sender of this frame had heard everything we said. */
  boolean isHeardBy(Frame<Chunk> frame) {
    return pending.isEmpty() && link.isHeardBy(frame);
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

package io.dagwright.internal.transfer;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One connection, cut into frames. All methods run on the loop's thread.
 *
 * <p>Frames that carry parts of large results take turns, so that a gigabyte does not hold up the
 * small answers behind it.
 */
abstract class Link implements SelectorLoop.Handler {

  private static final int READS_PER_TURN = 8;

  /** Bytes that wait to be sent: one frame, or a large result cut into many. */
  private static final class Outgoing {
    final byte type;
    final long request;
    final int index;
    final byte[] body;
    final Runnable sent;
    int from;
    int to;

    Outgoing(byte type, long request, int index, byte[] body, Runnable sent) {
      this.type = type;
      this.request = request;
      this.index = index;
      this.body = body;
      this.sent = sent;
      this.to = Math.min(body.length, Frame.BODY_BYTES_MAX);
    }
  }

  final SelectorLoop loop;
  final SocketChannel channel;
  private final Deque<Outgoing> outgoing = new ArrayDeque<>();
  private int frameBytesSent;

  private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
  private byte[] body = new byte[0];
  private int bodyFilled;

  private volatile boolean closed;
  long lastReadNanos = System.nanoTime();
  long lastWriteNanos = System.nanoTime();

  Link(SelectorLoop loop, SocketChannel channel) {
    this.loop = loop;
    this.channel = channel;
  }

  /** Checks a header before anything is allocated for the frame. */
  abstract void check(byte type, int length) throws IOException;

  /** Handles a whole frame that is not {@link Frame#BYTES}. */
  abstract void onFrame(byte type, long request, int index, ByteBuffer body) throws IOException;

  /** Takes {@code count} bytes of a large result out of {@code in}. */
  abstract void onLargeBytes(long request, int index, ByteBuffer in, int count) throws IOException;

  /** The connection ended; called once. */
  abstract void onEnd(Exception cause);

  boolean isClosed() {
    return closed;
  }

  boolean hasOutgoing() {
    return !outgoing.isEmpty();
  }

  void send(byte type, long request, int index, byte[] frameBody) {
    send(type, request, index, frameBody, () -> {});
  }

  /** Queues a frame, or many of them if the type is {@link Frame#BYTES}; then runs {@code sent}. */
  void send(byte type, long request, int index, byte[] frameBody, Runnable sent) {
    if (closed) {
      sent.run();
      return;
    }
    if (outgoing.isEmpty()) {
      lastWriteNanos = System.nanoTime();
    }
    outgoing.add(new Outgoing(type, request, index, frameBody, sent));
    SelectionKey key = channel.keyFor(loop.selector());
    if (key != null && key.isValid() && channel.isConnected()) {
      key.interestOpsOr(SelectionKey.OP_WRITE);
    }
  }

  @Override
  public void onReady(SelectionKey key) throws IOException {
    if (key.isReadable()) {
      read();
    }
    if (!closed && key.isWritable()) {
      write(key);
    }
  }

  private void read() throws IOException {
    ByteBuffer in = loop.readBuffer;
    for (int i = 0; i < READS_PER_TURN && !closed; i++) {
      in.clear();
      int count = channel.read(in);
      if (count < 0) {
        throw new EOFException("the peer closed the connection");
      }
      if (count == 0) {
        return;
      }
      lastReadNanos = System.nanoTime();
      in.flip();
      consume(in);
      if (count < in.capacity()) {
        return;
      }
    }
  }

  private void consume(ByteBuffer in) throws IOException {
    while (!closed && (in.hasRemaining() || isBodyComplete())) {
      if (header.hasRemaining()) {
        while (header.hasRemaining() && in.hasRemaining()) {
          header.put(in.get());
        }
        if (header.hasRemaining()) {
          return;
        }
        check(header.get(4), header.getInt(0));
        bodyFilled = 0;
        body = header.get(4) == Frame.BYTES ? body : new byte[header.getInt(0)];
      }
      int count = Math.min(in.remaining(), header.getInt(0) - bodyFilled);
      if (header.get(4) == Frame.BYTES) {
        onLargeBytes(header.getLong(5), header.getInt(13), in, count);
      } else {
        in.get(body, bodyFilled, count);
      }
      bodyFilled += count;
      if (isBodyComplete()) {
        byte type = header.get(4);
        header.clear();
        if (type != Frame.BYTES) {
          onFrame(type, header.getLong(5), header.getInt(13), ByteBuffer.wrap(body));
          body = new byte[0];
        }
      }
    }
  }

  private boolean isBodyComplete() {
    return !header.hasRemaining() && bodyFilled == header.getInt(0);
  }

  private void write(SelectionKey key) throws IOException {
    ByteBuffer out = loop.writeBuffer;
    for (Outgoing first = outgoing.peek(); first != null; first = outgoing.peek()) {
      fill(out, first);
      int count = channel.write(out);
      if (count > 0) {
        lastWriteNanos = System.nanoTime();
      }
      frameBytesSent += count;
      if (frameBytesSent == Frame.HEADER_BYTES + first.to - first.from) {
        frameBytesSent = 0;
        outgoing.remove();
        first.from = first.to;
        if (first.to < first.body.length) {
          first.to = (int) Math.min(first.body.length, (long) first.to + Frame.BODY_BYTES_MAX);
          outgoing.add(first);
        } else {
          first.sent.run();
        }
      }
      if (out.hasRemaining()) {
        return;
      }
    }
    key.interestOpsAnd(~SelectionKey.OP_WRITE);
  }

  /** Copies what is next of the frame at the head of the queue, as much as fits. */
  private void fill(ByteBuffer out, Outgoing next) {
    out.clear();
    int length = next.to - next.from;
    if (frameBytesSent < Frame.HEADER_BYTES) {
      out.putInt(length).put(next.type).putLong(next.request).putInt(next.index);
      put(out, next, 0);
      out.flip().position(frameBytesSent);
      return;
    }
    put(out, next, frameBytesSent - Frame.HEADER_BYTES);
    out.flip();
  }

  private static void put(ByteBuffer out, Outgoing next, int skip) {
    int from = next.from + skip;
    out.put(next.body, from, Math.min(out.remaining(), next.to - from));
  }

  @Override
  public void onClosed(Exception cause) {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    outgoing.forEach(left -> left.sent.run());
    outgoing.clear();
    onEnd(cause);
  }
}

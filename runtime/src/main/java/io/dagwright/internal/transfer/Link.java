package io.dagwright.internal.transfer;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One connection, cut into frames. All methods run on the loop's thread.
 *
 * <p>Frames that carry parts of large results take turns, so that a gigabyte does not hold up the
 * small answers behind it.
 */
abstract class Link implements SelectorLoop.Handler {

  private static final int READS_PER_TURN = 8;

  /** Something that waits to be sent. */
  interface Outgoing {

    /** What putting some of it into a buffer came to. */
    enum Progress {
      /** There is more to come. */
      MORE,
      /** The buffer has no room for more; it has to be sent first. */
      FULL,
      /** It is in no buffer yet, but must wait for the peer: {@link Link#resume} goes on. */
      BLOCKED,
      /** All of it is in buffers. */
      DONE
    }

    /** Puts the next of it into a buffer, in whole frames or what fits of one. */
    Progress fill(ByteBuffer out);

    /** It is sent, or never will be; called once. */
    void ended();
  }

  /** One frame. */
  private static final class Message implements Outgoing {
    final byte type;
    final long request;
    final int index;
    final byte[] body;
    final Runnable sent;
    int next = -1;

    Message(byte type, long request, int index, byte[] body, Runnable sent) {
      this.type = type;
      this.request = request;
      this.index = index;
      this.body = body;
      this.sent = sent;
    }

    @Override
    public Progress fill(ByteBuffer out) {
      if (next < 0) {
        if (out.remaining() < Frame.HEADER_BYTES) {
          return Progress.FULL;
        }
        Frame.putHeader(out, body.length, type, request, index, 0);
        next = 0;
      }
      int count = Math.min(out.remaining(), body.length - next);
      out.put(body, next, count);
      next += count;
      return next == body.length ? Progress.DONE : Progress.FULL;
    }

    @Override
    public void ended() {
      sent.run();
    }
  }

  final SelectorLoop loop;
  final SocketChannel channel;
  private final Deque<Outgoing> outgoing = new ArrayDeque<>();
  private final Deque<Outgoing> blocked = new ArrayDeque<>();

  /** What is in frames and not yet sent; ready to be read from. */
  private @Nullable ByteBuffer out;

  private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
  private byte[] body = new byte[0];
  private int bodyFilled;
  private final CRC32C bodyCrc = new CRC32C();

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
  abstract void onFrame(byte type, long request, int index, int crc, ByteBuffer body)
      throws IOException;

  /** Takes {@code count} bytes of a large result out of {@code in}. */
  abstract void onLargeBytes(long request, int index, ByteBuffer in, int count) throws IOException;

  /** A frame of a large result is over, with the right checksum or a wrong one. */
  abstract void onLargeFrame(long request, int index, boolean isRight) throws IOException;

  /** The connection ended; called once. */
  abstract void onEnd(Exception cause);

  boolean isClosed() {
    return closed;
  }

  boolean hasOutgoing() {
    return !outgoing.isEmpty() || !blocked.isEmpty() || out != null;
  }

  void send(byte type, long request, int index, byte[] frameBody) {
    send(type, request, index, frameBody, () -> {});
  }

  /** Queues a frame; then runs {@code sent}. */
  void send(byte type, long request, int index, byte[] frameBody, Runnable sent) {
    send(new Message(type, request, index, frameBody, sent));
  }

  /** Queues frames. */
  void send(Outgoing next) {
    if (closed) {
      next.ended();
      return;
    }
    if (!hasOutgoing()) {
      lastWriteNanos = System.nanoTime();
    }
    outgoing.add(next);
    wantToWrite();
  }

  /** What had to wait for the peer can go on. */
  void resume() {
    lastWriteNanos = System.nanoTime();
    if (!blocked.isEmpty()) {
      outgoing.addAll(blocked);
      blocked.clear();
      wantToWrite();
    }
  }

  private void wantToWrite() {
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
        bodyCrc.reset();
        body = header.get(4) == Frame.BYTES ? body : new byte[header.getInt(0)];
      }
      int count = Math.min(in.remaining(), header.getInt(0) - bodyFilled);
      if (header.get(4) == Frame.BYTES) {
        bodyCrc.update(in.slice(in.position(), count));
        onLargeBytes(header.getLong(5), header.getInt(13), in, count);
      } else {
        in.get(body, bodyFilled, count);
      }
      bodyFilled += count;
      if (isBodyComplete()) {
        header.clear();
        byte type = header.get(4);
        long request = header.getLong(5);
        int index = header.getInt(13);
        int crc = header.getInt(17);
        if (type == Frame.BYTES) {
          onLargeFrame(request, index, crc == (int) bodyCrc.getValue());
        } else {
          byte[] whole = body;
          body = new byte[0];
          onFrame(type, request, index, crc, ByteBuffer.wrap(whole));
        }
      }
    }
  }

  private boolean isBodyComplete() {
    return !header.hasRemaining() && bodyFilled == header.getInt(0);
  }

  private void write(SelectionKey key) throws IOException {
    while (true) {
      ByteBuffer frames = out;
      if (frames == null) {
        frames = loop.takeWriteBuffer();
        fill(frames);
        frames.flip();
        out = frames;
      }
      if (frames.hasRemaining()) {
        if (channel.write(frames) > 0) {
          lastWriteNanos = System.nanoTime();
        }
        if (frames.hasRemaining()) {
          return;
        }
      }
      out = null;
      loop.giveWriteBuffer(frames);
      if (outgoing.isEmpty()) {
        key.interestOpsAnd(~SelectionKey.OP_WRITE);
        return;
      }
    }
  }

  /** Fills a buffer with what is next in turn. */
  private void fill(ByteBuffer frames) {
    for (Outgoing first = outgoing.peek(); first != null; first = outgoing.peek()) {
      switch (first.fill(frames)) {
        case FULL -> {
          return;
        }
        case MORE -> {
          outgoing.remove();
          outgoing.add(first);
          return; // The peer can begin with it.
        }
        case BLOCKED -> {
          outgoing.remove();
          blocked.add(first);
        }
        case DONE -> {
          outgoing.remove();
          first.ended();
        }
      }
    }
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
    outgoing.addAll(blocked);
    blocked.clear();
    outgoing.forEach(Outgoing::ended);
    outgoing.clear();
    out = null;
    onEnd(cause);
  }
}

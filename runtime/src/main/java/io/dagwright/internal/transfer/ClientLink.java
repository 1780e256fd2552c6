package io.dagwright.internal.transfer;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DataTransferException;
import io.dagwright.error.DataTransferException.Reason;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.transfer.Fetch.Part;
import io.dagwright.internal.transfer.ReceiveBudget.Incoming;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The connection to one data server. Used by the loop's thread. */
final class ClientLink extends Link {

  /** After so long without a word it is asked whether it is there. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  private final ServerPeer peer;
  private final TransferSettings settings;
  private final ReceiveBudget budget;
  private final TransferCounts counts;
  private final long openedNanos = System.nanoTime();
  private final Map<Long, Map<Integer, Incoming>> receiving = new HashMap<>();
  private SharedMemory.@Nullable Ring ring;
  private boolean welcome;
  private long lastBytesNanos = openedNanos;

  /** When it was asked whether it is there, if it has said nothing since. */
  private @Nullable Long pingedNanos;

  /** Carries a typed failure through code that throws I/O exceptions. */
  private static final class TypedFailure extends IOException {
    private static final long serialVersionUID = 1L;
    private final DataTransferException typed;

    TypedFailure(DataTransferException typed) {
      super(typed);
      this.typed = typed;
    }
  }

  ClientLink(
      ServerPeer peer,
      SelectorLoop loop,
      SocketChannel channel,
      TransferSettings settings,
      ReceiveBudget budget,
      TransferCounts counts) {
    super(loop, channel);
    this.peer = peer;
    this.settings = settings;
    this.budget = budget;
    this.counts = counts;
  }

  void greet() {
    byte[] token = settings.clusterToken().getBytes(StandardCharsets.UTF_8);
    boolean mayShare =
        settings.sharedBytesMax() > 0 && peer.address.getAddress().isLoopbackAddress();
    ByteBuffer body = ByteBuffer.allocate(7 + token.length);
    body.putInt(Frame.MAGIC).putShort(Frame.VERSION).put((byte) (mayShare ? 1 : 0)).put(token);
    send(Frame.HELLO, 0, 0, body.array());
  }

  void connected() {
    channel.keyFor(loop.selector()).interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
  }

  @Override
  public void onReady(SelectionKey key) throws IOException {
    if (key.isConnectable()) {
      if (channel.finishConnect()) {
        connected();
      }
      return;
    }
    super.onReady(key);
  }

  @Override
  void check(byte type, int length) throws IOException {
    boolean known =
        welcome ? type >= Frame.OUTCOMES : type == Frame.WELCOME || type == Frame.REJECT;
    if (!known || length < 0 || length > Frame.BODY_BYTES_MAX) {
      throw new TypedFailure(
          new DataTransferException(
              Reason.REJECTED,
              "What listens at [" + Frame.text(peer.address) + "] is no data server of ours.",
              null));
    }
  }

  @Override
  void onFrame(byte type, long request, int index, int crc, ByteBuffer body) throws IOException {
    switch (type) {
      case Frame.WELCOME -> welcome = true;
      case Frame.REJECT ->
          throw new TypedFailure(
              new DataTransferException(
                  Reason.REJECTED,
                  "The data server at ["
                      + Frame.text(peer.address)
                      + "] refused us: "
                      + StandardCharsets.UTF_8.decode(body)
                      + ".",
                  null));
      case Frame.OUTCOMES -> {
        while (body.hasRemaining()) {
          onOutcome(request, part(request), body);
        }
      }
      case Frame.LARGE -> {
        Part part = part(request);
        if (index < 0 || index >= part.count) {
          throw new IOException("an outcome nobody asked for");
        }
        try {
          budget.add(new Incoming(this, request, index, Payload.Layout.read(body)));
        } catch (CorruptPayloadException e) {
          throw new IOException(e);
        }
      }
      case Frame.RING -> onRing(body);
      case Frame.PONG -> {}
      case Frame.SHARED -> onShared(request, index, crc, body.getInt(), body.getInt());
      default -> throw new IOException("servers send no frame of type " + type);
    }
  }

  private Part part(long request) throws IOException {
    Part part = peer.asked(request);
    if (part == null) {
      throw new IOException("an answer nobody asked for");
    }
    return part;
  }

  private void onOutcome(long request, Part part, ByteBuffer body) throws IOException {
    int index = body.getInt();
    byte status = body.get();
    int length = body.getInt();
    int crc = body.getInt();
    if (index < 0 || index >= part.count || length < 0 || length > body.remaining()) {
      throw new IOException("a malformed outcome");
    }
    byte[] bytes = new byte[length];
    body.get(bytes);
    FetchReceiver receiver = part.fetch.receiver;
    int at = part.base + index;
    if (Frame.crc(ByteBuffer.wrap(bytes)) != crc) {
      counts.checksumMismatches.increment();
      receiver.onCorrupt(at);
    } else {
      switch (status) {
        case Frame.STATUS_BYTES -> {
          counts.receivedResults.increment();
          counts.receivedBytes.add(length);
          receiver.onResult(at, Payload.of(bytes));
        }
        case Frame.STATUS_MISSING -> receiver.onMissing(at);
        case Frame.STATUS_LATE -> receiver.onLate(at);
        case Frame.STATUS_BUSY -> receiver.onBusy(at);
        case Frame.STATUS_UNREACHABLE -> receiver.onUnreachable(at);
        default -> receiver.onEncodingFailed(at, new String(bytes, StandardCharsets.UTF_8));
      }
    }
    peer.answered(request, part);
  }

  // ---- large results ---------------------------------------------------------------------------

  /** Room was found: asks for the bytes. */
  void receive(Incoming incoming) {
    lastBytesNanos = System.nanoTime();
    incoming.content = new Payload.Incomplete(incoming.layout);
    receiving
        .computeIfAbsent(incoming.request, id -> new HashMap<>())
        .put(incoming.index, incoming);
    send(Frame.GRANT, incoming.request, incoming.index, new byte[0]);
    if (incoming.sizeBytes == 0) {
      end(incoming);
    }
  }

  private Incoming incoming(long request, int index, int count) throws IOException {
    Map<Integer, Incoming> ofRequest = receiving.get(request);
    Incoming incoming = ofRequest == null ? null : ofRequest.get(index);
    if (incoming == null || count < 0 || count > incoming.sizeBytes - incoming.passedBytes) {
      throw new IOException("bytes nobody asked for");
    }
    return incoming;
  }

  @Override
  void onLargeBytes(long request, int index, ByteBuffer in, int count) throws IOException {
    take(incoming(request, index, count), in, count);
  }

  private void take(Incoming incoming, ByteBuffer in, int count) {
    lastBytesNanos = lastReadNanos;
    incoming.passedBytes += count;
    Payload.Incomplete content = incoming.content;
    int end = in.position() + count;
    if (content != null) {
      try {
        content.fill(in, count);
      } catch (OutOfMemoryError e) {
        String message = "no memory to receive [" + incoming.sizeBytes + "] bytes";
        giveUp(
            incoming,
            () -> {
              Part part = peer.asked(incoming.request);
              if (part != null) {
                part.fetch.receiver.onEncodingFailed(part.base + incoming.index, message);
              }
            });
      }
    }
    in.position(end);
  }

  /** The rest of it is still coming, and not looked at. */
  private static void giveUp(Incoming incoming, Runnable tell) {
    if (incoming.givenUp == null) {
      incoming.content = null;
      incoming.givenUp = tell;
    }
  }

  @Override
  void onLargeFrame(long request, int index, boolean isRight) throws IOException {
    Incoming incoming = incoming(request, index, 0);
    if (!isRight) {
      counts.checksumMismatches.increment();
      giveUp(
          incoming,
          () -> {
            Part part = peer.asked(request);
            if (part != null) {
              part.fetch.receiver.onCorrupt(part.base + index);
            }
          });
    }
    if (incoming.passedBytes == incoming.sizeBytes) {
      end(incoming);
    }
  }

  /** All of it has come, whether it is of use or not. */
  private void end(Incoming incoming) {
    Map<Integer, Incoming> ofRequest = receiving.get(incoming.request);
    if (ofRequest != null) {
      ofRequest.remove(incoming.index);
      if (ofRequest.isEmpty()) {
        receiving.remove(incoming.request);
      }
    }
    budget.release(incoming);
    Payload.Incomplete content = incoming.content;
    Part part = peer.asked(incoming.request);
    if (part != null) {
      if (content != null) {
        counts.receivedResults.increment();
        counts.receivedBytes.add(incoming.sizeBytes);
        part.fetch.receiver.onResult(part.base + incoming.index, content.complete());
      } else if (incoming.givenUp != null) {
        incoming.givenUp.run();
      }
      peer.answered(incoming.request, part);
    }
    budget.grant();
  }

  // ---- shared memory ---------------------------------------------------------------------------

  private void onRing(ByteBuffer body) throws IOException {
    if (ring != null) {
      throw new IOException("memory is shared already");
    }
    long nonce = body.getLong();
    int slots = body.getInt();
    int slotBytes = body.getInt();
    String path = StandardCharsets.UTF_8.decode(body).toString();
    try {
      ring = SharedMemory.open(Path.of(path), nonce, slots, slotBytes);
      send(Frame.RING_READY, 0, 0, new byte[0]);
    } catch (IOException | InvalidPathException e) { // Such as in another container.
      counts.sharingFailures.increment();
      send(Frame.RING_REFUSED, 0, 0, new byte[0]);
    }
  }

  private void onShared(long request, int index, int crc, int slot, int count) throws IOException {
    SharedMemory.Ring shared = ring;
    if (shared == null || slot < 0 || slot >= shared.slots || count > shared.slotBytes) {
      throw new IOException("bytes in memory that is not shared");
    }
    Incoming incoming = incoming(request, index, count);
    ByteBuffer memory = shared.slot(slot);
    CRC32C actual = new CRC32C();
    for (int at = 0; at < count; at += Frame.CHUNK_BYTES) { // Summed and copied while in the cache.
      int some = Math.min(Frame.CHUNK_BYTES, count - at);
      actual.update(memory.slice(at, some));
      take(incoming, memory, some);
    }
    send(Frame.FREED, request, slot, new byte[0]);
    counts.receivedSharedBytes.add(count);
    onLargeFrame(request, index, crc == (int) actual.getValue());
  }

  // ---- its life --------------------------------------------------------------------------------

  @Override
  public void onTick(long nowNanos) {
    if (!welcome) {
      if (nowNanos - openedNanos > settings.silence().toNanos()) {
        onClosed(new SocketTimeoutException("no answer in time"));
      }
    } else if (!receiving.isEmpty()
        && nowNanos - lastBytesNanos > settings.stallTimeout().toNanos()) {
      onClosed(
          new TypedFailure(
              new DataTransferException(
                  Reason.STALLED,
                  "The data server at ["
                      + Frame.text(peer.address)
                      + "] stopped in the middle of a result.",
                  null)));
    } else {
      checkWhetherItIsThere(nowNanos);
    }
  }

  /** A cut connection does not end: what is sent is lost, and nothing comes. */
  private void checkWhetherItIsThere(long nowNanos) {
    Long pinged = pingedNanos;
    if (!peer.owesAnswers() || (pinged != null && lastReadNanos - pinged > 0)) {
      pingedNanos = null;
    } else if (pinged != null) {
      if (nowNanos - pinged > settings.silence().toNanos()) {
        onClosed(new SocketTimeoutException("it said nothing for " + settings.silence()));
      }
    } else if (nowNanos - lastReadNanos > QUIET_NANOS) {
      pingedNanos = nowNanos;
      send(Frame.PING, 0, 0, new byte[0]);
    }
  }

  @Override
  void onEnd(Exception cause) {
    receiving.values().forEach(of -> of.values().forEach(budget::release));
    receiving.clear();
    budget.forget(this);
    peer.ended(cause instanceof TypedFailure failure ? failure.typed : cause, welcome);
    budget.grant();
  }
}

package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.error.DataTransferException.Reason;
import io.dagwright.internal.code.CodeHash;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Fetches results and blobs from data servers, over one connection per peer. Thread-safe.
 *
 * <p>Fetches share the connection; large results are received only while the budget has room. When
 * a connection ends, all its fetches fail at once. After {@link #close} its thread and sockets are
 * gone and every fetch has failed.
 */
public final class DataClient implements AutoCloseable {

  private static final int TASKS_PER_FRAME_MAX = 1 << 16;
  private static final int REQUESTS_PER_PEER_MAX = 256;
  private static final long CONNECT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final TransferSettings settings;
  private final SelectorLoop loop = new SelectorLoop("dagwright-data-client");

  // Owned by the loop's thread.
  private final Map<InetSocketAddress, Peer> peers = new HashMap<>();
  private final Deque<Incoming> waitingForBudget = new ArrayDeque<>();
  private long receivingBytes;
  private long lastRequest;

  /** Keeps a connection open until closed. */
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  public DataClient(TransferSettings settings) {
    this.settings = settings;
  }

  /** Asks one worker for the results of these tasks; the outcomes go to {@code receiver}. */
  public void fetch(InetSocketAddress address, long worker, long[] tasks, FetchReceiver receiver) {
    fetch(address, worker, tasks, Frame.FETCH, receiver);
  }

  /** The same for results that the worker may have yet to make; each is sent as it is there. */
  public void fetchAwaited(
      InetSocketAddress address, long worker, long[] tasks, FetchReceiver receiver) {
    fetch(address, worker, tasks, Frame.FETCH_AWAITED, receiver);
  }

  private void fetch(
      InetSocketAddress address, long worker, long[] tasks, byte type, FetchReceiver receiver) {
    Fetch fetch = new Fetch(address, receiver, tasks.length);
    if (tasks.length == 0) {
      receiver.onFinished();
      return;
    }
    List<Part> parts = new ArrayList<>();
    for (int base = 0; base < tasks.length; base += TASKS_PER_FRAME_MAX) {
      int count = Math.min(TASKS_PER_FRAME_MAX, tasks.length - base);
      ByteBuffer body = ByteBuffer.allocate((1 + count) * Long.BYTES).putLong(worker);
      body.asLongBuffer().put(tasks, base, count);
      parts.add(new Part(fetch, type, body.array(), base, count));
    }
    submit(fetch, parts);
  }

  /** The same with a future, which completes on the data plane's thread: continue with Async. */
  public CompletableFuture<Fetched> fetch(InetSocketAddress address, long worker, long[] tasks) {
    FutureReceiver receiver = new FutureReceiver(tasks.length);
    fetch(address, worker, tasks, receiver);
    return receiver.future;
  }

  /** Asks a node for a blob; empty if it does not have it. */
  public CompletableFuture<Optional<byte[]>> fetchBlob(InetSocketAddress address, CodeHash hash) {
    ByteBuffer body = ByteBuffer.allocate(CodeHash.SIZE_BYTES);
    hash.write(body);
    return fetchOne(address, Frame.FETCH_BLOB, body.array(), "Blob [" + hash.prefix() + "]");
  }

  /**
   * Asks a client's node for a class of a session; empty if it does not have it.
   *
   * @param epoch of the session's code
   */
  public CompletableFuture<Optional<byte[]>> fetchClass(
      InetSocketAddress address, String session, int epoch, String className) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(body)) {
      out.writeUTF(session);
      out.writeInt(epoch);
      out.writeUTF(className);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e); // A name beyond all measure.
    }
    return fetchOne(address, Frame.FETCH_CLASS, body.toByteArray(), "Class [" + className + "]");
  }

  /** Tells a node how a worker's process ended; completed when it has heard. */
  public CompletableFuture<Void> reportExit(InetSocketAddress address, byte[] report) {
    return fetchOne(address, Frame.REPORT_EXIT, report, "Report of an exit")
        .thenApply(
            heard -> {
              if (heard.isEmpty()) {
                throw new DataTransferException(
                    Reason.REJECTED,
                    "The node at [" + Frame.text(address) + "] takes no reports of exits.",
                    null);
              }
              return null;
            });
  }

  private CompletableFuture<Optional<byte[]>> fetchOne(
      InetSocketAddress address, byte type, byte[] body, String what) {
    FutureReceiver receiver = new FutureReceiver(1);
    Fetch fetch = new Fetch(address, receiver, 1);
    submit(fetch, List.of(new Part(fetch, type, body, 0, 1)));
    return receiver.future.thenApply(
        fetched -> {
          if (fetched.failure(0) != null) {
            throw new DataTransferException(Reason.CORRUPT, what + ": " + fetched.failure(0), null);
          }
          return Optional.ofNullable(fetched.bytes(0));
        });
  }

  /**
   * Keeps a connection to the peer. When it ends it is opened once more; if that fails the peer is
   * gone: {@code onGone} runs, once, on the data plane's thread.
   */
  public Watch watch(InetSocketAddress address, Runnable onGone) {
    loop.execute(
        () -> {
          Peer peer = peer(address);
          peer.watchers.add(onGone);
          peer.connect();
        });
    return () ->
        loop.execute(
            () -> {
              Peer peer = peers.get(address);
              if (peer != null) {
                peer.watchers.remove(onGone);
              }
            });
  }

  /** Ends the connection to a peer that is known to be dead; its fetches fail now. */
  public void disconnect(InetSocketAddress address) {
    loop.execute(
        () -> {
          Peer peer = peers.get(address);
          if (peer != null && peer.link != null) {
            peer.watchers.clear();
            peer.link.onClosed(new IOException("the peer was declared dead"));
          }
        });
  }

  @Override
  public void close() {
    loop.close();
  }

  private void submit(Fetch fetch, List<Part> parts) {
    boolean accepted =
        loop.execute(
            () -> {
              Peer peer = peer(fetch.address);
              peer.waiting.addAll(parts);
              peer.connect();
              peer.sendWaiting();
            });
    if (!accepted) {
      fetch.fail(closedHere(fetch.address));
    }
  }

  private static DataTransferException closedHere(InetSocketAddress address) {
    return new DataTransferException(
        Reason.CLOSED,
        "The data plane was closed before [" + Frame.text(address) + "] had answered.",
        null);
  }

  private Peer peer(InetSocketAddress address) {
    return peers.computeIfAbsent(address, Peer::new);
  }

  /** One call of fetch. */
  private static final class Fetch {
    final InetSocketAddress address;
    final FetchReceiver receiver;
    int unanswered;
    boolean ended;

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
  }

  /** What of a fetch fits one frame. */
  private static final class Part {
    final Fetch fetch;
    final byte type;
    final byte[] body;
    final int base;
    final int count;
    int unanswered;

    /** Awaited results may be long in coming: they do not keep other requests waiting. */
    boolean isAwaited() {
      return type == Frame.FETCH_AWAITED;
    }

    Part(Fetch fetch, byte type, byte[] body, int base, int count) {
      this.fetch = fetch;
      this.type = type;
      this.body = body;
      this.base = base;
      this.count = count;
      this.unanswered = count;
    }
  }

  /** A large result that was announced and is, once granted, being received. */
  private static final class Incoming {
    final ClientLink link;
    final long request;
    final int index;
    final int length;
    final int crc;
    final CRC32C actual = new CRC32C();
    byte @Nullable [] bytes;
    int filled;

    Incoming(ClientLink link, long request, int index, int length, int crc) {
      this.link = link;
      this.request = request;
      this.index = index;
      this.length = length;
      this.crc = crc;
    }
  }

  /** One address: its connection, what it was asked, and what it will be. */
  private final class Peer {

    final InetSocketAddress address;
    final Deque<Part> waiting = new ArrayDeque<>();
    final Map<Long, Part> asked = new HashMap<>();

    /** How many of those asked are awaited. */
    int awaited;

    final List<Runnable> watchers = new ArrayList<>();
    @Nullable ClientLink link;

    Peer(InetSocketAddress address) {
      this.address = address;
    }

    void connect() {
      if (link != null) {
        return;
      }
      try {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        ClientLink opened = new ClientLink(this, channel);
        link = opened;
        opened.greet();
        loop.register(channel, SelectionKey.OP_CONNECT, opened);
        if (channel.connect(address)) {
          opened.connected();
        }
      } catch (IOException | RuntimeException e) {
        if (link != null) {
          link.onClosed(e instanceof IOException ? e : new ConnectException(e.toString()));
        } else {
          ended(e, false);
        }
      }
    }

    void sendWaiting() {
      while (link != null && asked.size() - awaited < REQUESTS_PER_PEER_MAX && !waiting.isEmpty()) {
        Part part = waiting.remove();
        long request = ++lastRequest;
        asked.put(request, part);
        awaited += part.isAwaited() ? 1 : 0;
        link.send(part.type, request, 0, part.body);
      }
    }

    void answered(long request, Part part) {
      if (--part.unanswered == 0) {
        asked.remove(request);
        awaited -= part.isAwaited() ? 1 : 0;
        sendWaiting();
      }
      part.fetch.answered();
    }

    void ended(Exception cause, boolean wasWelcome) {
      link = null;
      DataTransferException failure = failure(cause);
      List<Part> lost = new ArrayList<>(asked.values());
      lost.addAll(waiting);
      asked.clear();
      awaited = 0;
      waiting.clear();
      boolean reconnect = wasWelcome && !watchers.isEmpty() && !loop.isClosing();
      List<Runnable> told = reconnect || loop.isClosing() ? List.of() : List.copyOf(watchers);
      if (reconnect) {
        connect();
      } else {
        peers.remove(address, this);
      }
      lost.forEach(part -> part.fetch.fail(failure));
      told.forEach(Runnable::run);
    }

    private DataTransferException failure(Exception cause) {
      if (cause instanceof DataTransferException typed) {
        return typed;
      }
      if (loop.isClosing()) {
        return closedHere(address);
      }
      return cause instanceof ConnectException
          ? new DataTransferException(
              Reason.REFUSED, "Nobody serves data at [" + Frame.text(address) + "].", cause)
          : new DataTransferException(
              Reason.CONNECTION_LOST,
              "The data connection to ["
                  + Frame.text(address)
                  + "] ended: "
                  + cause.getMessage()
                  + ".",
              cause);
    }
  }

  private final class ClientLink extends Link {

    private final Peer peer;
    private final long openedNanos = System.nanoTime();
    private final Map<Long, Map<Integer, Incoming>> receiving = new HashMap<>();
    private boolean welcome;

    ClientLink(Peer peer, SocketChannel channel) {
      super(DataClient.this.loop, channel);
      this.peer = peer;
    }

    void greet() {
      byte[] token = settings.clusterToken().getBytes(StandardCharsets.UTF_8);
      send(
          Frame.HELLO,
          0,
          0,
          ByteBuffer.allocate(6 + token.length)
              .putInt(Frame.MAGIC)
              .putShort(Frame.VERSION)
              .put(token)
              .array());
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
        throw new DataTransferExceptionIO(
            new DataTransferException(
                Reason.REJECTED,
                "What listens at [" + Frame.text(peer.address) + "] is no data server of ours.",
                null));
      }
    }

    @Override
    void onFrame(byte type, long request, int index, ByteBuffer body) throws IOException {
      switch (type) {
        case Frame.WELCOME -> welcome = true;
        case Frame.REJECT ->
            throw new DataTransferExceptionIO(
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
          int length = body.getInt();
          if (index < 0 || index >= part.count || length < 0) {
            throw new IOException("an outcome nobody asked for");
          }
          waitingForBudget.add(new Incoming(this, request, index, length, body.getInt()));
          grant();
        }
        default -> throw new IOException("servers send no frame of type " + type);
      }
    }

    private Part part(long request) throws IOException {
      Part part = peer.asked.get(request);
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
      if (DataServer.crc(bytes) != crc) {
        throw corrupt();
      }
      FetchReceiver receiver = part.fetch.receiver;
      switch (status) {
        case Frame.STATUS_BYTES -> receiver.onBytes(part.base + index, bytes);
        case Frame.STATUS_MISSING -> receiver.onMissing(part.base + index);
        case Frame.STATUS_LATE -> receiver.onLate(part.base + index);
        default ->
            receiver.onEncodingFailed(part.base + index, new String(bytes, StandardCharsets.UTF_8));
      }
      peer.answered(request, part);
    }

    private IOException corrupt() {
      return new DataTransferExceptionIO(
          new DataTransferException(
              Reason.CORRUPT,
              "A result from [" + Frame.text(peer.address) + "] arrived with a wrong checksum.",
              null));
    }

    /** Room was found: asks for the bytes. */
    void receive(Incoming incoming) {
      try {
        incoming.bytes = new byte[incoming.length];
      } catch (OutOfMemoryError e) {
        release(incoming);
        send(Frame.DECLINE, incoming.request, incoming.index, new byte[0]);
        Part part = peer.asked.get(incoming.request);
        if (part != null) {
          part.fetch.receiver.onEncodingFailed(
              part.base + incoming.index, "no memory to receive [" + incoming.length + "] bytes");
          peer.answered(incoming.request, part);
        }
        return;
      }
      lastReadNanos = System.nanoTime();
      receiving
          .computeIfAbsent(incoming.request, id -> new HashMap<>())
          .put(incoming.index, incoming);
      send(Frame.GRANT, incoming.request, incoming.index, new byte[0]);
    }

    @Override
    void onLargeBytes(long request, int index, ByteBuffer in, int count) throws IOException {
      Map<Integer, Incoming> ofRequest = receiving.get(request);
      Incoming incoming = ofRequest == null ? null : ofRequest.get(index);
      byte[] bytes = incoming == null ? null : incoming.bytes;
      if (ofRequest == null
          || incoming == null
          || bytes == null
          || count > incoming.length - incoming.filled) {
        throw new IOException("bytes nobody asked for");
      }
      in.get(bytes, incoming.filled, count);
      incoming.actual.update(bytes, incoming.filled, count);
      incoming.filled += count;
      if (incoming.filled < incoming.length) {
        return;
      }
      if ((int) incoming.actual.getValue() != incoming.crc) {
        throw corrupt();
      }
      ofRequest.remove(index);
      if (ofRequest.isEmpty()) {
        receiving.remove(request);
      }
      release(incoming);
      Part part = part(request);
      part.fetch.receiver.onBytes(part.base + index, bytes);
      peer.answered(request, part);
      grant();
    }

    @Override
    public void onTick(long nowNanos) {
      if (!welcome && nowNanos - openedNanos > CONNECT_TIMEOUT_NANOS) {
        onClosed(new ConnectException("no answer in time"));
      } else if (!receiving.isEmpty()
          && nowNanos - lastReadNanos > settings.stallTimeout().toNanos()) {
        onClosed(
            new DataTransferException(
                Reason.STALLED,
                "The data server at ["
                    + Frame.text(peer.address)
                    + "] stopped in the middle of a result.",
                null));
      }
    }

    @Override
    void onEnd(Exception cause) {
      receiving.values().forEach(held -> held.values().forEach(DataClient.this::release));
      receiving.clear();
      waitingForBudget.removeIf(incoming -> incoming.link == this);
      peer.ended(cause instanceof DataTransferExceptionIO typed ? typed.typed : cause, welcome);
      grant();
    }
  }

  private void release(Incoming incoming) {
    receivingBytes -= incoming.length;
  }

  private void grant() {
    for (Incoming next = waitingForBudget.peek();
        next != null
            && (receivingBytes == 0 || receivingBytes + next.length <= settings.clientBytesMax());
        next = waitingForBudget.peek()) {
      waitingForBudget.remove();
      receivingBytes += next.length;
      next.link.receive(next);
    }
  }

  /** Carries a typed failure through code that throws I/O exceptions. */
  private static final class DataTransferExceptionIO extends IOException {
    private static final long serialVersionUID = 1L;
    private final DataTransferException typed;

    DataTransferExceptionIO(DataTransferException typed) {
      super(typed);
      this.typed = typed;
    }
  }

  private static final class FutureReceiver implements FetchReceiver {

    private final CompletableFuture<Fetched> future = new CompletableFuture<>();
    private final Fetched fetched;

    FutureReceiver(int count) {
      fetched = new Fetched(count);
    }

    @Override
    public void onBytes(int index, byte[] bytes) {
      fetched.setBytes(index, bytes);
    }

    @Override
    public void onMissing(int index) {}

    @Override
    public void onEncodingFailed(int index, String message) {
      fetched.setFailure(index, message);
    }

    @Override
    public void onFinished() {
      future.complete(fetched);
    }

    @Override
    public void onFailed(DataTransferException failure) {
      future.completeExceptionally(failure);
    }
  }
}

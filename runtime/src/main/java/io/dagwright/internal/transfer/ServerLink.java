package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.Payload;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One client's connection. Used by the loop's thread, but for what says otherwise. */
final class ServerLink extends Link {

  private static final int REQUESTS_MAX = 4096;
  private static final int AWAITED_MAX = 1 << 20;
  private static final long QUEUED_BYTES_MAX = 32L << 20;
  private static final long HELLO_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final DataServer server;
  private final long openedNanos = System.nanoTime();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Map<Long, Map<Integer, Payload>> announced = new HashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger awaited = new AtomicInteger();
  private final Deque<Integer> freeSlots = new ArrayDeque<>();
  private SharedMemory.@Nullable Ring ring;
  private boolean mayShare;
  private boolean isShared;
  private boolean greeted;
  private boolean rejected;

  ServerLink(DataServer server, SelectorLoop loop, SocketChannel channel) {
    super(loop, channel);
    this.server = server;
  }

  // ---- for those that encode, on any thread ----------------------------------------------------

  /** Whether there is room for more that waits to be sent. */
  boolean mayProduce() {
    return queuedBytes.get() < QUEUED_BYTES_MAX && server.hasRoom();
  }

  private void hold(long bytes) {
    queuedBytes.addAndGet(bytes);
    server.hold(bytes);
  }

  void release(long bytes) {
    queuedBytes.addAndGet(-bytes);
    server.release(bytes);
  }

  /** An answer is complete. */
  void answered() {
    requests.decrementAndGet();
  }

  void deliver(long request, byte[] outcomes) {
    hold(outcomes.length);
    boolean queued =
        loop.execute(
            () -> send(Frame.OUTCOMES, request, 0, outcomes, () -> release(outcomes.length)));
    if (!queued) {
      release(outcomes.length);
    }
  }

  void announce(long request, int index, Payload payload) {
    hold(payload.sizeBytes());
    Payload.Layout layout = payload.layout();
    ByteBuffer body = ByteBuffer.allocate(layout.writtenBytes());
    layout.write(body);
    boolean queued =
        loop.execute(
            () -> {
              if (isClosed()) {
                release(payload.sizeBytes());
                return;
              }
              announced.computeIfAbsent(request, id -> new HashMap<>()).put(index, payload);
              send(Frame.LARGE, request, index, body.array());
            });
    if (!queued) {
      release(payload.sizeBytes());
    }
  }

  TransferCounts counts() {
    return server.counts();
  }

  // ---- frames ----------------------------------------------------------------------------------

  @Override
  void check(byte type, int length) throws IOException {
    int max = greeted ? Frame.BODY_BYTES_MAX : Frame.HELLO_BYTES_MAX;
    if (length < 0 || length > max || type == Frame.BYTES || greeted == (type == Frame.HELLO)) {
      throw new IOException("not a frame of the data plane");
    }
  }

  @Override
  void onLargeBytes(long request, int index, ByteBuffer in, int count) throws IOException {
    throw new IOException("clients send no results");
  }

  @Override
  void onLargeFrame(long request, int index, boolean isRight) throws IOException {
    throw new IOException("clients send no results");
  }

  @Override
  void onFrame(byte type, long request, int index, int crc, ByteBuffer body) throws IOException {
    if (rejected) {
      return;
    }
    switch (type) {
      case Frame.HELLO -> greet(body);
      case Frame.FETCH, Frame.FETCH_AWAITED -> {
        ResultSource source = server.source(body.getLong());
        long[] tasks = tasks(body);
        if (type == Frame.FETCH || source == null) {
          start(
              new Answer(
                  this,
                  server,
                  request,
                  0,
                  tasks.length,
                  i -> source == null ? null : source.result(tasks[i])));
        } else {
          for (int i = 0; i < tasks.length; i++) {
            await(source, request, i, tasks[i]);
          }
        }
      }
      case Frame.FETCH_BLOB -> {
        CodeHash hash = CodeHash.read(body);
        start(new Answer(this, server, request, 0, 1, i -> plain(server.blob(hash))));
      }
      case Frame.FETCH_CLASS -> {
        DataInputStream in = input(body);
        String session = in.readUTF();
        int epoch = in.readInt();
        String name = in.readUTF();
        start(
            new Answer(this, server, request, 0, 1, i -> plain(server.find(session, epoch, name))));
      }
      case Frame.REPORT_EXIT -> {
        byte[] report = new byte[body.remaining()];
        body.get(report);
        start(new Answer(this, server, request, 0, 1, i -> plain(server.takeExit(report))));
      }
      case Frame.FETCH_FOR_ME -> relay(request, body);
      case Frame.GRANT -> {
        offerRing();
        Payload payload = forget(request, index);
        counts().sentResults.increment();
        send(new LargeResult(this, request, index, payload));
      }
      case Frame.DECLINE -> release(forget(request, index).sizeBytes());
      case Frame.RING_READY -> begin(true);
      case Frame.RING_REFUSED -> begin(false);
      case Frame.FREED -> free(index);
      case Frame.PING -> send(Frame.PONG, 0, 0, new byte[0]);
      default -> throw new IOException("clients send no frame of type " + type);
    }
  }

  private static long[] tasks(ByteBuffer body) {
    long[] tasks = new long[body.remaining() / Long.BYTES];
    body.asLongBuffer().get(tasks);
    return tasks;
  }

  private static DataInputStream input(ByteBuffer body) {
    byte[] copy = new byte[body.remaining()];
    body.get(copy);
    return new DataInputStream(new ByteArrayInputStream(copy));
  }

  private static @Nullable Payload plain(byte @Nullable [] bytes) {
    return bytes == null ? null : Payload.of(bytes);
  }

  private void greet(ByteBuffer body) throws IOException {
    if (body.remaining() < 7 || body.getInt() != Frame.MAGIC) {
      throw new IOException("not a client of the data plane");
    }
    short version = body.getShort();
    mayShare = body.get() == 1;
    byte[] theirs = new byte[body.remaining()];
    body.get(theirs);
    String problem =
        version != Frame.VERSION
            ? "this node speaks version " + Frame.VERSION + ", not " + version
            : MessageDigest.isEqual(theirs, server.token()) ? null : "the cluster token differs";
    greeted = true;
    if (problem == null) {
      send(Frame.WELCOME, 0, 0, new byte[0]);
    } else {
      rejected = true;
      send(
          Frame.REJECT,
          0,
          0,
          problem.getBytes(StandardCharsets.UTF_8),
          () -> loop.execute(() -> onClosed(new IOException(problem))));
    }
  }

  private void start(Answer answer) throws IOException {
    if (requests.incrementAndGet() > REQUESTS_MAX) {
      throw new IOException("more than " + REQUESTS_MAX + " requests at once");
    }
    server.encode(answer);
  }

  private void beginAwait() throws IOException {
    if (awaited.incrementAndGet() > AWAITED_MAX) {
      throw new IOException("more than " + AWAITED_MAX + " results awaited at once");
    }
  }

  /** Answers when the result is there, on the thread that brings it, to save a hand-over. */
  private void await(ResultSource source, long request, int index, long task) throws IOException {
    beginAwait();
    Answer answer = new Answer(this, server, request, index, index + 1, i -> source.result(task));
    boolean isThere =
        source.await(
            task,
            came -> {
              awaited.decrementAndGet();
              requests.incrementAndGet();
              if (came) {
                answer.run();
              } else {
                answer.tell(Frame.STATUS_LATE);
              }
            });
    if (isThere) {
      awaited.decrementAndGet();
      start(answer);
    }
  }

  /** Fetches from where the client cannot, and answers what comes of it. */
  private void relay(long request, ByteBuffer body) throws IOException {
    DataInputStream in = input(body);
    InetSocketAddress address = new InetSocketAddress(in.readUTF(), in.readInt());
    long worker = in.readLong();
    body.position(body.limit() - in.available());
    long[] tasks = tasks(body);
    for (int i = 0; i < tasks.length; i++) {
      beginAwait();
    }
    server.relay(address, worker, tasks, new Relayed(request, tasks.length));
  }

  /** Answers a client with what came from somebody else. */
  private final class Relayed implements FetchReceiver {

    private final long request;
    private final boolean[] isAnswered;

    Relayed(long request, int count) {
      this.request = request;
      this.isAnswered = new boolean[count];
    }

    private Answer answer(int index, @Nullable Payload result) {
      isAnswered[index] = true;
      awaited.decrementAndGet();
      requests.incrementAndGet();
      return new Answer(ServerLink.this, server, request, index, index + 1, i -> result);
    }

    @Override
    public void onResult(int index, Payload result) {
      counts().relayed.increment();
      server.encode(answer(index, result));
    }

    @Override
    public void onMissing(int index) {
      answer(index, null).tell(Frame.STATUS_MISSING);
    }

    @Override
    public void onBusy(int index) {
      answer(index, null).tell(Frame.STATUS_BUSY);
    }

    @Override
    public void onUnreachable(int index) {
      answer(index, null).tell(Frame.STATUS_UNREACHABLE);
    }

    @Override
    public void onCorrupt(int index) {
      answer(index, null).tell(Frame.STATUS_UNREACHABLE);
    }

    @Override
    public void onEncodingFailed(int index, String message) {
      answer(index, null).tellFailed(message);
    }

    @Override
    public void onFinished() {}

    @Override
    public void onFailed(DataTransferException failure) {
      for (int i = 0; i < isAnswered.length; i++) {
        if (!isAnswered[i]) {
          onUnreachable(i);
        }
      }
    }
  }

  private Payload forget(long request, int index) throws IOException {
    Map<Integer, Payload> ofRequest = announced.get(request);
    Payload payload = ofRequest == null ? null : ofRequest.remove(index);
    if (ofRequest == null || payload == null) {
      throw new IOException("a grant for what was not announced");
    }
    if (ofRequest.isEmpty()) {
      announced.remove(request);
    }
    return payload;
  }

  // ---- shared memory ---------------------------------------------------------------------------

  /**
   * Offers memory to a client of this host that was not offered any; sockets do until it is taken.
   */
  private void offerRing() {
    SharedMemory memory = server.memory();
    if (!mayShare || memory == null) {
      return;
    }
    mayShare = false;
    SharedMemory.Ring made = memory.make();
    if (made == null) {
      counts().sharingFailures.increment();
      return;
    }
    ring = made;
    byte[] path = made.file.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer body = ByteBuffer.allocate(16 + path.length);
    body.putLong(made.nonce).putInt(made.slots).putInt(made.slotBytes).put(path);
    send(Frame.RING, 0, 0, body.array());
  }

  private void begin(boolean isReady) throws IOException {
    SharedMemory memory = server.memory();
    SharedMemory.Ring offered = ring;
    if (offered == null || memory == null || isShared) {
      throw new IOException("no memory was offered");
    }
    if (isReady) {
      memory.forgetFile(offered);
      isShared = true;
      for (int slot = 0; slot < offered.slots; slot++) {
        freeSlots.add(slot);
      }
    } else {
      memory.giveBack(offered);
      ring = null;
      counts().sharingFailures.increment();
    }
  }

  private void free(int slot) throws IOException {
    SharedMemory.Ring shared = ring;
    if (shared == null || slot < 0 || slot >= shared.slots || freeSlots.contains(slot)) {
      throw new IOException("a slot nobody uses");
    }
    freeSlots.add(slot);
    resume();
  }

  boolean sharesMemory() {
    return isShared;
  }

  /** A slot to put bytes into; -1 if there is none at the moment. */
  int takeSlot() {
    Integer free = freeSlots.poll();
    return free == null ? -1 : free;
  }

  ByteBuffer slot(int slot) {
    SharedMemory.Ring shared = ring;
    if (shared == null) {
      throw new IllegalStateException("no memory is shared");
    }
    return shared.slot(slot);
  }

  // ---- its life --------------------------------------------------------------------------------

  @Override
  public void onTick(long nowNanos) {
    if (!greeted && nowNanos - openedNanos > HELLO_TIMEOUT_NANOS) {
      onClosed(new IOException("no hello in time"));
    } else if (hasOutgoing()
        && nowNanos - lastWriteNanos > server.settings().stallTimeout().toNanos()) {
      onClosed(new IOException("the client takes nothing"));
    }
  }

  @Override
  void onEnd(Exception cause) {
    announced.values().forEach(of -> of.values().forEach(each -> release(each.sizeBytes())));
    announced.clear();
    SharedMemory memory = server.memory();
    if (ring != null && memory != null) {
      memory.giveBack(ring);
    }
    server.resumeParked();
  }
}

package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.CodeHash;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Serves the results of the workers of this JVM, and blobs, to other nodes. Thread-safe.
 *
 * <p>One thread moves the bytes, a few ask the sources for them. What waits to be sent is bounded
 * for each connection and for the server; requests beyond it wait. After {@link #close} its threads
 * and sockets are gone.
 */
public final class DataServer implements AutoCloseable {

  private static final int REQUESTS_PER_LINK_MAX = 4096;
  private static final int AWAITED_PER_LINK_MAX = 1 << 20;
  private static final long LINK_BYTES_MAX = 32L << 20;
  private static final long HELLO_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long CLOSE_TIMEOUT_MILLIS = 10_000;
  private static final int MESSAGE_CHARS_MAX = 4096;
  private static final BlobSource NO_BLOBS = hash -> null;
  private static final ExitSink NO_EXITS = report -> false;
  private static final ClassSource NO_CLASSES = (session, epoch, className) -> null;

  private final TransferSettings settings;
  private final byte[] token;
  private final SelectorLoop loop;
  private final ServerSocketChannel listener;
  private final InetSocketAddress address;
  private final ExecutorService encoders;
  private final Queue<Thread> encoderThreads = new ConcurrentLinkedQueue<>();
  private final Map<Long, ResultSource> sources = new ConcurrentHashMap<>();
  private volatile BlobSource blobs = NO_BLOBS;
  private volatile ClassSource classes = NO_CLASSES;
  private volatile ExitSink exits = NO_EXITS;
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Queue<Request> parked = new ConcurrentLinkedQueue<>();

  /**
   * Starts listening.
   *
   * @param bind a loopback address; port 0 picks a free one
   * @throws DataTransferException if the address is not loopback or cannot be bound
   */
  public DataServer(InetSocketAddress bind, TransferSettings settings) {
    this.settings = settings;
    this.token = settings.clusterToken().getBytes(StandardCharsets.UTF_8);
    if (bind.getAddress() == null || !bind.getAddress().isLoopbackAddress()) {
      throw new DataTransferException(
          DataTransferException.Reason.UNSAFE_ADDRESS,
          "The data plane does not encrypt yet, so it does not listen on ["
              + Frame.text(bind)
              + "]. Bind it to a loopback address such as 127.0.0.1.",
          null);
    }
    try {
      listener = ServerSocketChannel.open();
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      listener.bind(bind, 1024);
      listener.configureBlocking(false);
      address = (InetSocketAddress) listener.getLocalAddress();
    } catch (IOException e) {
      throw new DataTransferException(
          DataTransferException.Reason.REFUSED,
          "The data plane cannot listen on [" + Frame.text(bind) + "]: " + e.getMessage() + ".",
          e);
    }
    AtomicInteger number = new AtomicInteger();
    encoders =
        Executors.newFixedThreadPool(
            settings.encodingThreads(),
            work -> {
              Thread thread = new Thread(work, "dagwright-data-encode-" + number.incrementAndGet());
              thread.setDaemon(true);
              encoderThreads.add(thread);
              return thread;
            });
    loop = new SelectorLoop("dagwright-data-server-" + address.getPort());
    loop.execute(this::listen);
  }

  private void listen() {
    try {
      loop.register(listener, SelectionKey.OP_ACCEPT, new Acceptor());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** From now on answers requests for this worker from {@code source}. */
  public void serve(long worker, ResultSource source) {
    sources.put(worker, source);
  }

  /** From now on this worker's results are missing. */
  public void withdraw(long worker) {
    sources.remove(worker);
  }

  /** Where function blobs and large arguments come from. */
  public void serveBlobs(BlobSource source) {
    blobs = source;
  }

  /** Where classes come from that only their names ask for. */
  public void serveClasses(ClassSource source) {
    classes = source;
  }

  /** Who hears how worker processes ended that others watch. */
  public void takeExits(ExitSink sink) {
    exits = sink;
  }

  /** Bytes that wait to be sent now. */
  public long queuedBytes() {
    return queuedBytes.get();
  }

  @Override
  public void close() {
    loop.close();
    encoders.shutdownNow();
    try {
      for (Thread thread : encoderThreads) {
        // A source that ignores interruption must not hang whoever closes us; these are daemons.
        thread.join(CLOSE_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void encode(Request request) {
    try {
      encoders.execute(request);
    } catch (RejectedExecutionException e) {
      parked.clear(); // Closing: the link of this request is about to end as well.
    }
  }

  private void resumeParked() {
    for (int i = parked.size(); i > 0; i--) {
      Request request = parked.poll();
      if (request == null) {
        return;
      }
      if (request.link.mayProduce() || request.link.isClosed()) {
        encode(request);
      } else {
        parked.add(request);
      }
    }
  }

  private final class Acceptor implements SelectorLoop.Handler {

    @Override
    public void onReady(SelectionKey key) throws IOException {
      SocketChannel channel = listener.accept();
      if (channel != null) {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        loop.register(channel, SelectionKey.OP_READ, new ServerLink(channel));
      }
    }

    @Override
    public void onTick(long nowNanos) {}

    @Override
    public void onClosed(Exception cause) {
      if (!loop.isClosing()) {
        return; // One connection could not be accepted; the listener is fine.
      }
      try {
        listener.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  /** One client's connection. */
  private final class ServerLink extends Link {

    private final long openedNanos = System.nanoTime();
    private final AtomicLong linkBytes = new AtomicLong();
    private final Map<Long, Map<Integer, byte[]>> announced = new HashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger awaited = new AtomicInteger();
    private boolean greeted;
    private boolean rejected;

    ServerLink(SocketChannel channel) {
      super(DataServer.this.loop, channel);
    }

    boolean mayProduce() {
      return linkBytes.get() < LINK_BYTES_MAX && queuedBytes.get() < settings.serverBytesMax();
    }

    private void hold(long bytes) {
      linkBytes.addAndGet(bytes);
      queuedBytes.addAndGet(bytes);
    }

    private void release(long bytes) {
      linkBytes.addAndGet(-bytes);
      queuedBytes.addAndGet(-bytes);
      resumeParked();
    }

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
    void onFrame(byte type, long request, int index, ByteBuffer body) throws IOException {
      if (rejected) {
        return;
      }
      switch (type) {
        case Frame.HELLO -> greet(body);
        case Frame.FETCH, Frame.FETCH_AWAITED -> {
          ResultSource source = sources.get(body.getLong());
          long[] tasks = new long[body.remaining() / Long.BYTES];
          body.asLongBuffer().get(tasks);
          if (type == Frame.FETCH || source == null) {
            start(
                new Request(
                    this,
                    request,
                    0,
                    tasks.length,
                    i -> source == null ? null : source.bytes(tasks[i])));
          } else {
            for (int i = 0; i < tasks.length; i++) {
              await(source, request, i, tasks[i]);
            }
          }
        }
        case Frame.FETCH_BLOB -> {
          CodeHash hash = CodeHash.read(body);
          start(new Request(this, request, 0, 1, i -> blobs.blob(hash)));
        }
        case Frame.FETCH_CLASS -> {
          byte[] copy = new byte[body.remaining()];
          body.get(copy);
          DataInputStream in = new DataInputStream(new ByteArrayInputStream(copy));
          String session = in.readUTF();
          int epoch = in.readInt();
          String name = in.readUTF();
          start(new Request(this, request, 0, 1, i -> classes.find(session, epoch, name)));
        }
        case Frame.REPORT_EXIT -> {
          byte[] report = new byte[body.remaining()];
          body.get(report);
          start(new Request(this, request, 0, 1, i -> exits.take(report) ? new byte[0] : null));
        }
        case Frame.GRANT -> {
          byte[] bytes = forget(request, index);
          send(Frame.BYTES, request, index, bytes, () -> release(bytes.length));
        }
        case Frame.DECLINE -> release(forget(request, index).length);
        default -> throw new IOException("clients send no frame of type " + type);
      }
    }

    private void greet(ByteBuffer body) throws IOException {
      if (body.remaining() < 6 || body.getInt() != Frame.MAGIC) {
        throw new IOException("not a client of the data plane");
      }
      short version = body.getShort();
      byte[] theirs = new byte[body.remaining()];
      body.get(theirs);
      String problem =
          version != Frame.VERSION
              ? "this node speaks version " + Frame.VERSION + ", not " + version
              : MessageDigest.isEqual(theirs, token) ? null : "the cluster token differs";
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

    private void start(Request request) throws IOException {
      if (requests.incrementAndGet() > REQUESTS_PER_LINK_MAX) {
        throw new IOException("more than " + REQUESTS_PER_LINK_MAX + " requests at once");
      }
      encode(request);
    }

    /** Answers when the result is there, on the thread that brings it, to save a hand-over. */
    private void await(ResultSource source, long request, int index, long task) throws IOException {
      if (awaited.incrementAndGet() > AWAITED_PER_LINK_MAX) {
        throw new IOException("more than " + AWAITED_PER_LINK_MAX + " results awaited at once");
      }
      Request answer = new Request(this, request, index, index + 1, i -> source.bytes(task));
      boolean isThere =
          source.await(
              task,
              came -> {
                awaited.decrementAndGet();
                requests.incrementAndGet();
                if (came) {
                  answer.run();
                } else {
                  answer.tellLate();
                }
              });
      if (isThere) {
        awaited.decrementAndGet();
        start(answer);
      }
    }

    private byte[] forget(long request, int index) throws IOException {
      Map<Integer, byte[]> ofRequest = announced.get(request);
      byte[] bytes = ofRequest == null ? null : ofRequest.remove(index);
      if (ofRequest == null || bytes == null) {
        throw new IOException("a grant for what was not announced");
      }
      if (ofRequest.isEmpty()) {
        announced.remove(request);
      }
      return bytes;
    }

    /** Called by an encoder. */
    void deliver(long request, byte[] outcomes) {
      hold(outcomes.length);
      boolean queued =
          loop.execute(
              () -> send(Frame.OUTCOMES, request, 0, outcomes, () -> release(outcomes.length)));
      if (!queued) {
        release(outcomes.length);
      }
    }

    /** Called by an encoder. */
    void announce(long request, int index, byte[] bytes, int crc) {
      hold(bytes.length);
      boolean queued =
          loop.execute(
              () -> {
                if (isClosed()) {
                  release(bytes.length);
                  return;
                }
                announced.computeIfAbsent(request, id -> new HashMap<>()).put(index, bytes);
                byte[] body = ByteBuffer.allocate(8).putInt(bytes.length).putInt(crc).array();
                send(Frame.LARGE, request, index, body);
              });
      if (!queued) {
        release(bytes.length);
      }
    }

    @Override
    public void onTick(long nowNanos) {
      if (!greeted && nowNanos - openedNanos > HELLO_TIMEOUT_NANOS) {
        onClosed(new IOException("no hello in time"));
      } else if (hasOutgoing() && nowNanos - lastWriteNanos > settings.stallTimeout().toNanos()) {
        onClosed(new IOException("the client takes nothing"));
      }
    }

    @Override
    void onEnd(Exception cause) {
      announced.values().forEach(held -> held.values().forEach(bytes -> release(bytes.length)));
      announced.clear();
      resumeParked();
    }
  }

  /** Where one request's bytes come from. */
  private interface Items {
    byte @Nullable [] bytes(int index) throws Exception;
  }

  /** One request on its way through the encoders; leaves them while its link has enough to send. */
  private final class Request implements Runnable {

    private final ServerLink link;
    private final long id;
    private final int end;
    private final Items items;
    private ByteBuffer outcomes = ByteBuffer.allocate(0);
    private int next;

    /** What is to be sent of the request: the items from {@code first} to before {@code end}. */
    Request(ServerLink link, long id, int first, int end, Items items) {
      this.link = link;
      this.id = id;
      this.next = first;
      this.end = end;
      this.items = items;
    }

    @Override
    public void run() {
      while (next < end && !link.isClosed()) {
        if (!link.mayProduce()) {
          flush();
          parked.add(this);
          if (link.mayProduce()) {
            resumeParked(); // What was queued may have gone just before we were parked.
          }
          return;
        }
        produce(next++);
      }
      finish();
    }

    void tellLate() {
      append(next, Frame.STATUS_LATE, new byte[0]);
      finish();
    }

    private void finish() {
      flush();
      link.requests.decrementAndGet();
    }

    private void produce(int index) {
      byte[] bytes;
      try {
        bytes = items.bytes(index);
      } catch (Exception | StackOverflowError | OutOfMemoryError e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        append(
            index,
            Frame.STATUS_FAILED,
            message
                .substring(0, Math.min(message.length(), MESSAGE_CHARS_MAX))
                .getBytes(StandardCharsets.UTF_8));
        return;
      }
      if (bytes == null) {
        append(index, Frame.STATUS_MISSING, new byte[0]);
      } else if (bytes.length <= Frame.SMALL_BYTES_MAX) {
        append(index, Frame.STATUS_BYTES, bytes);
      } else {
        flush();
        link.announce(id, index, bytes, crc(bytes));
      }
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
      outcomes.putInt(index).put(status).putInt(bytes.length).putInt(crc(bytes)).put(bytes);
    }

    private void flush() {
      if (outcomes.position() > 0) {
        link.deliver(id, Arrays.copyOf(outcomes.array(), outcomes.position()));
        outcomes.clear();
      }
    }
  }

  static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }
}

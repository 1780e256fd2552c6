package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.CodeHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Serves the results of the workers of this JVM, and blobs, to other nodes. Thread-safe.
 *
 * <p>One thread moves the bytes, a few ask the sources for them. What waits to be sent is bounded
 * for each connection and for the server; requests beyond it wait. After {@link #close} its threads
 * and sockets are gone.
 */
public final class DataServer implements AutoCloseable {

  private static final long CLOSE_TIMEOUT_MILLIS = 10_000;
  private static final BlobSource NO_BLOBS = hash -> null;
  private static final ExitSink NO_EXITS = report -> false;
  private static final Relay NO_RELAY =
      (address, worker, tasks, receiver) -> {
        for (int i = 0; i < tasks.length; i++) {
          receiver.onUnreachable(i);
        }
      };
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
  private final Queue<Answer> parked = new ConcurrentLinkedQueue<>();
  private final TransferCounts counts;
  private final @Nullable SharedMemory memory;
  private volatile Relay relay = NO_RELAY;

  /**
   * Starts listening.
   *
   * @param bind a loopback address; port 0 picks a free one
   * @throws DataTransferException if the address is not loopback or cannot be bound
   */
  public DataServer(InetSocketAddress bind, TransferSettings settings) {
    this(bind, settings, new TransferCounts());
  }

  /** The same, counting what it does. */
  public DataServer(InetSocketAddress bind, TransferSettings settings, TransferCounts counts) {
    this.settings = settings;
    this.counts = counts;
    this.memory =
        settings.sharedBytesMax() == 0
            ? null
            : new SharedMemory(Path.of(settings.sharedDirectory()), settings.sharedBytesMax());
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
      listener = listen(bind);
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
    loop.execute(this::accept);
  }

  private static ServerSocketChannel listen(InetSocketAddress bind) throws IOException {
    ServerSocketChannel opened = ServerSocketChannel.open();
    try {
      opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      opened.bind(bind, 1024);
      opened.configureBlocking(false);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void accept() {
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

  /** Hands a report on; null if nobody takes it. */
  byte @Nullable [] takeExit(byte[] report) throws IOException {
    return exits.take(report) ? new byte[0] : null;
  }

  /** Who fetches for clients that cannot reach a holder. */
  public void serveRelayed(Relay from) {
    relay = from;
  }

  /** Bytes that wait to be sent now. */
  public long queuedBytes() {
    return queuedBytes.get();
  }

  @Override
  public void close() {
    loop.close();
    encoders.shutdownNow();
    if (memory != null) {
      memory.close();
    }
    try {
      for (Thread thread : encoderThreads) {
        // A source that ignores interruption must not hang whoever closes us; these are daemons.
        thread.join(CLOSE_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- for the links and the answers
  // -------------------------------------------------------------

  TransferSettings settings() {
    return settings;
  }

  TransferCounts counts() {
    return counts;
  }

  @Nullable SharedMemory memory() {
    return memory;
  }

  byte[] token() {
    return token;
  }

  @Nullable ResultSource source(long worker) {
    return sources.get(worker);
  }

  byte @Nullable [] blob(CodeHash hash) {
    return blobs.blob(hash);
  }

  byte @Nullable [] find(String session, int epoch, String className) {
    return classes.find(session, epoch, className);
  }

  void relay(InetSocketAddress holder, long worker, long[] tasks, FetchReceiver receiver) {
    relay.fetch(holder, worker, tasks, receiver);
  }

  boolean hasRoom() {
    return queuedBytes.get() < settings.serverBytesMax();
  }

  void hold(long bytes) {
    queuedBytes.addAndGet(bytes);
  }

  void release(long bytes) {
    queuedBytes.addAndGet(-bytes);
    resumeParked();
  }

  void encode(Answer answer) {
    try {
      encoders.execute(answer);
    } catch (RejectedExecutionException e) {
      parked.clear(); // Closing: the link of this request is about to end as well.
    }
  }

  /** An answer waits until there is room. */
  void park(Answer answer) {
    parked.add(answer);
    if (answer.link().mayProduce()) {
      resumeParked(); // What was queued may have gone just before it was parked.
    }
  }

  void resumeParked() {
    for (int i = parked.size(); i > 0; i--) {
      Answer answer = parked.poll();
      if (answer == null) {
        return;
      }
      if (answer.link().mayProduce() || answer.link().isClosed()) {
        encode(answer);
      } else {
        parked.add(answer);
      }
    }
  }

  /** Puts off those that have waited long for what others are sent. */
  private void tellBusy(long nowNanos) {
    for (int i = parked.size(); i > 0 && !hasRoom(); i--) {
      Answer answer = parked.poll();
      if (answer == null) {
        return;
      }
      if (nowNanos - answer.parkedNanos() > settings.busyAfter().toNanos()) {
        counts.busyAnswers.increment();
        answer.tell(Frame.STATUS_BUSY);
      } else {
        parked.add(answer);
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
        loop.register(
            channel, SelectionKey.OP_READ, new ServerLink(DataServer.this, loop, channel));
      }
    }

    @Override
    public void onTick(long nowNanos) {
      tellBusy(nowNanos);
    }

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
}

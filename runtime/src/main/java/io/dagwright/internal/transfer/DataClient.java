package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.error.DataTransferException.Reason;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.transfer.Fetch.Part;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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

  private final TransferSettings settings;
  private final @Nullable InetAddress from;
  private final SelectorLoop loop = new SelectorLoop("dagwright-data-client");

  private final TransferCounts counts;

  // Owned by the loop's thread.
  private final Map<InetSocketAddress, ServerPeer> peers = new HashMap<>();
  private final ReceiveBudget budget;

  /** Keeps a connection open until closed. */
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  public DataClient(TransferSettings settings) {
    this(settings, new TransferCounts(), null);
  }

  /**
   * One that counts what it does.
   *
   * @param from the address of this host that it speaks with; null leaves it to the system
   */
  public DataClient(TransferSettings settings, TransferCounts counts, @Nullable InetAddress from) {
    this.from = from;
    this.settings = settings;
    this.counts = counts;
    this.budget = new ReceiveBudget(settings.clientBytesMax());
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

  /**
   * Asks somebody else to fetch the results of a worker that cannot be reached from here.
   *
   * @param relay whom to ask
   * @param address where that finds the worker
   */
  public void fetchThrough(
      InetSocketAddress relay,
      InetSocketAddress address,
      long worker,
      long[] tasks,
      FetchReceiver receiver) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(header)) {
      out.writeUTF(address.getHostString());
      out.writeInt(address.getPort());
      out.writeLong(worker);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A name beyond all measure.
    }
    fetch(relay, header.toByteArray(), tasks, Frame.FETCH_FOR_ME, receiver);
  }

  private void fetch(
      InetSocketAddress address, long worker, long[] tasks, byte type, FetchReceiver receiver) {
    byte[] header = ByteBuffer.allocate(Long.BYTES).putLong(worker).array();
    fetch(address, header, tasks, type, receiver);
  }

  private void fetch(
      InetSocketAddress address, byte[] header, long[] tasks, byte type, FetchReceiver receiver) {
    Fetch fetch = new Fetch(address, receiver, tasks.length);
    if (tasks.length == 0) {
      receiver.onFinished();
      return;
    }
    List<Part> parts = new ArrayList<>();
    for (int base = 0; base < tasks.length; base += TASKS_PER_FRAME_MAX) {
      int count = Math.min(TASKS_PER_FRAME_MAX, tasks.length - base);
      ByteBuffer body = ByteBuffer.allocate(header.length + count * Long.BYTES).put(header);
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
    loop.execute(() -> peer(address).watch(onGone));
    return () ->
        loop.execute(
            () -> {
              ServerPeer peer = peers.get(address);
              if (peer != null) {
                peer.unwatch(onGone);
              }
            });
  }

  /** Ends the connection to a peer that is known to be dead; its fetches fail now. */
  public void disconnect(InetSocketAddress address) {
    loop.execute(
        () -> {
          ServerPeer peer = peers.get(address);
          if (peer != null) {
            peer.disconnect();
          }
        });
  }

  @Override
  public void close() {
    loop.close();
  }

  private void submit(Fetch fetch, List<Part> parts) {
    boolean accepted = loop.execute(() -> peer(fetch.address).ask(parts));
    if (!accepted) {
      fetch.fail(closedHere(fetch.address));
    }
  }

  static DataTransferException closedHere(InetSocketAddress address) {
    return new DataTransferException(
        Reason.CLOSED,
        "The data plane was closed before [" + Frame.text(address) + "] had answered.",
        null);
  }

  private ServerPeer peer(InetSocketAddress address) {
    return peers.computeIfAbsent(address, key -> new ServerPeer(this, loop, key));
  }

  // ---- for the peers ----------------------------------------------------------------------------

  @Nullable InetAddress from() {
    return from;
  }

  ClientLink link(ServerPeer peer, SocketChannel channel) {
    return new ClientLink(peer, loop, channel, settings, budget, counts);
  }

  void forget(ServerPeer peer) {
    peers.remove(peer.address, peer);
  }

  private static final class FutureReceiver implements FetchReceiver {

    private final CompletableFuture<Fetched> future = new CompletableFuture<>();
    private final Fetched fetched;

    FutureReceiver(int count) {
      fetched = new Fetched(count);
    }

    @Override
    public void onResult(int index, Payload result) {
      fetched.setResult(index, result);
    }

    @Override
    public void onMissing(int index) {}

    @Override
    public void onBusy(int index) {
      fetched.setFailure(index, "it is busy");
    }

    @Override
    public void onUnreachable(int index) {
      fetched.setFailure(index, "it cannot be reached");
    }

    @Override
    public void onCorrupt(int index) {
      future.completeExceptionally(
          new DataTransferException(
              Reason.CORRUPT, "A result arrived with a wrong checksum.", null));
    }

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

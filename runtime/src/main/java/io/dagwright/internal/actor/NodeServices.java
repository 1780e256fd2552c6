package io.dagwright.internal.actor;

import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.transfer.DataServer;
import io.dagwright.internal.transfer.TransferSettings;
import io.dagwright.internal.wire.PeerAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * What the actors of one JVM share: codecs, the data plane, and a small pool for decoding.
 * Thread-safe; closing it frees threads and sockets.
 */
public final class NodeServices implements AutoCloseable {

  private final ClosureCodec closures;
  private final ValueCodec values;
  private final DataServer server;
  private final DataClient client;
  private final ExecutorService ingest;
  private final PeerAddress address;
  private final Map<Long, ResultStore> stores = new ConcurrentHashMap<>();

  public NodeServices(InetSocketAddress bind, TransferSettings settings) {
    KryoPools pools = new KryoPools();
    closures = new ClosureCodec(pools);
    values = new ValueCodec(pools);
    server = new DataServer(bind, settings);
    client = new DataClient(settings);
    address = new PeerAddress(server.address().getHostString(), server.address().getPort());
    ingest =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "dagwright-ingest");
              thread.setDaemon(true);
              return thread;
            });
  }

  public ClosureCodec closures() {
    return closures;
  }

  public ValueCodec values() {
    return values;
  }

  public DataClient client() {
    return client;
  }

  /** Where this JVM's data server listens. */
  public PeerAddress address() {
    return address;
  }

  /** Decodes what clients send. */
  public ExecutorService ingest() {
    return ingest;
  }

  /** A worker of this JVM begins to serve its results. */
  void open(long incarnation, ResultStore store) {
    stores.put(incarnation, store);
    server.serve(incarnation, task -> store.contains(task) ? store.bytes(task) : null);
  }

  void close(long incarnation) {
    stores.remove(incarnation);
    server.withdraw(incarnation);
  }

  /** Whether workers of this JVM are serving results. */
  public boolean hasWorkers() {
    return !stores.isEmpty();
  }

  /** The store of a worker of this very JVM; null if it runs elsewhere. */
  @Nullable ResultStore neighbour(long incarnation) {
    return stores.get(incarnation);
  }

  @Override
  public void close() {
    server.close();
    client.close();
    ingest.shutdownNow();
  }
}

package io.dagwright.internal.actor;

import io.dagwright.internal.code.BlobCache;
import io.dagwright.internal.code.CodeCatalogue;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.CodeSettings;
import io.dagwright.internal.code.CodeUnit;
import io.dagwright.internal.code.JarIndex;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.CollectionListener;
import io.dagwright.internal.store.HeapBudget;
import io.dagwright.internal.store.MemorySettings;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.transfer.DataServer;
import io.dagwright.internal.transfer.ResultSource;
import io.dagwright.internal.transfer.TransferSettings;
import io.dagwright.internal.wire.PeerAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the actors of one JVM share: codecs, the data plane, and a small pool for decoding.
 * Thread-safe; closing it frees threads and sockets.
 */
public final class NodeServices implements AutoCloseable {

  private static final long CODE_CACHE_BYTES = 64 << 20;

  private final ClosureCodec closures;
  private final ValueCodec values;
  private final Choice choice;
  private final DataServer server;
  private final DataClient client;
  private final HeapBudget heap;
  private final CollectionListener collections;
  private final ExecutorService ingest;
  private final Map<CodeFetch, CompletableFuture<Optional<byte[]>>> fetching =
      new ConcurrentHashMap<>();
  private final PeerAddress address;
  private final ProvidedCode provided = new ProvidedCode();
  private final CodeSettings codeSettings;
  private final Map<String, CodeCatalogue> catalogues = new ConcurrentHashMap<>();
  private final BlobCache codeCache =
      new BlobCache(
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "dagwright-code-" + System.getProperty("user.name")),
          CODE_CACHE_BYTES);
  private volatile @Nullable ClassLoader everywhere;
  private final Map<Long, ResultStore> stores = new ConcurrentHashMap<>();

  private record CodeFetch(CodeHash hash, PeerAddress from) {}

  /**
   * Opens the data plane.
   *
   * @param choice which serializer writes what, where no task, scope or value says otherwise
   * @param codeSettings how workers of this JVM get the code of clients
   * @param memory how much of the heap results of workers may take
   */
  public NodeServices(
      InetSocketAddress bind,
      TransferSettings settings,
      Choice choice,
      CodeSettings codeSettings,
      MemorySettings memory) {
    this.choice = choice;
    this.codeSettings = codeSettings;
    heap = new HeapBudget(memory);
    collections = new CollectionListener(heap::onCollection);
    KryoPools pools = new KryoPools();
    values = new ValueCodec(pools);
    closures = new ClosureCodec(pools, values);
    server = new DataServer(bind, settings);
    client = new DataClient(settings);
    server.serveBlobs(this::code);
    server.serveClasses(this::findClass);
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

  /** Which serializer writes what, as the settings say. */
  Choice choice() {
    return choice;
  }

  public DataClient client() {
    return client;
  }

  /** The heap that results of this JVM's workers may take. */
  HeapBudget heap() {
    return heap;
  }

  /** Removes the files that hold results; nothing is written to files any more. */
  public void dropFiles() {
    heap.close();
  }

  /** Where this JVM's data server listens. */
  public PeerAddress address() {
    return address;
  }

  /** All workers there will ever be are in this JVM and find their classes with this loader. */
  public void allWorkersHave(ClassLoader loader) {
    everywhere = loader;
  }

  /** Whether all workers have this very class, and so what it needs. */
  boolean isEverywhere(Class<?> type) {
    ClassLoader loader = everywhere;
    if (loader == null) {
      return false;
    }
    String name = type.getName();
    int hidden = name.indexOf("$$Lambda");
    try {
      Class<?> found = Class.forName(hidden < 0 ? name : name.substring(0, hidden), false, loader);
      return hidden < 0
          ? found == type
          : Objects.equals(found.getClassLoader(), type.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** What every node has, so that it is never shipped. */
  ProvidedCode provided() {
    return provided;
  }

  /** Code that workers of this JVM have fetched. */
  BlobCache codeCache() {
    return codeCache;
  }

  /** The code of a new client of this JVM; served until it is closed. */
  CodeCatalogue openCatalogue(String session) {
    CodeCatalogue catalogue = new CodeCatalogue(provided, JarIndex.ofThisJvm());
    catalogues.put(session, catalogue);
    return catalogue;
  }

  void closeCatalogue(String session) {
    catalogues.remove(session);
  }

  /** How workers of this JVM get the code of clients. */
  CodeSettings codeSettings() {
    return codeSettings;
  }

  private byte @Nullable [] findClass(String session, int epoch, String className) {
    CodeCatalogue catalogue = catalogues.get(session);
    CodeUnit found =
        catalogue == null ? null : catalogue.find(ShippedCode.inCatalogue(epoch), className);
    return found == null ? null : UnitMessage.encode(found);
  }

  private byte @Nullable [] code(CodeHash hash) {
    for (CodeCatalogue catalogue : catalogues.values()) {
      byte[] found = catalogue.find(hash);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** Asks a client for code, once at a time; empty if it is not there any more. */
  CompletableFuture<Optional<byte[]>> fetchCode(CodeHash hash, PeerAddress from) {
    CodeFetch fetch = new CodeFetch(hash, from);
    CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
    CompletableFuture<Optional<byte[]>> asked = fetching.putIfAbsent(fetch, answer);
    if (asked != null) {
      return asked;
    }
    // Removed when whoever keeps what came has kept it.
    client
        .fetchBlob(new InetSocketAddress(from.host(), from.port()), hash)
        .thenAccept(
            content -> {
              answer.complete(content);
              fetching.remove(fetch);
            })
        .exceptionally(
            failure -> {
              Throwable cause = failure.getCause();
              answer.completeExceptionally(cause == null ? failure : cause);
              fetching.remove(fetch);
              return null;
            });
    return answer;
  }

  /** Asks a client for a class of its session; empty if it does not have it. */
  CompletableFuture<Optional<byte[]>> fetchClass(
      String session, int epoch, String className, PeerAddress from) {
    return client.fetchClass(
        new InetSocketAddress(from.host(), from.port()), session, epoch, className);
  }

  /** Decodes what clients send. */
  public ExecutorService ingest() {
    return ingest;
  }

  /** A worker of this JVM begins to serve its results. */
  void open(long incarnation, ResultStore store) {
    stores.put(incarnation, store);
    server.serve(
        incarnation,
        new ResultSource() {
          @Override
          public byte @Nullable [] bytes(long task) {
            try {
              return store.bytes(task);
            } catch (NoSuchElementException e) {
              return null;
            }
          }

          @Override
          public boolean await(long task, Consumer<Boolean> outcome) {
            return store.await(task, outcome);
          }
        });
  }

  void close(long incarnation) {
    server.withdraw(incarnation);
    ResultStore store = stores.remove(incarnation);
    if (store != null) {
      store.close();
    }
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
    collections.close();
    heap.close();
  }
}

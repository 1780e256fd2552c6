package io.dagwright.internal.actor;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.BlobCache;
import io.dagwright.internal.code.CodeCatalogue;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.CodeSettings;
import io.dagwright.internal.code.CodeUnit;
import io.dagwright.internal.code.JarIndex;
import io.dagwright.internal.code.SharedFiles;
import io.dagwright.internal.executor.WorkerLocals;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ShippedValues;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.CollectionListener;
import io.dagwright.internal.store.HeapBudget;
import io.dagwright.internal.store.MemorySettings;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.transfer.DataServer;
import io.dagwright.internal.transfer.ExitSink;
import io.dagwright.internal.transfer.FetchReceiver;
import io.dagwright.internal.transfer.ResultSource;
import io.dagwright.internal.transfer.SharedFetches;
import io.dagwright.internal.transfer.TransferCounts;
import io.dagwright.internal.transfer.TransferSettings;
import io.dagwright.internal.wire.PeerAddress;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the actors of one JVM share: codecs, the data plane, and a small pool for decoding.
 * Thread-safe; closing it frees threads and sockets.
 */
public final class NodeServices implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NodeServices.class);

  private static final long CODE_CACHE_BYTES = 64 << 20;

  private final ClosureCodec closures;
  private final ValueCodec values;
  private final Choice choice;
  private final TransferCounts transfers = new TransferCounts();
  private final DataServer server;
  private final DataClient client;
  private final SharedFetches sharedFetches;
  private final HeapBudget heap;
  private final CollectionListener collections;
  private final ExecutorService ingest;
  private final Map<CodeFetch, CompletableFuture<Optional<byte[]>>> fetching =
      new ConcurrentHashMap<>();
  private final PeerAddress address;
  private final ProvidedCode provided = new ProvidedCode();
  private final CodeSettings codeSettings;
  private final Map<String, CodeCatalogue> catalogues = new ConcurrentHashMap<>();
  private final BlobCache codeCache = new BlobCache(ofThisUser("code"), CODE_CACHE_BYTES);
  private final SharedFiles sharedFiles = new SharedFiles(ofThisUser("captured"));

  /** Bytes of large values, as long as a run of a client here keeps them. */
  private final Map<CodeHash, WeakReference<byte[]>> parts = new ConcurrentHashMap<>();

  private final Set<CodeHash> partsInFiles = ConcurrentHashMap.newKeySet();
  private final long captureBytes;
  private final LongAdder servedBytes = new LongAdder();
  private final Map<WorkerLocals, CompletableFuture<Void>> locals = new ConcurrentHashMap<>();
  private final Set<WorkerLocals> closing = ConcurrentHashMap.newKeySet();
  private volatile @Nullable ClassLoader everywhere;
  private final Map<Long, ResultStore> stores = new ConcurrentHashMap<>();

  private record CodeFetch(CodeHash hash, PeerAddress from) {}

  /**
   * Opens the data plane.
   *
   * @param choice which serializer writes what, where no task, scope or value says otherwise
   * @param codeSettings how workers of this JVM get the code of clients
   * @param memory how much of the heap results of workers may take
   * @param captureBytes values of this size that functions captured go once per host
   */
  public NodeServices(
      InetSocketAddress bind,
      TransferSettings settings,
      Choice choice,
      CodeSettings codeSettings,
      MemorySettings memory,
      long captureBytes) {
    this.choice = choice;
    this.codeSettings = codeSettings;
    this.captureBytes = captureBytes;
    heap = new HeapBudget(memory);
    KryoPools pools = new KryoPools();
    values = new ValueCodec(pools);
    closures = new ClosureCodec(pools, values);
    server = new DataServer(bind, settings, transfers);
    client = new DataClient(settings, transfers, bind.getAddress());
    sharedFetches = new SharedFetches(client);
    server.serveRelayed(client::fetch);
    server.serveBlobs(this::serve);
    server.serveClasses(this::findClass);
    sharedFiles.sweep();
    collections = new CollectionListener(heap::onCollection);
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

  /** Fetches results for a worker of this JVM. */
  void fetch(InetSocketAddress address, long worker, long[] tasks, FetchReceiver receiver) {
    if (stores.size() > 1) { // Else nobody else here wants them.
      sharedFetches.fetch(address, worker, tasks, receiver);
    } else {
      client.fetch(address, worker, tasks, receiver);
    }
  }

  /** What the data plane of this JVM has moved. */
  public TransferCounts transfers() {
    return transfers;
  }

  /** The heap that results of this JVM's workers may take. */
  HeapBudget heap() {
    return heap;
  }

  /** Removes the files that hold results; nothing is written to files any more. */
  public void dropFiles() {
    heap.close();
  }

  /** Who hears how worker processes ended that other processes watch. */
  public void takeExits(ExitSink sink) {
    server.takeExits(sink);
  }

  /** Where this JVM's data server listens. */
  public PeerAddress address() {
    return address;
  }

  /** The same, to connect to. */
  InetSocketAddress socketAddress() {
    return server.address();
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
    CodeCatalogue catalogue =
        new CodeCatalogue(provided, JarIndex.ofThisJvm(), ShippedValues.ofThisJvm()::packages);
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

  private static Path ofThisUser(String what) {
    return Path.of(
        System.getProperty("java.io.tmpdir"),
        "dagwright-" + what + "-" + System.getProperty("user.name"));
  }

  /** From which size values that functions captured go once per host. */
  long captureBytes() {
    return captureBytes;
  }

  /**
   * Serves the bytes of a large value as long as the array that is returned is kept by somebody.
   */
  byte[] keepPart(CodeHash hash, byte[] bytes) {
    parts.values().removeIf(each -> each.get() == null);
    WeakReference<byte[]> before = parts.get(hash);
    byte[] kept = before == null ? null : before.get();
    if (kept == null) {
      kept = bytes;
      parts.put(hash, new WeakReference<>(bytes));
    }
    return kept;
  }

  private byte @Nullable [] part(CodeHash hash) {
    WeakReference<byte[]> kept = parts.get(hash);
    return kept == null ? null : kept.get();
  }

  /**
   * The bytes of a large value: a client's of this JVM, or those that this host has, or fetched.
   */
  byte[] part(CodeHash hash, PeerAddress from) {
    byte[] own = part(hash);
    if (own != null) {
      return own;
    }
    partsInFiles.add(hash);
    return sharedFiles.get(hash, wanted -> fetchPart(wanted, from));
  }

  private byte[] fetchPart(CodeHash hash, PeerAddress from) {
    DataTransferException.Reason reason = DataTransferException.Reason.CONNECTION_LOST;
    String why = "its client has closed the session";
    try {
      byte[] bytes = fetchCode(hash, from).get().orElse(null);
      if (bytes != null && CodeHash.of(bytes).equals(hash)) {
        return bytes;
      }
      if (bytes != null) {
        reason = DataTransferException.Reason.CORRUPT;
        why = "other bytes came";
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = "the task was interrupted";
    } catch (ExecutionException e) {
      why = String.valueOf(e.getCause());
    }
    throw new DataTransferException(
        reason,
        "The large value ["
            + hash.prefix()
            + "] that a function captured did not come from ["
            + from
            + "]: "
            + why
            + ".",
        null);
  }

  /** No session of this JVM needs the value any more. */
  void forgetPart(CodeHash hash) {
    if (partsInFiles.remove(hash)) {
      sharedFiles.remove(hash);
    }
  }

  /** How many bytes of code and of large values other nodes have fetched from here. */
  public long servedBytes() {
    return servedBytes.sum();
  }

  private byte @Nullable [] serve(CodeHash hash) {
    byte[] part = part(hash);
    byte[] found = part != null ? part : code(hash);
    servedBytes.add(found == null ? 0 : found.length);
    return found;
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
          public @Nullable Payload result(long task) {
            try {
              return store.encoded(task);
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

  /** For what the tasks of a session make once per worker; let go of by {@link #closeSoon}. */
  WorkerLocals openWorkerLocals() {
    WorkerLocals opened = new WorkerLocals();
    locals.put(opened, new CompletableFuture<>());
    return opened;
  }

  /** Closes what tasks made, on a thread of its own, since that may take as long as it likes. */
  void closeSoon(@Nullable WorkerLocals ended) {
    if (ended == null || !closing.add(ended)) {
      return; // Who closes them already, says when that is done.
    }
    if (ended.isEmpty()) {
      close(ended);
      return;
    }
    Thread thread = new Thread(() -> close(ended), "dagwright-closing");
    thread.setDaemon(true);
    thread.start();
  }

  private void close(WorkerLocals ended) {
    ended.close();
    CompletableFuture<Void> closed = locals.remove(ended);
    closing.remove(ended);
    if (closed != null) {
      closed.complete(null);
    }
  }

  /**
   * Lets go of what outlives this JVM, or should be closed before it: the files of large values,
   * and what tasks made once per worker, for which it waits as long as that.
   */
  public void closeWorkerLocals(Duration atMost) {
    partsInFiles.forEach(this::forgetPart);
    CompletableFuture<Void> all =
        CompletableFuture.allOf(locals.values().toArray(CompletableFuture<?>[]::new));
    locals.keySet().forEach(this::closeSoon);
    try {
      all.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("What tasks made with WorkerLocal did not close within [{}]", atMost);
    }
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

  /**
   * The store of a worker of this very JVM; null if it runs elsewhere.
   *
   * @param at where its results are served: on another host somebody may have the same incarnation
   */
  @Nullable ResultStore neighbour(long incarnation, InetSocketAddress at) {
    return at.equals(server.address()) ? stores.get(incarnation) : null;
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

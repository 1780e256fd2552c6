package io.dagwright.internal.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.error.DataTransferException;
import io.dagwright.error.DataTransferException.Reason;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.ResultStore;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(60)
class DataTransferTest {

  private static final long WORKER = 7;
  private static final Duration FOREVER = Duration.ofDays(1);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Other tests may have left workers that wait for the next loop. */
  private final Set<Thread> before = Thread.getAllStackTraces().keySet();

  private final TransferSettings settings =
      TransferSettings.of("token").withBytes(64 << 20, 64 << 20);
  private final DataServer server = new DataServer(ANY, settings);
  private final DataClient client = new DataClient(settings);

  @AfterEach
  void closeLeavesNoThread() {
    client.close();
    server.close();

    List<String> left =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> !before.contains(thread))
            .map(Thread::getName)
            .filter(name -> name.startsWith("dagwright-data"))
            .toList();
    assertEquals(List.of(), left);
    assertEquals(0, server.queuedBytes());
  }

  private static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private Reason failureOf(CompletableFuture<?> future) {
    ExecutionException e = assertThrows(ExecutionException.class, future::get);
    return assertInstanceOf(DataTransferException.class, e.getCause()).reason();
  }

  @Test
  void eachTaskHasItsOwnOutcome() throws Exception {
    server.serve(
        WORKER,
        task -> {
          if (task == 2) {
            throw new IllegalStateException("will not encode");
          }
          return task == 1 ? null : Payload.of(random((int) task, task));
        });

    Fetched fetched =
        client.fetch(server.address(), WORKER, new long[] {0, 1, 2, 300, 3_000_000}).get();

    assertArrayEquals(new byte[0], fetched.bytes(0));
    assertTrue(fetched.isMissing(1));
    assertEquals("will not encode", fetched.failure(2));
    assertArrayEquals(random(300, 300), fetched.bytes(3));
    assertArrayEquals(random(3_000_000, 3_000_000), fetched.bytes(4));
  }

  @Test
  void workerThatIsNotHereHasNothing() throws Exception {
    server.serve(WORKER, task -> Payload.of(new byte[1]));
    server.withdraw(WORKER);

    assertTrue(client.fetch(server.address(), WORKER, new long[] {1}).get().isMissing(0));
    assertEquals(0, client.fetch(server.address(), WORKER, new long[0]).get().count());
  }

  @Test
  void anAwaitedResultIsSentWhenItComes() throws Exception {
    ResultStore store = new ResultStore(new ValueCodec(new KryoPools()));
    store.putEncoded(1, Payload.of(new byte[] {1}));
    server.serve(
        WORKER,
        new ResultSource() {
          @Override
          public Payload result(long task) {
            return store.encoded(task);
          }

          @Override
          public boolean await(long task, Consumer<Boolean> outcome) {
            return store.await(task, outcome);
          }
        });
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    client.fetchAwaited(server.address(), WORKER, new long[] {1, 2, 3}, new Listing(heard));

    assertEquals("0: 1 bytes", heard.take());
    // Requests are answered in order: this answer says that the earlier ones have been looked at.
    assertTrue(client.fetch(server.address(), WORKER, new long[] {1}).get().bytes(0) != null);
    store.putEncoded(2, Payload.of(new byte[] {2}));
    assertEquals("1: 1 bytes", heard.take());
    store.close();
    assertEquals("2 is late", heard.take());
    assertEquals("finished", heard.take());
  }

  @Test
  void manySmallResultsShareFrames() throws Exception {
    server.serve(WORKER, task -> Payload.of(ByteBuffer.allocate(8).putLong(task).array()));
    long[] tasks = LongStream.range(0, 200_000).toArray();

    Fetched fetched = client.fetch(server.address(), WORKER, tasks).get();

    for (int i = 0; i < tasks.length; i++) {
      byte[] bytes = fetched.bytes(i);
      assertTrue(bytes != null && ByteBuffer.wrap(bytes).getLong() == i);
    }
  }

  @Test
  void resultLargerThanTheBudgetsArrivesAlone() throws Exception {
    byte[] large = random(300 << 20, 1);
    server.serve(WORKER, task -> Payload.of(large));

    Fetched fetched = client.fetch(server.address(), WORKER, new long[] {1}).get();

    assertArrayEquals(large, fetched.bytes(0));
  }

  @Test
  void concurrentFetchesShareOneConnection() throws Exception {
    server.serve(WORKER, task -> Payload.of(random((int) task, task)));
    List<CompletableFuture<Fetched>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      all.add(client.fetch(server.address(), WORKER, new long[] {i, 100_000 + 1000 * i}));
    }

    for (int i = 0; i < 500; i++) {
      assertArrayEquals(random(i, i), all.get(i).get().bytes(0));
      assertArrayEquals(random(100_000 + 1000 * i, 100_000 + 1000 * i), all.get(i).get().bytes(1));
    }
  }

  @Test
  void blobsAreServedByHash() throws Exception {
    byte[] blob = random(500_000, 3);
    CodeHash hash = CodeHash.of(blob);
    server.serveBlobs(asked -> asked.equals(hash) ? blob : null);

    Optional<byte[]> found = client.fetchBlob(server.address(), hash).get();
    Optional<byte[]> missing = client.fetchBlob(server.address(), CodeHash.of(new byte[0])).get();

    assertArrayEquals(blob, found.orElseThrow());
    assertTrue(missing.isEmpty());
  }

  @Test
  void everyPendingFetchFailsWhenThePeerEnds() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    server.serve(
        WORKER,
        task -> {
          if (task == 1) {
            asked.countDown();
            never.await();
          }
          return Payload.of(new byte[1 << 20]);
        });
    CompletableFuture<Fetched> stuck = client.fetch(server.address(), WORKER, new long[] {1});
    CompletableFuture<Fetched> behind =
        client.fetch(server.address(), WORKER, LongStream.range(1, 100).toArray());
    asked.await();

    server.close();

    assertEquals(Reason.CONNECTION_LOST, failureOf(stuck));
    assertEquals(Reason.CONNECTION_LOST, failureOf(behind));
    assertEquals(Reason.REFUSED, failureOf(client.fetch(server.address(), WORKER, new long[] {1})));
  }

  /** A server of our own that speaks the protocol as far as the test wants and no further. */
  private Reason failureAgainst(int announced, int crc, byte[] sent, boolean thenClose)
      throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
      CompletableFuture<Fetched> fetch = client.fetch(address, WORKER, new long[] {1});
      try (Socket peer = listener.accept()) {
        peer.getInputStream().readNBytes(Frame.HEADER_BYTES + 12 + Frame.HEADER_BYTES + 16);
        DataOutputStream out = new DataOutputStream(peer.getOutputStream());
        header(out, 0, Frame.WELCOME, 0, 0);
        header(out, 4, Frame.LARGE, 1, 0);
        out.writeInt(announced);
        peer.getInputStream().readNBytes(Frame.HEADER_BYTES);
        header(out, sent.length, Frame.BYTES, 1, crc);
        out.write(sent);
        out.flush();
        if (!thenClose) {
          return failureOf(fetch);
        }
      }
      return failureOf(fetch);
    }
  }

  private static void header(DataOutputStream out, int length, byte type, long request, int crc)
      throws IOException {
    out.writeInt(length);
    out.writeByte(type);
    out.writeLong(request);
    out.writeInt(0);
    out.writeInt(crc);
  }

  @Test
  void peerThatDiesInTheMiddleOfAResultFailsTheFetch() throws Exception {
    assertEquals(Reason.CONNECTION_LOST, failureAgainst(5_000_000, 0, new byte[1 << 20], true));
  }

  @Test
  void resultWithAWrongChecksumIsNotDelivered() throws Exception {
    assertEquals(Reason.CORRUPT, failureAgainst(300_000, 1, new byte[300_000], false));
  }

  @Test
  void peerThatStopsInTheMiddleOfAResultIsGivenUp() throws Exception {
    TransferSettings impatient = settings.withTimes(Duration.ofMillis(100), Duration.ofSeconds(1));
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        DataClient other = new DataClient(impatient)) {
      InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
      CompletableFuture<Fetched> fetch = other.fetch(address, WORKER, new long[] {1});
      try (Socket peer = listener.accept()) {
        DataOutputStream out = new DataOutputStream(peer.getOutputStream());
        header(out, 0, Frame.WELCOME, 0, 0);
        peer.getInputStream().readNBytes(Frame.HEADER_BYTES + 12 + Frame.HEADER_BYTES + 16);
        header(out, 4, Frame.LARGE, 1, 0);
        out.writeInt(1 << 20);
        out.flush();

        assertEquals(Reason.STALLED, failureOf(fetch));
      }
    }
  }

  @Test
  void peerThatSaysNothingIsGivenUpThoughTheConnectionStands() throws Exception {
    TransferSettings impatient = settings.withSilence(Duration.ofMillis(100));
    for (boolean welcomes : new boolean[] {false, true}) {
      try (ServerSocket listener = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
          DataClient other = new DataClient(impatient)) {
        InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
        CountDownLatch gone = new CountDownLatch(1);
        other.watch(address, gone::countDown);
        CompletableFuture<Fetched> fetch = other.fetch(address, WORKER, new long[] {1});
        try (Socket peer = listener.accept()) {
          if (welcomes) {
            header(new DataOutputStream(peer.getOutputStream()), 0, Frame.WELCOME, 0, 0);
          }

          assertEquals(Reason.CONNECTION_LOST, failureOf(fetch));
          Socket again = listener.accept(); // That is no proof that the peer is dead.
          assertEquals(1, gone.getCount());
          again.close();
        }
      }
    }
  }

  @Test
  void peerThatIsSlowToAnswerIsNotGivenUpAsLongAsItIsThere() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    TransferSettings impatient = settings.withSilence(Duration.ofMillis(600));
    try (DataServer server = new DataServer(ANY, settings);
        DataClient other = new DataClient(impatient)) {
      server.serve(
          WORKER,
          task -> {
            never.await(3, TimeUnit.SECONDS); // Slow, not stuck: several times the silence.
            return Payload.of(new byte[] {1});
          });

      assertArrayEquals(
          new byte[] {1}, other.fetch(server.address(), WORKER, new long[] {1}).get().bytes(0));
    }
  }

  @Test
  void fetchesFailWhenTheClientCloses() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    server.serve(
        WORKER,
        task -> {
          never.await();
          return null;
        });
    CompletableFuture<Fetched> pending = client.fetch(server.address(), WORKER, new long[] {1});

    client.close();

    assertEquals(Reason.CLOSED, failureOf(pending));
    assertEquals(Reason.CLOSED, failureOf(client.fetch(server.address(), WORKER, new long[] {1})));
  }

  @Test
  void wrongTokenIsRejectedWithItsReason() {
    try (DataClient stranger = new DataClient(TransferSettings.of("other"))) {
      CompletableFuture<Fetched> fetch = stranger.fetch(server.address(), WORKER, new long[] {1});

      assertEquals(Reason.REJECTED, failureOf(fetch));
    }
  }

  @Test
  void garbageEndsTheConnectionAndNothingElse() throws Exception {
    server.serve(WORKER, task -> Payload.of(new byte[] {1}));
    Random random = new Random(5);
    for (int i = 0; i < 50; i++) {
      try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
        socket
            .getOutputStream()
            .write(
                i % 2 == 0
                    ? random(20 + random.nextInt(2000), i)
                    : "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        assertEquals(-1, readOrReset(socket.getInputStream()));
      }
    }

    assertArrayEquals(
        new byte[] {1}, client.fetch(server.address(), WORKER, new long[] {1}).get().bytes(0));
  }

  private static int readOrReset(InputStream in) {
    try {
      return in.read();
    } catch (IOException e) {
      return -1;
    }
  }

  /** A greeting and a request for so many results. */
  private static byte[] fetchOf(int count) {
    byte[] token = "token".getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(2 * Frame.HEADER_BYTES + 7 + token.length + 8 + 8 * count);
    Frame.putHeader(out, 7 + token.length, Frame.HELLO, 0, 0, 0);
    out.putInt(Frame.MAGIC).putShort(Frame.VERSION).put((byte) 0).put(token);
    Frame.putHeader(out, 8 + 8 * count, Frame.FETCH, 1, 0, 0);
    out.putLong(WORKER);
    return out.array();
  }

  @Test
  void readerThatTakesNothingHoldsUpNobodyElse() throws Exception {
    server.serve(WORKER, task -> Payload.of(new byte[200_000]));
    try (Socket slow = new Socket(server.address().getAddress(), server.address().getPort())) {
      slow.getOutputStream().write(fetchOf(10_000));
      Awaitility.await().until(() -> server.queuedBytes() > 20 << 20);

      Fetched fetched =
          client.fetch(server.address(), WORKER, LongStream.range(0, 1000).toArray()).get();

      assertArrayEquals(new byte[200_000], fetched.bytes(999));
      assertTrue(server.queuedBytes() < 64 << 20, () -> server.queuedBytes() + " bytes are queued");
    }
    Awaitility.await().until(() -> server.queuedBytes() == 0);
  }

  @Test
  void watchSeesTheEndOfThePeer() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (DataServer other = new DataServer(ANY, settings)) {
      client.watch(other.address(), gone::countDown);
      other.serve(WORKER, task -> Payload.of(new byte[1]));
      client.fetch(other.address(), WORKER, new long[] {1}).get();
    }

    assertTrue(gone.await(5, TimeUnit.SECONDS));
  }

  private static final ValueCodec CODEC = new ValueCodec(new KryoPools());

  /** Larger than the memory that is shared, with a head, several arrays and odd lengths. */
  private static List<Object> arrays() {
    long[] longs = new Random(1).longs(1_500_001).toArray();
    double[] doubles = new Random(2).doubles(333_333).toArray();
    return List.of("head", longs, random(1_000_003, 4), doubles, new int[100_000], new char[7]);
  }

  private static void assertArrays(Payload payload) {
    ClassLoader loader = DataTransferTest.class.getClassLoader();
    List<?> read = (List<?>) Objects.requireNonNull(CODEC.read(payload, loader));
    List<Object> sent = arrays();
    for (int i = 0; i < sent.size(); i++) {
      assertTrue(Objects.deepEquals(sent.get(i), read.get(i)), "element " + i);
    }
  }

  private Payload fetchArrays(DataServer from, DataClient by) throws Exception {
    from.serve(WORKER, task -> CODEC.encode(arrays(), Choice.DEFAULT));
    long[] tasks = {1, 2, 3};
    by.fetch(from.address(), WORKER, tasks).get(); // What is first may go before memory is shared.
    Fetched fetched = by.fetch(from.address(), WORKER, tasks).get();
    for (int i = 0; i < tasks.length; i++) {
      assertArrays(Objects.requireNonNull(fetched.result(i)));
    }
    return Objects.requireNonNull(fetched.result(0));
  }

  @Test
  void largeArraysGoThroughSharedMemoryAndLeaveNoFile(@TempDir Path directory) throws Exception {
    TransferSettings shared = settings.withShared(64 << 20, directory.toString());
    TransferCounts sent = new TransferCounts();
    TransferCounts received = new TransferCounts();
    try (DataServer server = new DataServer(ANY, shared, sent);
        DataClient client = new DataClient(shared, received, ANY.getAddress())) {
      Payload one = fetchArrays(server, client);

      assertTrue(sent.snapshot().sentSharedBytes() >= 3 * one.sizeBytes());
      assertEquals(6 * one.sizeBytes(), received.snapshot().receivedBytes());
      assertEquals(sent.snapshot().sentSharedBytes(), received.snapshot().receivedSharedBytes());
      try (Stream<Path> files = Files.walk(directory)) {
        assertEquals(List.of(), files.filter(Files::isRegularFile).toList());
      }
    }
  }

  @Test
  void largeArraysGoThroughSocketsWhenMemoryCannotBeShared(@TempDir Path directory)
      throws Exception {
    for (TransferSettings each :
        List.of(
            settings.withShared(0, directory.toString()),
            settings.withShared(1 << 20, directory.toString()),
            settings.withShared(64 << 20, directory.resolve("none").toString()))) {
      TransferCounts sent = new TransferCounts();
      try (DataServer server = new DataServer(ANY, each, sent);
          DataClient client = new DataClient(each)) {
        Payload one = fetchArrays(server, client);

        assertEquals(6 * one.sizeBytes(), sent.snapshot().sentBytes());
        assertEquals(0, sent.snapshot().sentSharedBytes());
        assertEquals(each.sharedBytesMax() == 0 ? 0 : 1, sent.snapshot().sharingFailures());
      }
    }
  }

  @Test
  void aClientThatCannotMapTheMemoryIsServedThroughTheSocket(@TempDir Path directory)
      throws Exception {
    Path ring = directory.resolve("ring");
    Files.write(ring, new byte[16]);

    assertThrows(IOException.class, () -> SharedMemory.open(ring, 0, 1, 16));
    assertThrows(IOException.class, () -> SharedMemory.open(Path.of("ring"), 0, 1, 16));
    try (SharedMemory memory = new SharedMemory(directory, 64 << 20)) {
      SharedMemory.Ring made = Objects.requireNonNull(memory.make());
      int slots = made.slots;

      assertEquals(slots, SharedMemory.open(made.file, made.nonce, slots, made.slotBytes).slots);
      assertThrows(
          IOException.class,
          () -> SharedMemory.open(made.file, made.nonce + 1, slots, made.slotBytes));
      assertThrows(
          IOException.class,
          () -> SharedMemory.open(made.file, made.nonce, slots + 1, made.slotBytes));
    }
  }

  @Test
  void whoWaitsLongForOthersIsToldThatTheServerIsBusy() throws Exception {
    TransferSettings narrow =
        TransferSettings.of("token").withBytes(4 << 20, 1 << 20).withTimes(FOREVER, Duration.ZERO);
    TransferCounts counts = new TransferCounts();
    try (DataServer busy = new DataServer(ANY, narrow, counts);
        Socket slow = new Socket(busy.address().getAddress(), busy.address().getPort())) {
      busy.serve(WORKER, task -> Payload.of(new byte[200_000]));
      slow.getOutputStream().write(fetchOf(10_000));
      Awaitility.await().until(() -> busy.queuedBytes() >= 4 << 20);

      Fetched fetched = client.fetch(busy.address(), WORKER, new long[] {1, 2}).get();

      assertEquals("it is busy", fetched.failure(0));
      assertEquals("it is busy", fetched.failure(1));
      assertTrue(counts.snapshot().busyAnswers() > 0);
    }
  }

  @Test
  void aThirdServerFetchesWhatCannotBeReached() throws Exception {
    TransferCounts counts = new TransferCounts();
    try (DataServer third = new DataServer(ANY, settings, counts)) {
      third.serveRelayed(client::fetch);
      server.serve(WORKER, task -> task == 2 ? null : Payload.of(random((int) task, task)));
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();

      client.fetchThrough(
          third.address(),
          server.address(),
          WORKER,
          new long[] {1_000_000, 2, 3},
          new Listing(heard));
      Set<String> outcomes = new HashSet<>();
      while (outcomes.size() < 4) {
        outcomes.add(heard.take());
      }
      assertEquals(Set.of("0: 1000000 bytes", "1 is missing", "2: 3 bytes", "finished"), outcomes);
      assertEquals(2, counts.snapshot().relayed());

      server.close();
      client.fetchThrough(
          third.address(), server.address(), WORKER, new long[] {1}, new Listing(heard));
      assertEquals("0 cannot be reached", heard.take());
      assertEquals("finished", heard.take());
    }
  }

  @Test
  void addressesThatAreNotLoopbackAreRefused() {
    DataTransferException e =
        assertThrows(
            DataTransferException.class,
            () -> new DataServer(new InetSocketAddress("0.0.0.0", 0), settings));

    assertEquals(Reason.UNSAFE_ADDRESS, e.reason());
    assertEquals(
        "The data plane does not encrypt yet, so it does not listen on [0.0.0.0:0]."
            + " Bind it to a loopback address such as 127.0.0.1.",
        e.getMessage());
  }

  /** Notes what it is told. */
  private record Listing(BlockingQueue<String> heard) implements FetchReceiver {

    @Override
    public void onResult(int index, Payload result) {
      heard.add(index + ": " + result.sizeBytes() + " bytes");
    }

    @Override
    public void onMissing(int index) {
      heard.add(index + " is missing");
    }

    @Override
    public void onLate(int index) {
      heard.add(index + " is late");
    }

    @Override
    public void onBusy(int index) {
      heard.add(index + " is busy");
    }

    @Override
    public void onUnreachable(int index) {
      heard.add(index + " cannot be reached");
    }

    @Override
    public void onCorrupt(int index) {
      heard.add(index + " is damaged");
    }

    @Override
    public void onEncodingFailed(int index, String message) {
      heard.add(message);
    }

    @Override
    public void onFinished() {
      heard.add("finished");
    }

    @Override
    public void onFailed(DataTransferException failure) {
      heard.add("failed");
    }
  }
}

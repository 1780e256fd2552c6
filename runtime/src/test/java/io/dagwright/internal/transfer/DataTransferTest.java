package io.dagwright.internal.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.error.DataTransferException;
import io.dagwright.error.DataTransferException.Reason;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.KryoPools;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(60)
class DataTransferTest {

  private static final long WORKER = 7;
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Other tests may have left workers that wait for the next loop. */
  private final Set<Thread> before = Thread.getAllStackTraces().keySet();

  private final TransferSettings settings =
      new TransferSettings("token", 64 << 20, 64 << 20, 2, Duration.ofSeconds(30));
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
          return task == 1 ? null : random((int) task, task);
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
    server.serve(WORKER, task -> new byte[1]);
    server.withdraw(WORKER);

    assertTrue(client.fetch(server.address(), WORKER, new long[] {1}).get().isMissing(0));
    assertEquals(0, client.fetch(server.address(), WORKER, new long[0]).get().count());
  }

  @Test
  void anAwaitedResultIsSentWhenItComes() throws Exception {
    ResultStore store = new ResultStore(new ValueCodec(new KryoPools()));
    store.putBytes(1, new byte[] {1});
    server.serve(
        WORKER,
        new ResultSource() {
          @Override
          public byte[] bytes(long task) {
            return store.bytes(task);
          }

          @Override
          public boolean await(long task, Consumer<Boolean> outcome) {
            return store.await(task, outcome);
          }
        });
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    client.fetchAwaited(
        server.address(),
        WORKER,
        new long[] {1, 2, 3},
        new FetchReceiver() {
          @Override
          public void onBytes(int index, byte[] bytes) {
            heard.add(index + ": " + bytes[0]);
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
        });

    assertEquals("0: 1", heard.take());
    // Requests are answered in order: this answer says that the earlier ones have been looked at.
    assertTrue(client.fetch(server.address(), WORKER, new long[] {1}).get().bytes(0) != null);
    store.putBytes(2, new byte[] {2});
    assertEquals("1: 2", heard.take());
    store.close();
    assertEquals("2 is late", heard.take());
    assertEquals("finished", heard.take());
  }

  @Test
  void manySmallResultsShareFrames() throws Exception {
    server.serve(WORKER, task -> ByteBuffer.allocate(8).putLong(task).array());
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
    server.serve(WORKER, task -> large);

    Fetched fetched = client.fetch(server.address(), WORKER, new long[] {1}).get();

    assertArrayEquals(large, fetched.bytes(0));
  }

  @Test
  void concurrentFetchesShareOneConnection() throws Exception {
    server.serve(WORKER, task -> random((int) task, task));
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
          return new byte[1 << 20];
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
        peer.getInputStream().readNBytes(Frame.HEADER_BYTES + 11 + Frame.HEADER_BYTES + 16);
        DataOutputStream out = new DataOutputStream(peer.getOutputStream());
        header(out, 0, Frame.WELCOME, 0);
        header(out, 8, Frame.LARGE, 1);
        out.writeInt(announced);
        out.writeInt(crc);
        peer.getInputStream().readNBytes(Frame.HEADER_BYTES);
        header(out, sent.length, Frame.BYTES, 1);
        out.write(sent);
        out.flush();
        if (!thenClose) {
          return failureOf(fetch);
        }
      }
      return failureOf(fetch);
    }
  }

  private static void header(DataOutputStream out, int length, byte type, long request)
      throws IOException {
    out.writeInt(length);
    out.writeByte(type);
    out.writeLong(request);
    out.writeInt(0);
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
    TransferSettings impatient =
        new TransferSettings("token", 64 << 20, 64 << 20, 2, Duration.ofMillis(100));
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        DataClient other = new DataClient(impatient)) {
      InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
      CompletableFuture<Fetched> fetch = other.fetch(address, WORKER, new long[] {1});
      try (Socket peer = listener.accept()) {
        DataOutputStream out = new DataOutputStream(peer.getOutputStream());
        header(out, 0, Frame.WELCOME, 0);
        peer.getInputStream().readNBytes(Frame.HEADER_BYTES + 11 + Frame.HEADER_BYTES + 16);
        header(out, 8, Frame.LARGE, 1);
        out.writeLong(1L << 52);
        out.flush();

        assertEquals(Reason.STALLED, failureOf(fetch));
      }
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
    server.serve(WORKER, task -> new byte[] {1});
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

  @Test
  void readerThatTakesNothingHoldsUpNobodyElse() throws Exception {
    server.serve(WORKER, task -> new byte[200_000]);
    try (Socket slow = new Socket(server.address().getAddress(), server.address().getPort())) {
      byte[] token = "token".getBytes(StandardCharsets.UTF_8);
      ByteBuffer out = ByteBuffer.allocate(1 << 20);
      out.putInt(6 + token.length).put(Frame.HELLO).putLong(0).putInt(0);
      out.putInt(Frame.MAGIC).putShort(Frame.VERSION).put(token);
      out.putInt(8 + 8 * 10_000).put(Frame.FETCH).putLong(1).putInt(0).putLong(WORKER);
      out.position(out.position() + 8 * 10_000);
      slow.getOutputStream().write(out.array(), 0, out.position());
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
      other.serve(WORKER, task -> new byte[1]);
      client.fetch(other.address(), WORKER, new long[] {1}).get();
    }

    assertTrue(gone.await(5, TimeUnit.SECONDS));
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
}

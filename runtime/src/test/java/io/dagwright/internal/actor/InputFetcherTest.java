package io.dagwright.internal.actor;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.code.CodeAcceptance;
import io.dagwright.internal.code.CodeSettings;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.MemorySettings;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.transfer.DataServer;
import io.dagwright.internal.transfer.TransferSettings;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.ToWorker;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerInstruction;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(60)
class InputFetcherTest {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final int HOLDER = 5;
  private static final long INCARNATION = 55;
  private static final Payload RESULT = Payload.of(new byte[] {1, 2, 3});

  private final TransferSettings settings = TransferSettings.of("token");
  private final NodeServices services =
      new NodeServices(
          ANY,
          settings,
          Choice.DEFAULT,
          new CodeSettings(CodeAcceptance.of("any"), Duration.ofSeconds(10)),
          MemorySettings.unlimited(),
          Long.MAX_VALUE);
  private final DataServer holder = new DataServer(ANY, settings);
  private final DataServer third = new DataServer(ANY, settings);
  private final DataClient thirdClient = new DataClient(settings);
  private final ResultStore store = new ResultStore(new ValueCodec(new KryoPools()));
  private final BlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
  private final InputFetcher fetcher = new InputFetcher(services, store, events::add);

  @AfterEach
  void close() {
    services.close();
    holder.close();
    third.close();
    thirdClient.close();
  }

  /** Where the holder is as seen from here: nobody listens there. */
  private static InetSocketAddress cutOff() throws Exception {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), closed.getLocalPort());
    }
  }

  private void meet(int worker, long incarnation, InetSocketAddress at) {
    PeerAddress address = new PeerAddress(at.getHostString(), at.getPort());
    fetcher.meet(new ToWorker.MeetPeer(worker, incarnation, address));
  }

  private WorkerEvent fetch(long... tasks) throws InterruptedException {
    fetcher.fetch(new WorkerInstruction.Fetch(HOLDER, Longs.of(tasks), false));
    return events.take();
  }

  @Test
  void workersOfOneJvmThatWantTheSameAtATimeShareOneTransfer() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch allWantIt = new CountDownLatch(1);
    holder.serve(
        INCARNATION,
        task -> {
          asked.countDown();
          allWantIt.await();
          return task == 3 ? null : Payload.of(new byte[(int) task]);
        });
    ResultStore otherStore = new ResultStore(new ValueCodec(new KryoPools()));
    InputFetcher other = new InputFetcher(services, otherStore, events::add);
    services.open(1, store);
    services.open(2, otherStore);
    PeerAddress at = new PeerAddress("127.0.0.1", holder.address().getPort());
    other.meet(new ToWorker.MeetPeer(HOLDER, INCARNATION, at));
    meet(HOLDER, INCARNATION, holder.address());

    fetcher.fetch(new WorkerInstruction.Fetch(HOLDER, Longs.of(500_000, 3), false));
    asked.await();
    other.fetch(new WorkerInstruction.Fetch(HOLDER, Longs.of(500_000, 3, 4), false));
    allWantIt.countDown();
    long fetched = 0;
    long missing = 0;
    while (fetched < 3 || missing < 2) {
      WorkerEvent event = events.take();
      fetched += event instanceof WorkerEvent.InputsFetched came ? came.tasks().size() : 0;
      missing += event instanceof WorkerEvent.FetchFailed failed ? failed.tasks().size() : 0;
    }

    assertThat(store.encoded(500_000)).isSameAs(otherStore.encoded(500_000));
    assertThat(otherStore.contains(4)).isTrue();
    assertThat(store.contains(4)).isFalse();
    assertThat(services.transfers().snapshot().receivedResults()).isEqualTo(2);
  }

  @Test
  void aThirdProcessFetchesFromAHolderThatWeAreCutOffFrom() throws Exception {
    holder.serve(INCARNATION, task -> Payload.of(new byte[(int) task]));
    third.serveRelayed(
        (address, worker, tasks, receiver) ->
            thirdClient.fetch(holder.address(), worker, tasks, receiver));
    meet(HOLDER, INCARNATION, cutOff());
    meet(ToWorker.SCHEDULER, 0, third.address());

    WorkerEvent.InputsFetched event = (WorkerEvent.InputsFetched) fetch(1, 2);

    // The holder's threads answer task by task, in any order.
    assertThat(event.tasks().toArray()).containsExactlyInAnyOrder(1, 2);
    assertThat(event.sizes())
        .isEqualTo(event.tasks()); // Each result has as many bytes as its task's number.
    assertThat(store.encoded(2).head()).hasSize(2);
    assertThat(services.transfers().snapshot().detours()).isEqualTo(2);
    assertThat(services.transfers().snapshot().retries()).isEqualTo(4);
  }

  @Test
  void whatNobodyCanReachIsLeftToTheScheduler() throws Exception {
    third.serveRelayed(thirdClient::fetch);
    meet(HOLDER, INCARNATION, cutOff());
    meet(ToWorker.SCHEDULER, 0, third.address());
    meet(6, 66, cutOff());

    WorkerEvent.FetchFailed failed = (WorkerEvent.FetchFailed) fetch(1);

    assertThat(failed.holder()).isEqualTo(HOLDER);
    assertThat(failed.tasks()).isEqualTo(Longs.of(1));
  }

  @Test
  void aHolderThatIsThereButHasItNotIsNotAskedAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    holder.serve(
        INCARNATION,
        task -> {
          asked.incrementAndGet();
          return task == 1 ? RESULT : null;
        });
    meet(HOLDER, INCARNATION, holder.address());
    meet(ToWorker.SCHEDULER, 0, third.address());

    List<WorkerEvent> heard = List.of(fetch(1, 2), events.take());

    assertThat(heard)
        .containsExactly(
            new WorkerEvent.InputsFetched(HOLDER, Longs.of(1), Longs.of(3)),
            new WorkerEvent.FetchFailed(HOLDER, Longs.of(2), "not there"));
    assertThat(asked).hasValue(2);
    assertThat(services.transfers().snapshot().retries()).isZero();
  }
}

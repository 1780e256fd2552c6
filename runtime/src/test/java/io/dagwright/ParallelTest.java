package io.dagwright;

import static io.dagwright.DelayedCall.delayed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.LoopTimeoutException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.error.UnknownBackendException;
import io.dagwright.graph.Progress;
import io.dagwright.spi.ParallelBackend;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
@Timeout(120)
class ParallelTest {

  private static LocalCluster cluster;
  private static Client client;

  // Calls on a cluster are copies, so what they touch outside themselves is static.
  private static final AtomicInteger RUNNING = new AtomicInteger();
  private static final AtomicInteger MOST = new AtomicInteger();
  private static final AtomicInteger CALLS = new AtomicInteger();
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @BeforeAll
  static void start() {
    cluster = LocalCluster.threads(2, 1);
    client = cluster.client();
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
  }

  @BeforeEach
  void reset() {
    RUNNING.set(0);
    MOST.set(0);
    CALLS.set(0);
  }

  private static ParallelConfig on(String backend) {
    ParallelConfig config = ParallelConfig.DEFAULT.withJobs(2);
    return backend.equals("cluster") ? config.withClient(client) : config.withBackend(backend);
  }

  private static List<DelayedCall<Integer>> squares(int count) {
    Fn1<Integer, Integer> square = x -> x * x;
    return IntStream.range(0, count).mapToObj(i -> delayed(i, square)).toList();
  }

  private static List<Integer> expected(int count) {
    return IntStream.range(0, count).map(i -> i * i).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sequential", "threads", "cluster"})
  void resultsComeInTheOrderOfTheInput(String backend) {
    Parallel loop = Parallel.with(on(backend));

    assertThat(loop.run(squares(500))).isEqualTo(expected(500));
    assertThat(loop.run(squares(500).stream())).isEqualTo(expected(500));
    assertThat(loop.map(List.of(1, 2), x -> x + "!")).containsExactly("1!", "2!");
    assertThat(loop.run(List.<DelayedCall<Integer>>of())).isEmpty();
    try (Stream<Integer> results = loop.stream(squares(50))) {
      assertThat(results.limit(7)).isEqualTo(expected(7));
    }
    try (Stream<Integer> results = loop.unordered(squares(50))) {
      assertThat(results).containsExactlyInAnyOrderElementsOf(expected(50));
    }
  }

  @Test
  @SuppressWarnings("NullAway") // Whether null may be passed is between the functions.
  void functionsTakeUpToFiveArgumentsAndNulls() {
    List<DelayedCall<String>> calls =
        List.of(
            delayed(() -> "0"),
            delayed("a", a -> a + 1),
            delayed("a", "b", (a, b) -> a + b),
            delayed("a", "b", "c", (a, b, c) -> a + b + c),
            delayed("a", "b", "c", "d", (a, b, c, d) -> a + b + c + d),
            delayed("a", "b", "c", "d", "e", (a, b, c, d, e) -> a + b + c + d + e));

    assertThat(Parallel.with(on("cluster")).run(calls))
        .containsExactly("0", "a1", "ab", "abc", "abcd", "abcde");
    List<DelayedCall<@Nullable Object>> nulls = List.of(delayed(null, x -> x), delayed(() -> null));
    assertThat(Parallel.with(on("threads")).run(nulls)).containsExactly(null, null);
  }

  @Test
  void oneJobIsTheThreadThatCalls() {
    Thread here = Thread.currentThread();

    List<Boolean> inThisThread =
        Parallel.jobs(1).run(List.of(delayed(() -> Thread.currentThread().equals(here))));

    assertThat(inThisThread).containsExactly(true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sequential", "threads", "cluster"})
  void theFirstErrorEndsTheLoopAndNamesTheCall(String backend) {
    Parallel loop = Parallel.with(on(backend).withBatch(1));
    Stream<DelayedCall<Integer>> calls =
        Stream.iterate(0, i -> i + 1).map(i -> delayed(i, ParallelTest::failAtSeven));

    assertThatThrownBy(() -> loop.run(calls))
        .isInstanceOfSatisfying(
            TaskFailedException.class,
            e -> {
              assertThat(e).hasMessageContaining("Call 7 of the loop [failAtSeven] failed");
              assertThat(e.cause(IOException.class))
                  .hasValueSatisfying(cause -> assertThat(cause).hasMessage("seven"));
            });
    assertThat(loop.run(squares(3))).isEqualTo(expected(3));
  }

  private static int failAtSeven(int i) throws IOException {
    if (i == 7) {
      throw new IOException("seven");
    }
    return i;
  }

  @Test
  @SuppressWarnings("try") // A scope is only there.
  void hintsHoldWhereNoBackendIsNamed() {
    ParallelConfig two = ParallelConfig.DEFAULT.withJobs(2);
    ParallelConfig processes = two.withHint(ParallelConfig.Hint.PROCESSES);
    ParallelConfig threads = two.withHint(ParallelConfig.Hint.THREADS);

    assertThat(places(Parallel.with(processes))).doesNotContain(here());
    assertThat(places(Parallel.with(threads))).containsOnly(here());
    assertThat(places(Parallel.with(processes.withBackend("threads")))).containsOnly(here());
    try (Schedulers.Scope scope = ParallelConfig.scope(processes)) {
      assertThat(places(Parallel.with(threads))).containsOnly(here());
    }
  }

  @Test
  @SuppressWarnings("try") // A scope is only there.
  void sharedMemoryIsHadOrRefused() {
    ParallelConfig shared = ParallelConfig.DEFAULT.withJobs(2).withSharedMemory(true);

    assertThat(places(Parallel.with(shared))).containsOnly(here());
    try (Schedulers.Scope scope =
        ParallelConfig.scope(ParallelConfig.DEFAULT.withBackend("local-jvm"))) {
      assertThat(places(Parallel.with(shared))).containsOnly(here());
    }
    assertThatThrownBy(() -> places(Parallel.with(shared.withBackend("local-jvm"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[local-jvm] does not have");
    assertThatThrownBy(() -> places(Parallel.with(shared.withHint(ParallelConfig.Hint.PROCESSES))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("processes lack");
  }

  @Test
  void innerThreadsBoundLoopsInsideCalls() {
    ParallelConfig config = on("threads").withJobs(2).withInnerThreads(1);

    List<String> inside =
        Parallel.with(config)
            .run(
                List.of(
                    delayed(
                        () ->
                            Parallel.jobs(-1)
                                    .run(List.of(delayed(ParallelTest::thread)))
                                    .get(0)
                                    .equals(thread())
                                ? "same"
                                : "other")));

    assertThat(inside).containsExactly("same");
  }

  private static String thread() {
    return Thread.currentThread().getName();
  }

  private static long here() {
    return ProcessHandle.current().pid();
  }

  private static List<Long> places(Parallel loop) {
    return loop.run(List.of(delayed(ParallelTest::here), delayed(ParallelTest::here)));
  }

  @Test
  void argumentsThatWillNotSerializeAreNamedWhereTheyAreGiven() {
    Parallel loop = Parallel.with(on("cluster"));
    Socket socket = new Socket();

    assertThatThrownBy(() -> loop.run(List.of(delayed(socket, s -> s.getPort()))))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("java.net.Socket");
  }

  @Test
  void theInputIsConsumedNoFurtherThanPreDispatchAhead() {
    AtomicInteger taken = new AtomicInteger();
    Stream<DelayedCall<Integer>> endless =
        Stream.iterate(0, i -> i + 1).peek(i -> taken.incrementAndGet()).map(i -> delayed(() -> i));

    try (Stream<Integer> results =
        Parallel.with(on("threads").withPreDispatch(3)).unordered(endless)) {
      assertThat(taken).hasValue(3);
      assertThat(results.limit(10)).hasSize(10);
      assertThat(taken).hasValueBetween(10, 13);
    }
  }

  @Test
  void allOfTheInputCanBeHandedOverAtOnce() {
    AtomicInteger taken = new AtomicInteger();
    Stream<DelayedCall<Integer>> calls =
        IntStream.range(0, 40).peek(i -> taken.incrementAndGet()).mapToObj(i -> delayed(() -> i));

    try (Stream<Integer> results =
        Parallel.with(on("threads").withPreDispatchAll()).stream(calls)) {
      assertThat(taken).hasValue(40);
      assertThat(results).hasSize(40);
    }
  }

  @Test
  void closingAStreamCancelsWhatRuns() {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    DelayedCall<Integer> hangs =
        delayed(
            () -> {
              begun.countDown();
              try {
                NEVER.await();
                return 0;
              } finally {
                interrupted.countDown();
              }
            });
    Parallel loop = Parallel.with(on("threads"));

    try (Stream<Integer> results = loop.stream(List.of(delayed(() -> 1), hangs))) {
      await().until(() -> begun.getCount() == 0);
      assertThatThrownBy(() -> loop.run(squares(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("running a loop already");
      assertThat(results.findFirst()).hasValue(1);
    }

    await().until(() -> interrupted.getCount() == 0);
    assertThat(loop.run(squares(2))).isEqualTo(expected(2));
  }

  @Test
  @SuppressWarnings("resource") // Dropping it is the point.
  void aStreamThatIsDroppedCancelsItsLoop() {
    Parallel loop = Parallel.with(on("threads"));
    assertThat(loop.stream(Stream.generate(() -> delayed(() -> 1))).iterator().next()).isEqualTo(1);

    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              System.gc();
              try {
                return loop.run(squares(2)).equals(expected(2));
              } catch (IllegalStateException e) {
                return false;
              }
            });
  }

  @Test
  void aWaitThatTakesTooLongEndsTheLoop() {
    Parallel loop = Parallel.with(on("threads").withTimeout(Duration.ofMillis(50)));
    DelayedCall<Integer> hangs =
        delayed(
            () -> {
              NEVER.await();
              return 2;
            });

    assertThatThrownBy(() -> loop.run(List.of(hangs, hangs)))
        .isInstanceOf(LoopTimeoutException.class)
        .hasMessageContaining("PT0.05S")
        .hasMessageContaining("2 that were running");
  }

  @Test
  void anInterruptedWaitCancelsTheLoop() throws InterruptedException {
    AtomicBoolean flag = new AtomicBoolean();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    CountDownLatch begun = new CountDownLatch(1);
    Thread waits =
        new Thread(
            () -> {
              try {
                Parallel.with(on("threads"))
                    .run(
                        List.of(
                            delayed(
                                () -> {
                                  begun.countDown();
                                  NEVER.await();
                                  return 1;
                                })));
              } catch (RuntimeException e) {
                flag.set(Thread.currentThread().isInterrupted());
                thrown.complete(e);
              }
            });
    waits.start();
    begun.await();
    waits.interrupt();
    waits.join();

    assertThat(thrown).isCompletedWithValueMatching(e -> e instanceof GraphCancelledException);
    assertThat(flag).isTrue();
  }

  @Test
  void theTwinDoesNotWait() {
    assertThat(Parallel.with(on("threads")).runAsync(squares(20)).toCompletableFuture().join())
        .isEqualTo(expected(20));
    assertThat(
            Parallel.jobs(1).runAsync(List.of(delayed(() -> failAtSeven(7)))).toCompletableFuture())
        .failsWithin(Duration.ofSeconds(60))
        .withThrowableThat()
        .withCauseInstanceOf(TaskFailedException.class);
  }

  @Test
  void unknownBackendsComeWithASuggestion() {
    assertThatThrownBy(() -> Parallel.with(on("thread")).run(squares(1)))
        .isInstanceOf(UnknownBackendException.class)
        .hasMessageContaining("did you mean 'threads'?")
        .hasMessageContaining("sequential, threads, local-jvm, cluster, counting");
    assertThatThrownBy(
            () -> Parallel.with(ParallelConfig.DEFAULT.withBackend("cluster")).run(squares(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("withClient");
  }

  /** A backend of somebody else's, installed as a service by the tests. */
  public static final class Counting implements ParallelBackend {
    @Override
    public String name() {
      return "counting";
    }

    @Override
    public int slots() {
      return 3;
    }

    @Override
    public Pool open(int jobs) {
      CALLS.addAndGet(1000 * jobs);
      return new Pool() {
        @Override
        public CompletionStage<List<@Nullable Object>> submit(Batch batch) {
          CALLS.addAndGet(batch.size());
          try {
            return CompletableFuture.completedStage(batch.call());
          } catch (Exception e) {
            return CompletableFuture.failedStage(e);
          }
        }

        @Override
        public void close() {
          CALLS.addAndGet(100_000);
        }
      };
    }
  }

  @Test
  void backendsOfOthersAreFoundByNameOrHandedOver() {
    List<Integer> byName =
        Parallel.with(ParallelConfig.DEFAULT.withBackend("counting").withJobs(-1)).run(squares(5));

    assertThat(byName).isEqualTo(expected(5));
    assertThat(CALLS).hasValue(103_005);
    ParallelConfig own = ParallelConfig.DEFAULT.withBackend(new Counting()).withJobs(2);
    assertThatThrownBy(() -> Parallel.with(own).run(List.of(delayed(() -> failAtSeven(7)))))
        .isInstanceOf(TaskFailedException.class)
        .hasRootCauseMessage("seven");
  }

  @Test
  @SuppressWarnings("try") // A scope is only there.
  void theInnermostScopeWinsAndWhatALoopSaysBeatsIt() {
    try (Schedulers.Scope outer =
        ParallelConfig.scope(ParallelConfig.DEFAULT.withBackend("counting").withJobs(3))) {
      try (Schedulers.Scope inner = ParallelConfig.scope(ParallelConfig.DEFAULT.withJobs(2))) {
        Parallel.with(ParallelConfig.DEFAULT).run(squares(1));
        assertThat(CALLS).hasValue(102_001);
        CALLS.set(0);
        Parallel.jobs(5).run(squares(1));
        assertThat(CALLS).hasValue(105_001);
        CALLS.set(0);
      }
      Parallel.with(ParallelConfig.DEFAULT).run(squares(1));
      assertThat(CALLS).hasValue(103_001);
      CALLS.set(0);
    }
    Parallel.with(ParallelConfig.DEFAULT).run(squares(1));
    assertThat(CALLS).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"threads", "cluster"})
  @SuppressWarnings("try") // A scope is only there.
  void loopsInsideCallsNeverOversubscribe(String backend) {
    ParallelConfig config = on(backend);
    int places =
        backend.equals("cluster") ? 2 : Math.max(2, Runtime.getRuntime().availableProcessors());
    try (Schedulers.Scope scope = ParallelConfig.scope(ParallelConfig.DEFAULT.withVerbose(3))) {
      List<DelayedCall<Integer>> outer =
          IntStream.range(0, 4).mapToObj(i -> delayed(ParallelTest::middle)).toList();

      List<Integer> sums = Parallel.with(config).run(outer);

      assertThat(sums).containsOnly(16);
      assertThat(CALLS).hasValue(64);
      assertThat(MOST.get()).isLessThanOrEqualTo(places);
    }
  }

  private static int middle() {
    assertThat(LoopFrame.current().config().verbose()).isEqualTo(3);
    return sum(
        Parallel.jobs(4).run(List.of(delayed(ParallelTest::inner), delayed(ParallelTest::inner))));
  }

  private static int inner() {
    assertThat(LoopFrame.current().config().verbose()).isEqualTo(3);
    return sum(
        Parallel.jobs(-1)
            .run(IntStream.range(0, 8).mapToObj(i -> delayed(ParallelTest::leaf)).toList()));
  }

  private static int leaf() throws InterruptedException {
    MOST.accumulateAndGet(RUNNING.incrementAndGet(), Math::max);
    CALLS.incrementAndGet();
    TimeUnit.MILLISECONDS.sleep(2);
    RUNNING.decrementAndGet();
    return 1;
  }

  private static int sum(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).sum();
  }

  @Test
  void insideCallsAreThreadsThenNothing() {
    LoopFrame inCall = LoopFrame.NONE.ofCalls(new ThreadsBackend(), 8, 2);
    LoopFrame deeper = inCall.ofCalls(new ThreadsBackend(), 4, 3);
    LoopFrame onCluster = LoopFrame.NONE.ofCalls(new ClusterBackend(client), 0, 2);

    assertThat(inCall).isEqualTo(new LoopFrame(inCall.config(), 1, 4, "threads"));
    assertThat(deeper).isEqualTo(new LoopFrame(deeper.config(), 2, 1, "sequential"));
    assertThat(onCluster).isEqualTo(new LoopFrame(onCluster.config(), 1, 1, "cluster"));
  }

  @Test
  void aListenerHearsHowFarALoopIs() {
    List<Progress> heard = new ArrayList<>();

    Parallel.with(on("threads").withProgress(heard::add)).run(squares(30));

    assertThat(heard.get(0)).matches(first -> first.total() == 30 && first.finished() == 0);
    assertThat(heard.get(heard.size() - 1))
        .matches(last -> last.finished() == 30 && last.total() == 30 && last.ended());
    assertThat(heard.stream().filter(Progress::ended)).hasSize(1);
  }
}

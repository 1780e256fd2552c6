package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.Progress;
import io.dagwright.graph.TaskGraph;
import io.dagwright.protocol.ClusterStatus;
import io.dagwright.protocol.TaskStory;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole way through a cluster: client, scheduler, graphs and workers, in this JVM. */
@Timeout(120)
class ClusterTest {

  @RegisterExtension static final CleanCluster CLUSTER = new CleanCluster(2, 1);

  private LocalCluster cluster;
  private Client client;

  // Tasks of a cluster in this JVM are copies, so what they touch outside themselves is static.
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final ConcurrentLinkedQueue<String> SEEN = new ConcurrentLinkedQueue<>();
  private static final AtomicInteger ZERO = new AtomicInteger();
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @BeforeEach
  void meet() {
    cluster = CLUSTER.cluster();
    client = CLUSTER.client();
  }

  @Test
  void computesWhatTheSynchronousSchedulerComputes() {
    SplittableRandom dice = new SplittableRandom(5);
    List<Lazy<Long>> tasks = new ArrayList<>();
    Fn1<List<Long>, Long> mix = values -> values.stream().reduce(7L, (a, b) -> a * 31 + b);
    for (long i = 0; i < 2_000; i++) {
      List<Lazy<Long>> inputs = new ArrayList<>();
      for (int k = dice.nextInt(4); k > 0 && !tasks.isEmpty(); k--) {
        inputs.add(tasks.get(dice.nextInt(tasks.size())));
      }
      tasks.add(inputs.isEmpty() ? Lazy.value(i) : Lazy.all(inputs, mix));
    }

    List<Long> here = Schedulers.synchronous().compute(tasks);
    List<Long> there = client.compute(tasks);

    assertThat(there).isEqualTo(here);
  }

  /** Slots look functions up while the worker is being told of others. */
  @Test
  @Tag("slow")
  void everyTaskMayHaveAFunctionOfItsOwn() {
    List<Lazy<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 30_000; i++) {
      int number = i;
      tasks.add(Lazy.delayed(() -> number));
    }

    Lazy<Integer> sum = Lazy.all(tasks, all -> all.stream().mapToInt(i -> i).sum());

    assertThat(client.compute(sum)).isEqualTo(30_000 * (30_000 - 1) / 2);
  }

  @Test
  void aFailingTaskFailsItsGraphWithTheUsersException() {
    Lazy<Integer> bad =
        Lazy.<Integer>delayed(
                () -> {
                  throw new IOException("no such file");
                })
            .key("load-7");

    assertThatThrownBy(() -> client.compute(bad.map(value -> value + 1)))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("load-7")
        .hasCauseInstanceOf(IOException.class)
        .hasRootCauseMessage("no such file");
  }

  @Test
  void aTaskThatFailsNowAndThenIsTriedAgain() {
    RUNS.set(0);
    Lazy<String> shaky =
        Lazy.delayed(
                () -> {
                  if (RUNS.incrementAndGet() < 3) {
                    throw new IllegalStateException("not yet");
                  }
                  return "at last";
                })
            .retries(2);

    String result = client.compute(shaky);

    assertThat(result).isEqualTo("at last");
    assertThat(RUNS).hasValue(3);
  }

  @Test
  void aTaskThatTakesTooLongIsStopped() {
    Lazy<String> slow =
        Lazy.delayed(
                () -> {
                  NEVER.await();
                  return "never";
                })
            .timeout(Duration.ofMillis(200));

    assertThatThrownBy(() -> client.compute(slow))
        .isInstanceOf(TaskFailedException.class)
        .hasCauseInstanceOf(TimeoutException.class)
        .hasMessageContaining("took longer than its timeout of 200 ms on worker");
  }

  @Test
  void whatComesAfterRunsAfter() {
    SEEN.clear();
    Lazy<Void> first = Lazy.run(() -> SEEN.add("first"));
    Lazy<String> second =
        Lazy.delayed(
                () -> {
                  SEEN.add("second");
                  return "done";
                })
            .after(first);

    client.compute(second);

    assertThat(SEEN).containsExactly("first", "second");
  }

  @Test
  void aKeptResultIsComputedAsItIs() {
    Persisted<Integer> kept = client.persist(Lazy.delayed(() -> 20).map(value -> value + 1));
    Persisted<byte[]> large = client.persist(Lazy.delayed(() -> new byte[100_000]));

    int value = client.compute(kept.lazy());
    List<?> both = client.compute(List.of(large.lazy(), large.lazy().map(bytes -> bytes.length)));
    Persisted<Integer> again = client.persist(kept.lazy());
    kept.release();

    assertThat(value).isEqualTo(21);
    assertThat(both.get(0)).isEqualTo(new byte[100_000]);
    assertThat(both.get(1)).isEqualTo(100_000);
    assertThat(again.join()).isEqualTo(21);
  }

  @Test
  void keptResultsFeedLaterGraphsOfAnyClient() {
    Persisted<Integer> kept = client.persist(Lazy.delayed(() -> 20).map(value -> value + 1));
    try (Client other = cluster.client()) {
      Integer doubled = other.compute(kept.lazy().map(value -> value * 2));

      assertThat(doubled).isEqualTo(42);
    }
    assertThat(kept.join()).isEqualTo(21);
    kept.release();
  }

  @Test
  void whatWaitsForAResultOfAClientThatClosesFails() {
    TaskFuture<Integer> waits;
    try (Client other = cluster.client()) {
      Persisted<Integer> never = other.persist(Lazy.delayed(ClusterTest::never));
      waits = client.submit(never.lazy().map(value -> value + 1).key("waits-for-never"));
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(client.why("waits-for-never")).doesNotStartWith("No live graph"));
    }

    assertThatThrownBy(() -> waits.get(20, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(GraphCancelledException.class);
    Integer next = client.compute(Lazy.delayed(() -> 1));
    assertThat(next).isEqualTo(1);
  }

  private static int never() throws InterruptedException {
    NEVER.await();
    return 0;
  }

  @Test
  void aClientThatClosesKeepsNoGraphOfAnother() throws Exception {
    int before = graphs();
    Persisted<byte[]> kept = client.persist(Lazy.delayed(() -> new byte[100_000]));
    try (Client other = cluster.client()) {
      Persisted<Integer> uses = other.persist(kept.lazy().map(bytes -> bytes.length));
      uses.awaitReady();
    }

    kept.release();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(graphs()).isLessThanOrEqualTo(before));
  }

  private static int graphs() throws Exception {
    return CLUSTER.client().statusAsync().toCompletableFuture().get().graphs().size();
  }

  @Test
  void nothingIsKeptThatNobodyHolds() {
    Persisted<byte[]> kept = client.persist(Lazy.delayed(() -> new byte[100_000]));
    kept.awaitReady();

    kept.release();
    client.compute(Lazy.all(List.of(Lazy.value(1), Lazy.value(2)), List::size));

    await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(heldResults()).isZero());
  }

  private static int heldResults() throws Exception {
    return CLUSTER.client().statusAsync().toCompletableFuture().get().workers().stream()
        .mapToInt(worker -> worker.results())
        .sum();
  }

  @Test
  void aClosedClientFailsWhatItHadNotFetchedAndRefusesMore() {
    Client closed = cluster.client();
    Persisted<Integer> ready = closed.persist(Lazy.delayed(() -> 1));
    ready.awaitReady();
    TaskFuture<Integer> stuck =
        closed.submit(Lazy.delayed(() -> 2).resources(Map.of("nobody offers this", 1.0)));

    closed.close();

    assertThatThrownBy(stuck::join).hasMessageContaining("client was closed");
    assertThatThrownBy(ready::join).hasMessageContaining("client was closed");
    assertThatThrownBy(() -> closed.compute(Lazy.delayed(() -> 3)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("this client is closed");
  }

  @Test
  void cancellingOneResultLeavesTheOthersAlone() {
    try (Client client = cluster.client()) {
      Lazy<Integer> one = Lazy.delayed(() -> 1);
      Lazy<Integer> never = Lazy.delayed(() -> 2).resources(Map.of("nobody offers this", 1.0));
      List<Persisted<Integer>> both = client.persist(List.of(one, never));
      both.get(0).awaitReady();

      assertThat(both.get(1).cancel(true)).isTrue();

      assertThat(both.get(1).isCancelled()).isTrue();
      assertThat(both.get(0).join()).isEqualTo(1);
      both.get(0).release();
      assertThatThrownBy(() -> both.get(0).join()).hasMessageContaining("was released");
      await().until(() -> client.status().graphs().isEmpty());
    }
  }

  @Test
  @Tag("slow")
  void whoWaitsForAResultThatIsReleasedHearsOfIt() throws Exception {
    for (int i = 0; i < 200; i++) { // At any moment of a fetch.
      int spin = i * 500;
      Persisted<Integer> kept = client.persist(Lazy.delayed(() -> 1));
      kept.awaitReady();
      CompletableFuture<Integer> fetched = kept.toCompletionStage().toCompletableFuture();
      for (int k = 0; k < spin; k++) {
        Thread.onSpinWait();
      }

      kept.release();

      try {
        assertThat(fetched.get(20, TimeUnit.SECONDS)).isEqualTo(1);
      } catch (ExecutionException e) {
        assertThat(e).hasMessageContaining("was released");
      }
    }
  }

  @Test
  void aCancelledGraphStops() throws Exception {
    TaskFuture<String> future =
        client.submit(
            Lazy.delayed(
                () -> {
                  NEVER.await();
                  return "never";
                }));

    assertThat(future.cancel(true)).isTrue();
    assertThat(future.cancel(true)).isFalse();

    assertThat(future.isCancelled()).isTrue();
    assertThatThrownBy(future::join).isInstanceOf(GraphCancelledException.class);
    assertThatThrownBy(future::get)
        .isInstanceOf(CancellationException.class)
        .hasCauseInstanceOf(GraphCancelledException.class);
    Integer next = client.compute(Lazy.delayed(() -> 1));
    assertThat(next).isEqualTo(1);
  }

  @Test
  void aTaskNobodyCanRunSaysWhy() throws Exception {
    TaskFuture<Integer> future =
        client.submit(Lazy.delayed(() -> 1).resources(Map.of("GPU", 1.0)).key("needs-gpu"));

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(client.why("needs-gpu")).contains("no worker offers {GPU=1.0}"));

    assertThat(client.why(future)).isEqualTo(client.why("needs-gpu"));
    assertThatThrownBy(() -> future.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    future.cancel(true);
  }

  @Test
  void aWorkerSaysHowItIsAndWhatItTakes() {
    Persisted<byte[]> kept =
        client.persist(Lazy.delayed(() -> new byte[100_000]).impure().workers("worker-1"));
    kept.awaitReady();
    int received = client.gather(List.of(kept)).get(0).length;

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              ClusterStatus.Worker worker = client.status().workers().get(1);
              assertThat(worker.heldBytes()).isGreaterThanOrEqualTo(received);
              assertThat(worker.limitBytes()).isEqualTo(Runtime.getRuntime().maxMemory());
            });
    assertThat(client.why("worker-1"))
        .startsWith("Worker [worker-1@127.0.0.1] is fine: it has 0 runs for 1 slot, and of a heap");
    kept.release();
  }

  @Test
  void theStoryOfATaskIsToldWhileItsGraphLivesAndAfterwards() {
    Persisted<Integer> kept = client.persist(Lazy.delayed(() -> 4).key("told").workers("worker-0"));
    kept.awaitReady();

    TaskStory story = client.story("told");
    kept.release();

    assertThat(story.isKept()).isTrue();
    assertThat(story.steps())
        .extracting(TaskStory.Step::kind)
        .containsExactly("READY", "SENT", "FINISHED");
    assertThat(story.steps().get(2).worker()).isEqualTo("worker-0");
    assertThat(story.steps().get(2).bytes()).isPositive();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(client.story("told").steps())
                    .extracting(TaskStory.Step::kind)
                    .containsExactly("READY", "SENT", "FINISHED", "RELEASED"));
    assertThat(client.story("nobody-told").steps()).isEmpty();
  }

  @Test
  void theStoryOfATaskEndsWithItsFailure() {
    TaskFuture<Integer> failing =
        client.submit(
            Lazy.<Integer>delayed(
                    () -> {
                      throw new IllegalStateException("no luck");
                    })
                .key("unlucky"));

    assertThatThrownBy(failing::join).isInstanceOf(TaskFailedException.class);

    assertThat(client.story("unlucky").steps())
        .extracting(TaskStory.Step::kind)
        .containsExactly("READY", "SENT", "FAILED");
  }

  @Test
  void metersShowWhatWorkersSayOfThemselves() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (DagwrightMetrics metrics = new DagwrightMetrics(client, Duration.ofMillis(50))) {
      metrics.bindTo(registry);

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(registry.find("dagwright_workers").gauge())
                    .extracting(Gauge::value)
                    .isEqualTo(2.0);
                assertThat(registry.find("dagwright_worker_slots").gauges())
                    .extracting(gauge -> gauge.getId().getTag("worker"))
                    .containsExactlyInAnyOrder("worker-0", "worker-1");
                assertThat(registry.find("dagwright_worker_spills_total").functionCounters())
                    .hasSize(2);
              });
    }
    assertThat(registry.getMeters()).as("of one that is closed").isEmpty();
  }

  @Test
  void aFutureHasTheNameItsTaskRunsUnder() {
    Lazy<Integer> chain =
        Lazy.delayed(() -> 1)
            .resources(Map.of("GPU", 1.0))
            .map(one -> one + 1)
            .named("fused")
            .map(two -> two + 1)
            .named("last");

    TaskFuture<Integer> future = client.submit(chain);

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(client.why(future.key().toString()))
                    .contains(future.key().toString())
                    .doesNotStartWith("No live graph"));
    future.cancel(true);
  }

  @Test
  void keptResultsCanBeHadWithoutWaiting() throws Exception {
    List<Persisted<Integer>> kept =
        client.persist(List.of(Lazy.delayed(() -> 1), Lazy.delayed(() -> 2)));

    for (Persisted<Integer> each : kept) {
      each.readyAsync().toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(each.isDone()).isTrue();
    }
    List<Integer> values = client.gatherAsync(kept).toCompletableFuture().get(20, TimeUnit.SECONDS);

    assertThat(values).containsExactly(1, 2);
    kept.forEach(Persisted::release);
  }

  @Test
  void manyKeptResultsCanBeLetGoOfAtOnce() {
    List<Lazy<Integer>> tasks = IntStream.range(0, 500).mapToObj(Lazy::value).toList();
    List<Persisted<Integer>> kept =
        client.persist(tasks.stream().map(task -> task.map(i -> i + 1)).toList());
    kept.forEach(Persisted::awaitReady);

    kept.forEach(Persisted::release);

    await().until(() -> client.status().graphs().isEmpty());
    assertThat(client.status().workers()).allMatch(worker -> worker.results() == 0);
  }

  @Test
  void aKeptGraphReportsThatAllIsDone() {
    BlockingQueue<Progress> reports = new LinkedBlockingQueue<>();
    List<Lazy<Integer>> tasks = List.of(Lazy.delayed(() -> 1), Lazy.delayed(() -> 2));

    List<Persisted<Integer>> kept =
        client.persist(tasks, ComputeOptions.DEFAULT.withProgress(reports::add));

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> reports.stream().filter(Progress::ended).count() == 1);
    assertThat(reports.stream().filter(Progress::ended).findFirst().orElseThrow().finished())
        .isEqualTo(2);
    kept.forEach(Persisted::release);
  }

  @Test
  void tasksThatComputeGraphsNeverStarveTheirSlots() {
    Integer depth = client.compute(Lazy.delayed(20, ClusterTest::descend));
    List<Lazy<Integer>> wide = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      wide.add(Lazy.delayed(i, value -> Lazy.delayed(value, v -> v + 1).compute()));
    }
    Integer sum = client.compute(Lazy.all(wide, values -> values.stream().mapToInt(i -> i).sum()));

    assertThat(depth).isEqualTo(20);
    assertThat(sum).isEqualTo(5_050);
  }

  private static int descend(int levels) {
    return levels == 0 ? 0 : 1 + Lazy.delayed(levels - 1, ClusterTest::descend).compute();
  }

  @Test
  void aFunctionThatCannotTravelIsRefusedWhereItIsSubmitted() {
    Thread thread = Thread.currentThread();

    assertThatThrownBy(() -> client.compute(Lazy.delayed(() -> thread.getName())))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("thread")
        .hasMessageContaining("java.lang.Thread");
    assertThatThrownBy(
            () -> client.compute(Lazy.delayed(List.of(thread), List::size).named("load")))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageStartingWith("the argument of task 'load-0' cannot be sent to a worker.")
        .hasMessageContaining("at the argument of task 'load-0' (List12) → element [0] (Thread)");
  }

  static final class Unreadable implements Serializable {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("UnusedMethod") // Java serialization calls it.
    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
    }

    @SuppressWarnings("UnusedMethod") // Java serialization calls it.
    private void readObject(ObjectInputStream in) throws IOException {
      throw new IOException("written for nobody");
    }
  }

  @Test
  void anArgumentThatCannotBeReadFailsItsTaskAndNothingElse() {
    assertThatThrownBy(() -> client.compute(Lazy.delayed(new Unreadable(), x -> 1).named("load")))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageStartingWith("Task [load-0] could not read")
        .hasMessageContaining("written for nobody");

    Integer next = client.compute(Lazy.delayed(() -> 1));
    assertThat(next).isEqualTo(1);
  }

  @Test
  void anArgumentThatCannotTravelIsNamedByItsTask() {
    assertThatThrownBy(
            () -> client.compute(Lazy.delayed(Thread.currentThread(), Thread::getName).key("name")))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageStartingWith(
            "the argument of task 'name' cannot be sent to a worker.\n  at the");
  }

  @Test
  void whyOfWhatHasEndedIsKnownHere() throws Exception {
    TaskFuture<Integer> well = client.submit(Lazy.delayed(() -> 1).key("well"));
    TaskFuture<Integer> ill = client.submit(Lazy.delayed(() -> 1 / ZERO.get()).key("ill"));
    well.get();
    assertThatThrownBy(ill::get).hasMessageContaining("zero");

    assertThat(client.why(well)).isEqualTo("Task [well] has run; its result is here.");
    assertThat(client.why(ill)).startsWith("Task [ill] failed: ").contains("by zero");
  }

  @Test
  void addressesThatAreNoneAreRefusedAtOnce() {
    for (String address : List.of("nonsense", "127.0.0.1:99999", ":7400")) {
      assertThatThrownBy(() -> Client.connect(address))
          .hasMessage("Address [" + address + "] is not host:port, such as 127.0.0.1:7400.");
    }
  }

  @Test
  void aResultThatCannotTravelFailsItsTaskAndNothingElse() {
    assertThatThrownBy(() -> client.compute(Lazy.<Object>delayed(() -> Thread.currentThread())))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageMatching(
            "(?s)the result of task '[^']+' cannot be sent from its worker\\..*Thread.*");

    Integer next = client.compute(Lazy.delayed(() -> 1));
    assertThat(next).isEqualTo(1);
  }

  @Test
  void progressIsReportedAndEnds() {
    ConcurrentLinkedQueue<Progress> reports = new ConcurrentLinkedQueue<>();
    List<Lazy<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      tasks.add(Lazy.delayed(i, value -> value));
    }

    client.compute(tasks, ComputeOptions.DEFAULT.withProgress(reports::add));

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(reports).anyMatch(Progress::ended));
    assertThat(reports).allMatch(report -> report.finished() <= report.total());
  }

  @Test
  @Tag("slow")
  void aHundredThousandTasksTakeTheirWayAtOnce() {
    Fn1<Integer, Integer> identity = value -> value;
    List<Lazy<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      tasks.add(Lazy.delayed(i, identity));
    }
    TaskGraph graph = Lazy.all(tasks, List::size).graph();

    List<Object> results = client.compute(graph);

    assertThat(results).containsExactly(100_000);
  }
}

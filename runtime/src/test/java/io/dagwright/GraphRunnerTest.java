package io.dagwright;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.GraphOptions;
import io.dagwright.graph.Progress;
import io.dagwright.graph.Shapes;
import io.dagwright.graph.TaskGraph;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/** What every runner of this JVM does alike, and what sets them apart. */
@Timeout(60)
class GraphRunnerTest {

  private static final List<GraphRunner> RUNNERS =
      List.of(Schedulers.synchronous(), Schedulers.threads(1), Schedulers.threads(4));

  static Stream<GraphRunner> runners() {
    return RUNNERS.stream();
  }

  @AfterAll
  static void closeRunners() {
    RUNNERS.forEach(GraphRunner::close);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void graphsOfAllShapesGiveTheirResults(GraphRunner runner) {
    List<int[][]> shapes = new ArrayList<>();
    shapes.add(Shapes.join(1000));
    shapes.add(Shapes.chain(1000));
    shapes.add(Shapes.tree(512));
    IntStream.range(0, 50).forEach(seed -> shapes.add(Shapes.random(seed, 1 + seed * 7)));

    for (int[][] inputs : shapes) {
      int last = inputs.length - 1;
      TaskGraph graph = Shapes.of(inputs, last, last / 2, last);

      assertThat(runner.compute(graph, ComputeOptions.DEFAULT.withGraph(GraphOptions.NONE)))
          .isEqualTo(Shapes.expected(inputs, last, last / 2, last));
    }
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void anEmptyGraphHasNoResults(GraphRunner runner) {
    assertThat(runner.compute(List.of())).isEmpty();
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void theTaskThatThrewIsNamedAndItsExceptionIsTheCause(GraphRunner runner) {
    IllegalStateException boom = new IllegalStateException("boom");
    AtomicBoolean started = new AtomicBoolean();
    Lazy<Integer> failing =
        Lazy.<Integer>delayed(
                () -> {
                  throw boom;
                })
            .key("bad-1");
    Lazy<?> after = failing.map(x -> started.getAndSet(true));

    TaskFailedException thrown =
        catchThrowableOfType(TaskFailedException.class, () -> runner.compute(after));
    var stage = runner.computeAsync(after).toCompletableFuture();
    TaskFuture<?> future = runner.submit(after);

    assertThat(thrown.key()).isEqualTo("bad-1");
    assertThat(thrown).hasCause(boom);
    assertThat(thrown.cause(IllegalStateException.class)).containsSame(boom);
    assertThat(thrown.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(GraphRunnerTest.class.getName()));
    assertThat(catchThrowableOfType(ExecutionException.class, stage::get))
        .cause()
        .isInstanceOf(TaskFailedException.class)
        .hasCause(boom);
    assertThat(catchThrowableOfType(ExecutionException.class, future::get))
        .cause()
        .isInstanceOf(TaskFailedException.class);
    assertThatThrownBy(future::join).isInstanceOf(TaskFailedException.class);
    assertThat(started).isFalse();
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void aTaskIsRetriedAsOftenAsItAsksFor(GraphRunner runner) {
    AtomicInteger runs = new AtomicInteger();
    Fn0<Integer> flaky =
        () -> {
          if (runs.incrementAndGet() < 3) {
            throw new IllegalStateException("run " + runs);
          }
          return runs.get();
        };

    assertThat(runner.compute(Lazy.delayed(flaky).retries(2))).isEqualTo(3);
    runs.set(-10);
    assertThatThrownBy(() -> runner.compute(Lazy.delayed(flaky).retries(2).key("flaky")))
        .hasMessageStartingWith("Task [flaky] failed in each of 3 runs: ");
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void aTaskThatSaysItWasInterruptedIsLikeAnyOther(GraphRunner runner) {
    AtomicInteger runs = new AtomicInteger();
    Lazy<?> odd =
        Lazy.run(
                () -> {
                  runs.incrementAndGet();
                  throw new InterruptedException("not really");
                })
            .retries(1);

    assertThatThrownBy(() -> runner.compute(odd))
        .isInstanceOf(TaskFailedException.class)
        .hasRootCauseMessage("not really");
    assertThat(runs).hasValue(2);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void aTaskThatTakesTooLongFails(GraphRunner runner) {
    CountDownLatch never = new CountDownLatch(1);
    Lazy<?> slow = Lazy.run(never::await).key("slow").timeout(Duration.ofMillis(20));

    assertThatThrownBy(() -> runner.compute(slow))
        .isInstanceOf(TaskFailedException.class)
        .hasCauseInstanceOf(TimeoutException.class)
        .hasMessageContaining("Task [slow] failed")
        .hasMessageContaining("took longer than its timeout of 20 ms");
    assertThat(runner.compute(Lazy.value(1).timeout(Duration.ofDays(1)))).isEqualTo(1);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void tasksSeeTheContextOfWhoeverStartedThem(GraphRunner runner) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[0], before)) {
      thread.setContextClassLoader(loader);
      MDC.put("request", "r1");

      List<Boolean> seen =
          runner.compute(
              IntStream.range(0, 100)
                  .mapToObj(
                      i ->
                          Lazy.delayed(
                              () ->
                                  "r1".equals(MDC.get("request"))
                                      && loader.equals(
                                          Thread.currentThread().getContextClassLoader())))
                  .toList());

      assertThat(seen).hasSize(100).containsOnly(true);
    } finally {
      thread.setContextClassLoader(before);
      MDC.clear();
    }
    assertThat(runner.compute(Lazy.delayed(() -> MDC.get("request") == null))).isTrue();
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void waitingInterruptiblyCancelsAndRestoresTheFlag(GraphRunner runner) {
    CountDownLatch never = new CountDownLatch(1);
    Thread waiting = Thread.currentThread();
    Lazy<?> task =
        Lazy.run(
            () -> {
              waiting.interrupt();
              never.await();
            });

    GraphCancelledException thrown =
        catchThrowableOfType(GraphCancelledException.class, () -> runner.compute(task));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown.reason()).contains("was interrupted");
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void tasksMayComputeOnTheirOwnRunner(GraphRunner runner) {
    assertThat(runner.compute(Lazy.delayed(() -> nested(runner, 20)))).isEqualTo(20 * 99 + 1);
  }

  /** Of a hundred tasks one goes a level deeper. */
  private static int nested(GraphRunner runner, int depth) {
    if (depth == 0) {
      return 1;
    }
    List<Lazy<Integer>> level = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      level.add(i == 50 ? Lazy.delayed(() -> nested(runner, depth - 1)) : Lazy.value(1));
    }
    return runner.compute(Lazy.all(level, xs -> xs.stream().mapToInt(x -> x).sum()));
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("runners")
  void progressStartsAtNothingAndEndsWithAll(GraphRunner runner) {
    List<Progress> reports = Collections.synchronizedList(new ArrayList<>());
    ComputeOptions options =
        ComputeOptions.DEFAULT
            .withName("tree")
            .withGraph(GraphOptions.NONE)
            .withProgress(reports::add);

    runner.compute(Shapes.of(Shapes.tree(100)), options);

    Progress first = reports.get(0);
    Progress last = reports.get(reports.size() - 1);
    assertThat(first).isEqualTo(new Progress("tree", 199, 0, 0, first.elapsed(), false));
    assertThat(last).isEqualTo(new Progress("tree", 199, 199, 0, last.elapsed(), true));
  }

  @Test
  void cancellingInterruptsWhatRunsAndStartsNothingElse() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    AtomicBoolean startedLater = new AtomicBoolean();
    Lazy<?> task =
        Lazy.run(
                () -> {
                  running.countDown();
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                  }
                })
            .map(x -> startedLater.getAndSet(true));

    try (GraphRunner runner = Schedulers.threads(2)) {
      TaskFuture<?> future = runner.submit(task);
      running.await();

      assertThat(future.cancel(true)).isTrue();
      interrupted.await();
      assertThat(future.isDone()).isTrue();
      assertThat(future.isCancelled()).isTrue();
      assertThat(startedLater).isFalse();
      assertThat(runner.compute(Lazy.delayed(() -> Thread.currentThread().isInterrupted())))
          .isFalse();
    }
  }

  @Test
  void closingAPoolCancelsItsGraphs() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    GraphRunner runner = Schedulers.threads(1);
    TaskFuture<?> future =
        runner.submit(
            Lazy.run(
                () -> {
                  running.countDown();
                  new CountDownLatch(1).await();
                }));
    running.await();

    runner.close();

    assertThatThrownBy(future::join)
        .isInstanceOf(GraphCancelledException.class)
        .hasMessageContaining("its thread pool was closed");
    assertThatThrownBy(() -> runner.compute(Lazy.value(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("thread pool is closed");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 1000})
  void tasksThatWaitForEachOtherRunAtTheSameTime(int before) {
    try (GraphRunner runner = Schedulers.threads(4)) {
      CountDownLatch all = new CountDownLatch(4);
      List<Lazy<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < before; i++) {
        tasks.add(
            Lazy.delayed(() -> true)); // Whoever runs these must not keep the others to itself.
      }
      for (int i = 0; i < 4; i++) {
        tasks.add(
            Lazy.delayed(
                () -> {
                  all.countDown();
                  all.await();
                  return true;
                }));
      }

      assertThat(runner.compute(Lazy.list(tasks))).hasSize(before + 4).containsOnly(true);
    }
  }

  @Test
  void sourcesAreRunOnceHoweverManyThreadsTakeThemFromEachOther() {
    try (GraphRunner runner = Schedulers.threads(8)) {
      for (int round = 0; round < 300; round++) {
        AtomicInteger runs = new AtomicInteger();
        List<Lazy<Integer>> sources = new ArrayList<>();
        for (int i = 0; i < 1 + round; i++) {
          sources.add(Lazy.delayed(runs::incrementAndGet));
        }
        Lazy<Integer> some = Lazy.all(sources.subList(0, sources.size() / 2 + 1), List::size);
        Lazy<Integer> tree = Lazy.reduce(sources, 2, numbers -> numbers.get(0));

        runner.compute(List.of(some, tree, Lazy.list(sources)));

        assertThat(runs).hasValue(sources.size());
      }
    }
  }

  @Test
  @Tag("slow")
  void treesAreWorkedOffInTheDepth() {
    List<Lazy<byte[]>> leaves = new ArrayList<>();
    for (int i = 0; i < 512; i++) {
      leaves.add(Lazy.delayed(() -> new byte[8 << 20])); // 4 GB in all, far more than the heap.
    }
    Lazy<byte[]> root = Lazy.reduce(leaves, 2, both -> both.get(0));

    for (GraphRunner runner : RUNNERS) {
      assertThat(runner.compute(root)).hasSize(8 << 20);
    }
  }

  @Test
  void resultsAreDroppedAfterTheirLastUse() {
    byte[][] held = new byte[1][];
    Lazy<byte[]> last = Lazy.delayed(() -> new byte[16 << 20]);
    for (int i = 0; i < 200; i++) {
      last = last.map(before -> new byte[16 << 20]); // 3.2 GB in all, far more than the heap.
    }

    for (GraphRunner runner : RUNNERS) {
      held[0] = runner.compute(last, ComputeOptions.DEFAULT.withGraph(GraphOptions.NONE));
      assertThat(held[0]).hasSize(16 << 20);
    }
  }

  @Test
  void theSynchronousRunnerHasTheCallersStack() {
    TaskFailedException thrown =
        catchThrowableOfType(
            TaskFailedException.class,
            () -> Schedulers.synchronous().compute(Lazy.delayed(() -> 1 / Integer.parseInt("0"))));

    assertThat(requireNonNull(thrown.getCause()).getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("theSynchronousRunnerHasTheCallersStack"));
  }

  @Test
  void theInnermostScopeIsUsedAndTasksStayOnTheirPool() {
    Lazy<String> where = Lazy.delayed(() -> Thread.currentThread().getClass().getSimpleName());
    Lazy<String> inside = Lazy.delayed(where::compute);

    GraphRunner pool = Schedulers.threads(1);
    Schedulers.Scope outer = Schedulers.use(pool);
    Schedulers.Scope inner = Schedulers.use(Schedulers.synchronous());
    String innermost = where.compute();
    inner.close();
    String next = where.compute();
    String nested = inside.compute();
    outer.close();
    pool.close();

    assertThat(List.of(innermost, next, nested))
        .containsExactly(
            Thread.currentThread().getClass().getSimpleName(), "PoolThread", "PoolThread");
  }

  @Test
  void theDefaultCanBeForbidden() {
    CompletableFuture<String> refused = new CompletableFuture<>();
    Schedulers.requireExplicit(true);
    try {
      Lazy.value(1).compute();
    } catch (IllegalStateException e) {
      refused.complete(e.getMessage());
    } finally {
      Schedulers.requireExplicit(false);
    }

    assertThat(refused.join()).contains("Schedulers.use");
    assertThat(Lazy.value(1).compute()).isEqualTo(1);
  }

  @Test
  void progressIsShownAsLinesOrAsABar() {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    ByteArrayOutputStream bar = new ByteArrayOutputStream();
    Progress start = new Progress("load", 4, 0, 0, Duration.ZERO, false);
    Progress late = new Progress("load", 4, 2, 0, Duration.ofSeconds(6), false);
    Progress end = new Progress("load", 4, 3, 1, Duration.ofMillis(7500), true);

    TerminalProgress plain =
        new TerminalProgress(new PrintStream(lines, true, StandardCharsets.UTF_8), false);
    TerminalProgress drawn =
        new TerminalProgress(new PrintStream(bar, true, StandardCharsets.UTF_8), true);
    for (Progress progress : List.of(start, late, end)) {
      plain.onProgress(progress);
      drawn.onProgress(progress);
    }

    assertThat(lines.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "load: 2 of 4 tasks, 6.0 s", "load: 3 of 4 tasks, 1 failed, ended after 7.5 s");
    assertThat(bar.toString(StandardCharsets.UTF_8)).contains("load").contains("3/4");
  }
}

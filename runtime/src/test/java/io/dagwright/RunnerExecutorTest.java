package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.NotSerializableTaskException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("slow")
@Timeout(120)
class RunnerExecutorTest {

  private static final AtomicInteger RAN = new AtomicInteger();
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @RegisterExtension static final CleanCluster CLUSTER = new CleanCluster(2, 1);

  private Client client;

  @BeforeEach
  void meet() {
    client = CLUSTER.client();
  }

  private interface Task<T> extends Callable<T>, Serializable {}

  private static <T> Callable<T> task(Task<T> task) {
    return task;
  }

  private static String place() {
    return Thread.currentThread().getName();
  }

  private static final Callable<Integer> HANGS =
      task(
          () -> {
            NEVER.await();
            return 1;
          });

  private static final Callable<Integer> FAILS =
      task(
          () -> {
            throw new IOException("no");
          });

  @Test
  void tasksRunOnTheClusterAndFuturesGiveWhatTheyGave() throws Exception {
    ExecutorService executor = client.executor();
    Runnable count = (Runnable & Serializable) () -> RAN.incrementAndGet();

    assertThat(executor.submit(task(RunnerExecutorTest::place)).get()).contains("-slot-");
    assertThat(executor.submit((Runnable & Serializable) () -> RAN.set(5), "done").get())
        .isEqualTo("done");
    assertThat(RAN).hasValue(5);
    Future<String> fails =
        executor.submit(
            task(
                () -> {
                  throw new IOException("no");
                }));
    assertThatThrownBy(fails::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
    executor.execute(count);
    executor.shutdown();
    assertThat(executor.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(executor.isTerminated()).isTrue();
    assertThat(RAN).hasValue(6);
    assertThatThrownBy(() -> executor.execute(count))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(client.compute(Lazy.delayed(() -> 1))).isEqualTo(1);
  }

  @Test
  void manyTasksAreInvokedTogether() throws Exception {
    ExecutorService executor = client.executor();
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int number = i;
      tasks.add(task(() -> number));
    }

    List<Integer> all = new ArrayList<>();
    for (Future<Integer> future : executor.invokeAll(tasks)) {
      all.add(future.get());
    }
    assertThat(all).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(executor.invokeAny(List.of(FAILS, task(() -> 2)))).isEqualTo(2);
    List<Future<Integer>> late =
        executor.invokeAll(List.of(task(() -> 3), HANGS), 2, TimeUnit.SECONDS);
    assertThat(late.get(1).isCancelled()).isTrue();
    assertThat(late.get(0).get()).isEqualTo(3);
    ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(executor);
    service.submit(task(() -> 4));
    assertThat(service.take().get()).isEqualTo(4);
  }

  @Test
  void cancellingAndShuttingDownNowStopTasks() throws Exception {
    ExecutorService executor = client.executor();
    Future<Integer> cancelled = executor.submit(HANGS);
    Future<Integer> left = executor.submit(HANGS);

    assertThat(cancelled.cancel(true)).isTrue();
    assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(executor.shutdownNow()).isEmpty();

    assertThat(executor.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(cancelled::get).isInstanceOf(CancellationException.class);
    assertThatThrownBy(left::get).isInstanceOf(CancellationException.class);
    assertThat(client.compute(Lazy.delayed(() -> 1))).isEqualTo(1);
  }

  @Test
  void stagesOfCompletableFuturesStartOnTheCluster() {
    ExecutorService executor = client.executor();
    Supplier<String> place = (Supplier<String> & Serializable) RunnerExecutorTest::place;
    Supplier<String> fails =
        (Supplier<String> & Serializable)
            () -> {
              throw new IllegalArgumentException("no");
            };

    assertThat(CompletableFuture.supplyAsync(place, executor).join()).contains("-slot-");
    assertThat(
            CompletableFuture.supplyAsync(place, executor)
                .thenApplyAsync(String::length, executor)
                .join())
        .isPositive();
    assertThatThrownBy(CompletableFuture.supplyAsync(fails, executor)::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalArgumentException.class);
    RAN.set(0);
    CompletableFuture.runAsync((Runnable & Serializable) () -> RAN.set(7), executor).join();
    assertThat(RAN).hasValue(7);
  }

  @Test
  void aLambdaThatCannotBeSentIsRefusedWithACure() {
    ExecutorService executor = client.executor();

    assertThatThrownBy(() -> executor.submit(() -> 1))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("(Callable & Serializable)");
    assertThatThrownBy(() -> CompletableFuture.supplyAsync(() -> 1, executor))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("(Supplier & Serializable)");
    executor.shutdown();
    assertThat(executor.isTerminated()).isTrue();
  }

  @Test
  void onThreadsAnyLambdaWill() throws Exception {
    try (GraphRunner threads = Schedulers.threads(2)) {
      ExecutorService executor = threads.executor();

      assertThat(executor.submit(() -> 1).get()).isEqualTo(1);
      assertThat(executor.submit(() -> {}).get()).isNull();
      assertThat(CompletableFuture.supplyAsync(() -> 2, executor).join()).isEqualTo(2);
    }
  }
}

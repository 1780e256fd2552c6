package io.dagwright.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dagwright.internal.local.SynchronousScheduler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlotPoolTest {

  private final Map<Long, String> ended = new ConcurrentHashMap<>();
  private final AtomicInteger roomMade = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();

  private final SlotPool pool =
      new SlotPool("test", 4, 8, new Listener(), SlotFile.NONE, SynchronousScheduler::new);

  private final class Listener implements SlotListener {
    @Override
    public void onSucceeded(SlotRun run, @Nullable Object result, long nanos, boolean more) {
      if ("cannot be kept".equals(result)) {
        throw new IllegalStateException("no room");
      }
      ended.put(run.task(), "ok " + result);
    }

    @Override
    public void onThrew(SlotRun run, Throwable thrown, End end) {
      ended.put(run.task(), end + " " + thrown.getMessage());
    }

    @Override
    public void onOutOfMemory(SlotRun run) {
      roomMade.incrementAndGet();
    }

    @Override
    public void onBlocked(SlotRun run) {}

    @Override
    public void onUnblocked(SlotRun run) {}
  }

  @AfterEach
  void close() {
    pool.close();
  }

  @Test
  void whoFindsNoRoomIsTriedOnceMoreAlone() {
    for (int i = 0; i < 40; i++) {
      AtomicInteger calls = new AtomicInteger();
      boolean isHungry = i % 5 == 0;
      pool.execute(List.of(run(i, () -> eat(isHungry && calls.getAndIncrement() == 0, isHungry))));
    }

    await().until(() -> ended.size() == 40);

    assertThat(ended.values()).allMatch(how -> how.startsWith("ok"));
    assertThat(ended.values().stream().filter("ok alone"::equals)).hasSize(8);
    assertThat(roomMade).hasValue(8);
  }

  private String eat(boolean fails, boolean isHungry) throws InterruptedException {
    int others = running.getAndIncrement();
    try {
      if (fails) {
        throw new OutOfMemoryError("Java heap space");
      }
      Thread.sleep(5); // Long enough to be seen beside others; nothing depends on it.
      return others == 0 && running.get() == 1 && isHungry ? "alone" : "beside others";
    } finally {
      running.decrementAndGet();
    }
  }

  @Test
  void whoFindsNoRoomAloneEitherFails() {
    pool.execute(List.of(run(1, SlotPoolTest::neverFits), run(2, () -> 2)));

    await().until(() -> ended.size() == 2);

    assertThat(ended).containsEntry(1L, "OUT_OF_MEMORY Java heap space").containsEntry(2L, "ok 2");
    assertThat(roomMade).hasValue(1);
  }

  private static Object neverFits() {
    throw new OutOfMemoryError("Java heap space");
  }

  @Test
  void whatNoRoomHelpsFailsAtOnce() {
    pool.execute(
        List.of(
            run(
                1,
                () -> {
                  throw new OutOfMemoryError("Requested array size exceeds VM limit");
                })));

    await().until(() -> ended.size() == 1);

    assertThat(ended).containsEntry(1L, "THREW Requested array size exceeds VM limit");
    assertThat(roomMade).hasValue(0);
  }

  @Test
  void aResultThatCannotBeKeptFailsItsRunAndCostsNoSlot() {
    for (int i = 0; i < 8; i++) {
      pool.execute(List.of(run(i, () -> "cannot be kept")));
    }
    pool.execute(List.of(run(8, () -> 8)));

    await().until(() -> ended.size() == 9);

    assertThat(ended.get(0L)).startsWith("THREW How it ended could not be told");
    assertThat(ended).containsEntry(8L, "ok 8");
  }

  @Test
  void whoWaitsToBeAloneCanBeCancelled() throws InterruptedException {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch failed = new CountDownLatch(1);
    pool.execute(
        List.of(
            run(
                1,
                () -> {
                  goOn.await();
                  return 1;
                }),
            run(
                2,
                () -> {
                  failed.countDown();
                  return neverFits();
                })));
    failed.await();

    pool.interrupt(2, 0);
    await().until(() -> ended.containsKey(2L));
    pool.execute(List.of(run(3, () -> 3)));
    await().until(() -> ended.containsKey(3L));
    goOn.countDown();
    await().until(() -> ended.containsKey(1L));

    assertThat(ended.get(2L)).startsWith("CANCELLED");
    assertThat(ended).containsEntry(3L, "ok 3").containsEntry(1L, "ok 1");
  }

  private static SlotRun run(long task, SlotRun.Body body) {
    return new SlotRun(task, 0, 0, new WorkerLocals(), body);
  }
}

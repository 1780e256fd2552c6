package io.dagwright.internal.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResultStoreTest {

  private static final ClassLoader LOADER = ResultStoreTest.class.getClassLoader();

  private final ResultStore store = new ResultStore(new ValueCodec(new KryoPools()));

  @Test
  void countsWhatItHolds() {
    store.put(1, "x", 41);
    store.putEncoded(2, Payload.of(new byte[] {3, 14}));
    store.put(3, null, 0);
    assertEquals(43, store.managedBytes());
    assertEquals(3, store.count());

    assertEquals(7, store.value(2, LOADER));
    assertEquals(2 + 41 + 16, store.managedBytes());

    int encoded = store.encoded(1).head().length;
    assertSame(store.encoded(1), store.encoded(1));
    assertEquals(2 + 41 + 16 + encoded, store.managedBytes());
    assertNull(store.value(3, LOADER));

    assertEquals(encoded, store.dropCopies(1));
    assertEquals(2, store.dropCopies(2));
    assertEquals(41 + 16, store.managedBytes());

    store.put(1, "y", 5);
    store.remove(2, 3, 99);
    assertEquals(5, store.managedBytes());
    assertEquals(1, store.count());
    assertThrows(NoSuchElementException.class, () -> store.value(2, LOADER));
  }

  @Test
  void whoAwaitsAResultIsToldOnce() {
    List<String> told = new ArrayList<>();
    store.put(1, "x", 1);

    assertTrue(store.await(1, came -> told.add("there already")));
    assertFalse(store.await(2, came -> told.add("2 " + came)));
    assertFalse(store.await(3, came -> told.add("3 " + came)));
    store.giveUpWaiting();
    assertEquals(List.of(), told); // It has not waited for a whole turn.
    store.put(2, "y", 1);
    store.put(2, "again", 1);
    assertEquals(List.of("2 true"), told);
    store.giveUpWaiting();
    store.put(3, "z", 1);

    assertEquals(List.of("2 true", "3 false"), told);
  }

  @Test
  void aResultIsSharedAsItIs() {
    ResultStore other = new ResultStore(new ValueCodec(new KryoPools()));
    Object live = new Thread(); // Nothing can make bytes of it.
    store.put(1, live, 5, 0, new ClassLoader(LOADER) {}, Choice.DEFAULT);
    store.putEncoded(2, Payload.of(new byte[] {3, 14}));

    assertEquals(ValueCodec.estimateSize(live), store.share(1, other));
    assertEquals(2, store.share(2, other));
    assertEquals(-1, store.share(3, other));

    assertSame(store.encoded(2), other.encoded(2));
    assertEquals(2, other.count());
    assertThrows(NotSerializableTaskException.class, () -> other.value(1, LOADER));
  }

  @Test
  void nobodyAwaitsAnythingOfAClosedStore() {
    List<String> told = new ArrayList<>();
    store.await(1, came -> told.add("1 " + came));

    store.close();
    store.await(2, came -> told.add("2 " + came));

    assertEquals(List.of("1 false", "2 false"), told);
  }

  @Test
  void decodedValueIsKeptAndAnotherLoaderGetsItsOwn() {
    ClassLoader other = new ClassLoader(LOADER) {};
    store.putEncoded(1, encoded(List.of(1, 2)));

    Object first = store.value(1, LOADER);

    assertSame(first, store.value(1, LOADER));
    assertEquals(first, store.value(1, other));
    assertSame(first, store.value(1, LOADER));
  }

  private static Payload encoded(Object value) {
    ResultStore scratch = new ResultStore(new ValueCodec(new KryoPools()));
    scratch.put(0, value, 0);
    return scratch.encoded(0);
  }

  @Test
  void resultThatWillNotEncodeStays() {
    Thread thread = new Thread();
    store.put(1, thread, 8);

    assertThrows(NotSerializableTaskException.class, () -> store.encoded(1));

    assertSame(thread, store.value(1, LOADER));
    assertEquals(8, store.managedBytes());
  }

  @Test
  void behavesLikeAMapUnderRandomUse() {
    Random random = new Random(7);
    Map<Long, Long> model = new HashMap<>();
    for (int i = 0; i < 200_000; i++) {
      long task = ((long) random.nextInt(4) << 32) | random.nextInt(3000);
      if (random.nextInt(3) == 0) {
        store.remove(task);
        model.remove(task);
      } else {
        store.put(task, task, i % 100);
        model.put(task, (long) (i % 100));
      }
    }

    assertEquals(model.size(), store.count());
    assertEquals(model.values().stream().mapToLong(Long::longValue).sum(), store.managedBytes());
    for (long task : model.keySet()) {
      assertEquals(task, store.value(task, LOADER));
    }
  }

  @Test
  void threadsTogetherKeepTheAccountExact() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Callable<Integer>> jobs =
        IntStream.range(0, 4)
            .<Callable<Integer>>mapToObj(
                seed ->
                    () -> {
                      Random random = new Random(seed);
                      for (int i = 0; i < 50_000; i++) {
                        long task = random.nextInt(500);
                        switch (random.nextInt(4)) {
                          case 0 -> store.put(task, i, 10);
                          case 1 -> store.remove(task);
                          case 2 -> store.putEncoded(task, Payload.of(new byte[] {0}));
                          default -> {
                            try {
                              store.value(task, LOADER);
                              store.encoded(task);
                            } catch (NoSuchElementException e) {
                              continue; // Another thread removed it.
                            }
                          }
                        }
                      }
                      return 0;
                    })
            .toList();
    for (Future<Integer> done : pool.invokeAll(jobs)) {
      assertEquals(0, done.get());
    }
    pool.shutdown();

    store.remove(IntStream.range(0, 500).asLongStream().toArray());

    assertEquals(0, store.managedBytes());
    assertEquals(0, store.count());
  }
}

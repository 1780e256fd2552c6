package io.dagwright.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeapBudgetTest {

  private static final ClassLoader LOADER = HeapBudgetTest.class.getClassLoader();
  private static final long HEAP = 10 << 20;
  private static final long BUDGET = HEAP / 2;

  @TempDir Path temporary;

  private final ConcurrentLinkedQueue<Long> lost = new ConcurrentLinkedQueue<>();
  private HeapBudget budget;
  private ResultStore store;

  @BeforeEach
  void open() {
    budget = new HeapBudget(new MemorySettings(HEAP, 0.5, 1, 1, temporary));
    store = new ResultStore(new ValueCodec(new KryoPools()), budget, lost::add);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    assertThat(store.spilledBytes()).isZero();
    assertThat(files()).isEmpty();
    budget.close();
    try (Stream<Path> left = Files.walk(temporary, 2)) {
      assertThat(left.filter(path -> path.getFileName().toString().matches("\\d+-.*"))).isEmpty();
    }
  }

  @Test
  @Tag("slow")
  void whatIsTooMuchGoesToFilesAndComesBack() {
    for (int i = 0; i < 100; i++) {
      put(i, 1 << 20);
      budget.awaitRoom();
    }

    assertThat(store.managedBytes()).isLessThan(2 * BUDGET);
    await().until(() -> store.managedBytes() <= BUDGET);
    assertThat(store.spilledBytes()).isGreaterThan(90 << 20);
    for (int i = 99; i >= 0; i--) {
      assertThat(store.value(i, LOADER)).isEqualTo(array(i, 1 << 20));
      assertThat(new ValueCodec(new KryoPools()).read(store.encoded(i), LOADER))
          .isEqualTo(array(i, 1 << 20));
    }
    assertThat(store.count()).isEqualTo(100);
    assertThat(lost).isEmpty();
  }

  @Test
  @Tag("slow")
  void smallResultsShareFiles() throws IOException {
    for (int i = 0; i < 100_000; i++) {
      put(i, 300);
    }

    await().atMost(Duration.ofMinutes(1)).until(() -> store.managedBytes() <= BUDGET);
    assertThat(files()).hasSizeLessThan(40);
    for (int i = 0; i < 100_000; i += 97) {
      assertThat(store.value(i, LOADER)).isEqualTo(array(i, 300));
    }
  }

  @Test
  void whatWasUsedLastAndTookLongToMakeStays() {
    for (int i = 0; i < 4; i++) {
      long nanos = i == 2 ? 60_000_000_000L : 0;
      store.put(i, array(i, 1 << 20), 1 << 20, nanos, null, Choice.DEFAULT);
    }
    await().pollDelay(Duration.ofMillis(20)).until(() -> true); // Ages count in ms.
    store.value(1, LOADER);
    put(4, 1 << 20);
    put(5, 1 << 20);

    await().until(() -> store.managedBytes() <= BUDGET);

    assertThat(store.prepare(0)).as("in a file already").isNull();
    assertThat(store.prepare(1)).as("used last").isNotNull();
    assertThat(store.prepare(2)).as("took a minute").isNotNull();
  }

  @Test
  void aBrokenFileIsALostResult() throws IOException {
    for (int i = 0; i < 20; i++) {
      put(i, 1 << 20);
    }
    await().until(() -> store.managedBytes() <= BUDGET);
    for (Path file : files()) {
      Files.write(file, new byte[5]);
    }

    List<Long> missing = new ArrayList<>();
    for (long i = 0; i < 20; i++) {
      try {
        assertThat(store.value(i, LOADER)).isEqualTo(array((int) i, 1 << 20));
      } catch (NoSuchElementException e) {
        missing.add(i);
      }
    }

    assertThat(missing).isNotEmpty().hasSizeLessThan(20);
    assertThat(lost).containsExactlyInAnyOrderElementsOf(missing);
    assertThat(store.count()).isEqualTo(20 - missing.size());
    assertThatThrownBy(() -> store.encoded(missing.get(0)))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void whatCannotBeWrittenStaysAndHoldsNobodyUp() throws IOException {
    Thread unsendable = new Thread();
    store.put(1, unsendable, 50 << 20);

    budget.awaitRoom();

    assertThat(store.value(1, LOADER)).isSameAs(unsendable);
    assertThat(files()).isEmpty();
  }

  @Test
  void aFileInTheWayOfTheDirectoryHoldsNobodyUp() throws IOException {
    Path inTheWay = Files.createFile(temporary.resolve("file"));
    try (HeapBudget failing =
        new HeapBudget(new MemorySettings(HEAP, 0.5, 1, 1, inTheWay.resolve("spill")))) {
      ResultStore stays = new ResultStore(new ValueCodec(new KryoPools()), failing, lost::add);
      for (int i = 0; i < 20; i++) {
        stays.put(i, array(i, 1 << 20), 1 << 20);
        failing.awaitRoom();
      }

      assertThat(stays.managedBytes()).isEqualTo(20 << 20);
      assertThat(stays.value(7, LOADER)).isEqualTo(array(7, 1 << 20));
      stays.close();
    }
    Files.delete(inTheWay);
  }

  @Test
  void aFullDiskHoldsNobodyUp() throws Exception {
    Path disk = Files.createDirectory(temporary.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.toString()),
        "mounting a small disk needs root");
    try (HeapBudget failing = new HeapBudget(new MemorySettings(HEAP, 0.5, 1, 1, disk))) {
      ResultStore stays = new ResultStore(new ValueCodec(new KryoPools()), failing, lost::add);
      for (int i = 0; i < 40; i++) {
        stays.put(i, array(i, 1 << 20), 1 << 20);
        failing.awaitRoom();
      }

      assertThat(stays.spilledBytes()).isBetween(1L << 20, 8L << 20);
      assertThat(stays.managedBytes()).isGreaterThan(30 << 20);
      assertThat(failing.outOfMemory("w", new OutOfMemoryError("Java heap space")))
          .hasMessageContaining("bytes of results cannot be written into [" + disk)
          .hasMessageContaining("bytes are free: java.io.IOException: No space left");
      for (int i = 0; i < 40; i++) {
        assertThat(stays.value(i, LOADER)).isEqualTo(array(i, 1 << 20));
      }
      try (Stream<Path> all = Files.walk(disk)) {
        assertThat(all.map(Path::toString)).noneMatch(path -> path.endsWith(".part"));
      }
      stays.close();
    } finally {
      assertThat(run("umount", disk.toString())).isTrue();
      Files.delete(disk);
    }
    assertThat(lost).isEmpty();
  }

  @Test
  void aDiskThatHasRoomAgainIsWrittenTo() throws Exception {
    Path directory = Files.createDirectory(temporary.resolve("later"));
    Path inTheWay = directory.resolve("dagwright-spill-" + System.getProperty("user.name"));
    Files.createFile(inTheWay);
    try (HeapBudget failing =
        new HeapBudget(new MemorySettings(HEAP, 0.5, 1, 1, directory), Duration.ofMillis(10))) {
      ResultStore keeps = new ResultStore(new ValueCodec(new KryoPools()), failing, lost::add);
      for (int i = 0; i < 40; i++) {
        keeps.put(i, array(i, 1 << 20), 1 << 20);
        failing.awaitRoom();
      }
      assertThat(keeps.spilledBytes()).isZero();

      Files.delete(inTheWay);

      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> {
                failing.check(); // As with each result that comes.
                return keeps.managedBytes() <= BUDGET;
              });
      keeps.close();
    }
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  @Test
  void behavesLikeAMapWhileThreadsComeAndGo() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<?>> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int own = t;
      threads.add(pool.submit(() -> useAtRandom(own)));
    }
    for (Future<?> thread : threads) {
      thread.get();
    }
    pool.shutdown();

    assertThat(store.count()).isZero();
    assertThat(store.managedBytes()).isZero();
    assertThat(budget.spilledTotalBytes()).isPositive();
    assertThat(lost).isEmpty();
  }

  private void useAtRandom(int own) {
    Random random = new Random(own);
    Map<Long, Integer> model = new HashMap<>();
    for (int i = 0; i < 3000; i++) {
      long task = ((long) own << 32) | random.nextInt(60);
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          int size = 1 << random.nextInt(19);
          store.put(task, array(i, size), size, i, null, Choice.DEFAULT);
          model.put(task, i << 5 | Integer.numberOfTrailingZeros(size));
          budget.awaitRoom();
        }
        case 2 -> {
          store.remove(task);
          model.remove(task);
        }
        default -> {
          Integer made = model.get(task);
          if (made != null) {
            byte[] expected = array(made >> 5, 1 << (made & 31));
            assertThat(store.value(task, LOADER)).isEqualTo(expected);
            store.encoded(task);
          }
        }
      }
    }
    store.remove(model.keySet().stream().mapToLong(Long::longValue).toArray());
  }

  @Test
  void whatElseFillsTheHeapMakesResultsGo() {
    for (int i = 0; i < 4; i++) {
      put(i, 1 << 20);
    }
    assertThat(store.spilledBytes()).isZero();

    budget.onCollection(true, HEAP + store.managedBytes() - (2 << 20));

    assertThat(budget.budgetBytes()).isEqualTo(2 << 20);
    await().until(() -> store.managedBytes() <= 2 << 20);
  }

  @Test
  void roomIsMadeForWhatIsNotAResult() {
    for (int i = 0; i < 4; i++) {
      put(i, 1 << 20);
    }
    put(4, 10);

    budget.empty();

    assertThat(store.managedBytes()).isLessThan(100);
    assertThat(store.value(2, LOADER)).isEqualTo(array(2, 1 << 20));
  }

  @Test
  void collectionsAreHeardOf() {
    List<Long> left = Collections.synchronizedList(new ArrayList<>());
    try (CollectionListener listener =
        new CollectionListener((isMajor, bytes) -> left.add(isMajor ? bytes : 0))) {
      System.gc();
      await().until(() -> left.stream().anyMatch(bytes -> bytes > 1 << 20));
      assertThat(listener).isNotNull();
    }
  }

  @Test
  void theBudgetIsWhatTheRestOfTheHeapLeaves() {
    MemorySettings settings = new MemorySettings(1000, 0.4, 0.7, 0.8, temporary);

    assertThat(settings.budgetBytes(0)).isEqualTo(400);
    assertThat(settings.budgetBytes(300)).isEqualTo(400);
    assertThat(settings.budgetBytes(500)).isEqualTo(200);
    assertThat(settings.budgetBytes(5000)).isEqualTo(50);
    assertThat(MemorySettings.unlimited().budgetBytes(5000)).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> new MemorySettings(1000, 0.8, 0.7, 0.9, temporary))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("target 0.8");
  }

  @Test
  void unmanagedIsTheLeastThatMinorCollectionsLeaveSinceTheLastMajorOne() {
    UnmanagedBytes unmanaged = new UnmanagedBytes();
    assertThat(unmanaged.get()).isZero();

    unmanaged.add(false, 100, 40);
    unmanaged.add(false, 300, 40);
    assertThat(unmanaged.get()).isEqualTo(60);
    unmanaged.add(true, 200, 50);
    assertThat(unmanaged.get()).isEqualTo(150);
    unmanaged.add(false, 10, 50);
    assertThat(unmanaged.get()).isZero();
    for (int i = 0; i < 16; i++) {
      unmanaged.add(false, 70, 50);
    }
    assertThat(unmanaged.get()).isEqualTo(20);
  }

  private void put(int task, int size) {
    store.put(task, array(task, size), size);
  }

  /** Different for every task, and hard to compress. */
  private static byte[] array(int task, int size) {
    byte[] array = new byte[size];
    new Random(task).nextBytes(array);
    return array;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(temporary)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}

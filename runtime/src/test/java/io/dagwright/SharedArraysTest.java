package io.dagwright;

import static io.dagwright.DelayedCall.delayed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.SharedArrayUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SharedArraysTest {

  /** Above the size from which arguments go through files. */
  private static final int LARGE = 300_000;

  @TempDir Path directory;

  @Test
  void viewsHaveTheContentOfTheArrays() {
    byte[] bytes = {1, -2, 3};
    int[] ints = IntStream.range(-LARGE, LARGE).toArray();
    long[] longs = LongStream.range(0, LARGE).map(i -> (i * i) << 20).toArray();
    double[] doubles = {0.5, Double.NaN, -0.0};

    SharedLongs shared = SharedLongs.copyOf(longs);
    assertThat(SharedBytes.copyOf(bytes).toArray()).isEqualTo(bytes);
    assertThat(SharedInts.copyOf(ints).toArray()).isEqualTo(ints);
    assertThat(shared.toArray()).isEqualTo(longs);
    assertThat(SharedDoubles.copyOf(doubles).toArray()).isEqualTo(doubles);
    assertThat(SharedLongs.copyOf(new long[0]).length()).isZero();

    assertThat(SharedBytes.copyOf(bytes).get(1)).isEqualTo((byte) -2);
    assertThat(SharedInts.copyOf(ints).get(0)).isEqualTo(-LARGE);
    assertThat(shared.get(LARGE - 1)).isEqualTo(longs[LARGE - 1]);
    assertThat(SharedDoubles.copyOf(doubles).get(0)).isEqualTo(0.5);
    assertThat(shared.toArray(5, 7)).containsExactly(longs[5], longs[6]);
    assertThatThrownBy(() -> shared.get(LARGE)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> shared.toArray(1, LARGE + 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    longs[0] = 7;
    assertThat(shared.get(0)).isZero();
  }

  @Test
  void filesAreMapped() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(1).putLong(2).putLong(3);
    Path file = Files.write(directory.resolve("longs"), bytes.array());

    assertThat(SharedLongs.map(file).toArray()).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> SharedLongs.map(Files.write(file, new byte[9])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[9] bytes");
    assertThatThrownBy(() -> SharedLongs.map(directory.resolve("none")))
        .isInstanceOf(SharedArrayUnavailableException.class);
  }

  /** The content is not in the message, and all who look at it look at one file. */
  @Test
  @Tag("slow")
  @Timeout(120)
  void viewsReachOtherJvmsWithoutTheirContent() throws IOException {
    SharedLongs shared = SharedLongs.copyOf(LongStream.range(0, LARGE + 1).toArray());
    long sum = LongStream.range(0, LARGE + 1).sum();
    assertThat(Serialization.check(shared).bytes()).isLessThan(1_000);

    ParallelConfig config = ParallelConfig.DEFAULT.withJobs(2).withBackend("local-jvm");
    List<SharedLongs> back =
        Parallel.with(config)
            .run(IntStream.range(0, 4).mapToObj(i -> delayed(shared, SharedArraysTest::checked)));

    for (SharedLongs each : back) {
      assertThat(LongStream.of(each.toArray()).sum()).isEqualTo(sum);
    }
    Path root = HostShare.FILES.directory().getParent();
    try (Stream<Path> files = Files.walk(root)) {
      Set<Object> inodes =
          files
              .filter(file -> file.getFileName().toString().length() == 64)
              .filter(file -> file.toFile().length() == 8L * (LARGE + 1))
              .map(SharedArraysTest::inode)
              .collect(Collectors.toSet());
      assertThat(inodes).hasSize(1);
    }
  }

  private static SharedLongs checked(SharedLongs shared) {
    assertThat(shared.get(shared.length() - 1)).isEqualTo(shared.length() - 1);
    return shared;
  }

  private static Object inode(Path file) {
    try {
      return Files.getAttribute(file, "unix:ino");
    } catch (IOException e) {
      return "gone";
    }
  }

  /** Also those that go through a file: what a call does to its argument is its own affair. */
  @Test
  @Tag("slow")
  @Timeout(120)
  void plainArraysArriveAsPrivateCopies() throws IOException {
    long[] plain = new long[LARGE];
    ParallelConfig config = ParallelConfig.DEFAULT.withJobs(2).withBackend("local-jvm");

    List<Long> firsts =
        Parallel.with(config.withBatch(2))
            .run(IntStream.range(0, 4).mapToObj(i -> delayed(plain, array -> ++array[0])));

    assertThat(firsts).containsExactly(1L, 2L, 1L, 2L);
    assertThat(plain[0]).isZero();
    try (Stream<Path> files = Files.list(HostShare.FILES.directory())) {
      assertThat(files.filter(file -> file.getFileName().toString().length() < 64)).isEmpty();
    }
  }
}

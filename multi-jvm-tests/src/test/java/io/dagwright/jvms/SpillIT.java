package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static io.dagwright.jvms.Clusters.worker;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import io.dagwright.protocol.TaskStory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More results than a worker's heap has room for. */
@Tag("jvms")
@Timeout(240)
class SpillIT {

  private static final int ARRAYS = 400;
  private static final int LENGTH = 1 << 20;

  @TempDir Path spill;
  @TempDir Path traces;

  private record Piece(String traces, int number) {}

  private LocalClusterOptions small(Path directory) {
    return LocalClusterOptions.DEFAULT
        .withForked(true)
        .withNames("small")
        .withWorkers(1, 2)
        .withJvmFlags("-Xmx128m", "-XX:+UseSerialGC")
        .withSettings(Map.of("dagwright.worker.memory.spill-directory", directory.toString()));
  }

  @Test
  void resultsOfThreeTimesTheHeapAreAllThere() throws Exception {
    try (LocalCluster cluster = LocalCluster.start(small(spill));
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      List<Persisted<byte[]>> kept = client.persist(arrays(ARRAYS));
      Lazy<Long> checked =
          Lazy.all(
              kept.stream().map(array -> array.lazy().map(SpillIT::sum)).toList(), SpillIT::total);

      assertThat(client.compute(checked)).isEqualTo(expected());
      until("most of it on disk", () -> worker(client, "small").spilledBytes() > 300L << 20);
      assertThat(kept)
          .anySatisfy(
              array ->
                  assertThat(client.story(array.key().toString()).steps())
                      .extracting(TaskStory.Step::kind)
                      .contains("SPILLED"));
      assertThat(worker(client, "small").spills().bytes()).isGreaterThan(300L << 20);
      assertThat(worker(client, "small").heldBytes()).isLessThan(100L << 20);
      for (int i = 0; i < ARRAYS; i += 37) {
        assertThat(kept.get(i).join()).isEqualTo(noise(i));
      }
      kept.forEach(Persisted::release);
      until("nothing on disk", () -> files().isEmpty());
    }
    try (Stream<Path> left = Files.walk(spill, 2)) {
      assertThat(left).as("the user's directory, and none of a process").hasSize(2);
    }
  }

  @Test
  void whatFilesHaveLostIsMadeAgainAndNeverWrong() throws Exception {
    try (LocalCluster cluster = LocalCluster.start(small(spill));
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      List<Lazy<byte[]>> made = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        made.add(Lazy.delayed(new Piece(traces.toString(), i), SpillIT::noted));
      }
      List<Persisted<byte[]>> kept = client.persist(made);
      kept.forEach(Persisted::awaitReady);
      until("most of it on disk", () -> worker(client, "small").spilledBytes() > 90L << 20);
      assertThat(Traces.read(traces).values()).containsOnly(1L);

      damage(files());
      for (int i = 0; i < 150; i++) {
        byte[] content = client.compute(kept.get(i).lazy());
        assertThat(Arrays.equals(content, noise(i))).as("result " + i).isTrue();
      }

      assertThat(Traces.read(traces).values()).as("runs").contains(2L);
      assertThat(cluster.processIds()).containsOnlyKeys("small");
    }
  }

  /** One file is deleted, of the next a bit is wrong, the next is cut short, the next is well. */
  private static void damage(List<Path> files) throws IOException {
    assertThat(files).hasSizeGreaterThan(8);
    for (int i = 0; i < files.size(); i++) {
      try (FileChannel file = FileChannel.open(files.get(i), READ, WRITE)) {
        switch (i % 4) {
          case 0 -> Files.delete(files.get(i));
          case 1 -> {
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, file.size() / 2);
            file.write(one.put(0, (byte) (one.get(0) ^ 4)).rewind(), file.size() / 2);
          }
          case 2 -> file.truncate(file.size() / 2);
          default -> {}
        }
      }
    }
  }

  @Test
  void onAFullDiskWorkGoesOnUntilTheHeapIsFullAndThenTheErrorSaysWhatIsFull() throws Exception {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", spill.toString()),
        "mounting a small disk needs root");
    try (LocalCluster cluster = LocalCluster.start(small(spill));
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      long pid = requireNonNull(cluster.processIds().get("small"));
      List<Persisted<byte[]>> some = client.persist(arrays(50));
      for (int i = 0; i < 50; i++) {
        assertThat(client.compute(some.get(i).lazy())).isEqualTo(noise(i));
      }
      assertThat(worker(client, "small").spilledBytes()).isBetween(1L << 20, 8L << 20);
      some.forEach(Persisted::release);

      List<Persisted<byte[]>> tooMany = client.persist(arrays(150));
      Throwable failure = catchThrowable(() -> tooMany.forEach(Persisted::awaitReady));

      assertThat(failure).hasStackTraceContaining("cannot be written into [" + spill);
      assertThat(failure).hasStackTraceContaining("bytes are free");
      tooMany.forEach(Persisted::release);
      int answer = client.compute(Lazy.delayed(20, SpillIT::next));
      assertThat(answer).isEqualTo(21);
      assertThat(cluster.processIds()).containsEntry("small", pid);
      assertThat(files()).noneMatch(file -> file.toString().endsWith(".part"));
    } finally {
      until("the disk is free", () -> run("umount", spill.toString()));
    }
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  private static int next(int number) {
    return number + 1;
  }

  private static byte[] noted(Piece piece) {
    Traces.leave(piece.traces(), "array-" + piece.number());
    return noise(piece.number());
  }

  private static List<Lazy<byte[]>> arrays(int count) {
    List<Lazy<byte[]>> arrays = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      arrays.add(Lazy.delayed(i, SpillIT::noise));
    }
    return arrays;
  }

  private static byte[] noise(int seed) {
    byte[] noise = new byte[LENGTH];
    new Random(seed).nextBytes(noise);
    return noise;
  }

  private static long sum(byte[] array) {
    long sum = 0;
    for (byte each : array) {
      sum = sum * 31 + each;
    }
    return sum;
  }

  private static long total(List<Long> sums) {
    return sums.stream().mapToLong(Long::longValue).sum();
  }

  private static long expected() {
    long total = 0;
    for (int i = 0; i < ARRAYS; i++) {
      total += sum(noise(i));
    }
    return total;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(spill)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}

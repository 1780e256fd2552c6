package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static io.dagwright.jvms.Clusters.worker;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import io.dagwright.protocol.TaskStory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  @Test
  void resultsOfThreeTimesTheHeapAreAllThere() throws Exception {
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT
            .withForked(true)
            .withNames("small")
            .withWorkers(1, 2)
            .withJvmFlags("-Xmx128m")
            .withSettings(Map.of("dagwright.worker.memory.spill-directory", spill.toString()));
    try (LocalCluster cluster = LocalCluster.start(options);
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      List<Lazy<byte[]>> arrays = new ArrayList<>();
      for (int i = 0; i < ARRAYS; i++) {
        arrays.add(Lazy.delayed(i, SpillIT::noise));
      }

      List<Persisted<byte[]>> kept = client.persist(arrays);
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
      for (Path file : files()) {
        Files.write(file, new byte[5]);
      }
      assertThat(client.compute(checked)).as("with what was lost made again").isEqualTo(expected());
      kept.forEach(Persisted::release);
      until("nothing on disk", () -> files().isEmpty());
    }
    try (Stream<Path> left = Files.walk(spill, 2)) {
      assertThat(left).as("the user's directory, and none of a process").hasSize(2);
    }
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

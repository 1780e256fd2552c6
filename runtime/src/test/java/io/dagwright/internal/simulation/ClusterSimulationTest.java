package io.dagwright.internal.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Protocol;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whole clusters in virtual time. A seed that fails is replayed by {@code Simulation <seed>}. */
@Tag("simulation")
class ClusterSimulationTest {

  private static final int SEEDS = 2000;

  @Test
  void everyGraphEndsRightWhateverBreaks() {
    List<String> failures = LongStream.range(0, SEEDS).boxed().flatMap(this::failureOf).toList();

    assertThat(failures).isEmpty();
  }

  @Test
  void seedsThatShowedABugAreFineWithoutIt() {
    List<Long> seeds = Seeds.all().stream().map(Seeds.Seed::number).distinct().toList();

    List<String> failures = seeds.stream().flatMap(this::failureOf).toList();

    assertThat(failures).isEmpty();
  }

  @Test
  void oneSeedIsOneHistory() {
    VirtualCluster first = new VirtualCluster(42, Protocol.CORRECT, true);
    VirtualCluster second = new VirtualCluster(42, Protocol.CORRECT, true);

    first.run();
    second.run();

    assertThat(withoutIdentities(first.history())).isEqualTo(withoutIdentities(second.history()));
  }

  /** Arrays print where they are in memory, which differs from run to run. */
  private static List<String> withoutIdentities(List<String> history) {
    return history.stream().map(line -> line.replaceAll("@[0-9a-f]+", "")).toList();
  }

  private Stream<String> failureOf(long seed) {
    try {
      new VirtualCluster(seed).run();
      return Stream.empty();
    } catch (RuntimeException e) {
      return Stream.of(String.valueOf(e.getMessage()));
    }
  }
}

package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.GraphRunner;
import io.dagwright.LocalCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class FanInPipelineTest {

  private static final int SOURCES = 20;

  @TempDir Path directory;

  @Test
  void sourcesAreAskedUntilTheyAnswer() {
    try (LocalCluster cluster = LocalCluster.threads(2, 2);
        GraphRunner client = cluster.client()) {
      assertThat(client.compute(FanInPipeline.total(SOURCES, directory))).isEqualTo(1900);
    }

    for (int source = 0; source < SOURCES; source++) {
      assertThat(FanInPipeline.asked(source, directory))
          .as("source %d", source)
          .isEqualTo(attemptsNeeded(source));
    }
    assertThat(IntStream.range(0, SOURCES).mapToLong(FanInPipelineTest::attemptsNeeded))
        .contains(1L, 2L, 3L);
  }

  private static long attemptsNeeded(int source) {
    long attempt = 1;
    while (FanInPipeline.fails(source, attempt)) {
      attempt++;
    }
    return attempt;
  }

  @Test
  void itRuns() throws IOException {
    FanInPipeline.main(new String[0]);
  }
}

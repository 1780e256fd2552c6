package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.GraphRunner;
import io.dagwright.LocalCluster;
import io.dagwright.Schedulers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(90)
class NestedGraphsTest {

  @Test
  void graphsInsideTasksEndOnOneThread() {
    try (GraphRunner oneThread = Schedulers.threads(1)) {
      assertThat(oneThread.compute(NestedGraphs.leaves(8))).isEqualTo(expected(8));
    }
  }

  @Test
  void graphsInsideTasksEndOnAWorkerOfOneSlot() {
    try (LocalCluster cluster = LocalCluster.threads(1, 1);
        GraphRunner client = cluster.client()) {
      assertThat(client.compute(NestedGraphs.leaves(6))).isEqualTo(expected(6));
    }
  }

  private static int expected(int depth) {
    return depth == 0 ? 1 : NestedGraphs.branchesAt(depth) * expected(depth - 1);
  }

  @Test
  void itRuns() {
    NestedGraphs.main(new String[0]);
  }
}

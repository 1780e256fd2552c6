package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.examples.GraphMessagesFromActors.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GraphMessagesFromActorsTest {

  @Test
  void eachServicesActorGetsTheResultOfItsOwnGraph() throws Exception {
    assertThat(GraphMessagesFromActors.run())
        .containsExactlyInAnyOrder(
            new Report("orders", "the sum is 385"), new Report("billing", "the sum is 338350"));
  }
}

package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(120)
class JoiningNodesTest {

  @Test
  void nodesJoinAndLeaveWithoutLoss() {
    assertThat(JoiningNodes.run())
        .isEqualTo("licensed work runs where the license is; the answer is 42, kept by second");
  }
}

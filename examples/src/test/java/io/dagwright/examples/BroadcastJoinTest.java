package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.LocalCluster;
import io.dagwright.examples.BroadcastJoin.Order;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class BroadcastJoinTest {

  @Test
  void everyPartFindsTheTable() {
    List<List<Order>> parts =
        List.of(List.of(new Order("a", 2), new Order("c", 9)), List.of(new Order("b", 1)));

    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        Client client = cluster.client()) {
      assertThat(BroadcastJoin.turnover(client, Map.of("a", 10, "b", 5), parts)).isEqualTo(25);
    }
  }

  @Test
  void itRuns() {
    BroadcastJoin.main(new String[0]);
  }
}

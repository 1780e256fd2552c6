package io.dagwright.examples;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Persisted;
import io.dagwright.ScatterOptions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Joins many parts of a large table with a small one: the small table is scattered to every worker
 * once, and no task fetches or carries it.
 */
public final class BroadcastJoin {

  /** One row of the large table. */
  record Order(String product, int count) implements Serializable {}

  private BroadcastJoin() {}

  public static void main(String[] arguments) {
    List<List<Order>> parts =
        List.of(
            List.of(new Order("apple", 2), new Order("pear", 1)),
            List.of(new Order("plum", 5)),
            List.of(new Order("apple", 1), new Order("plum", 1)));
    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        Client client = cluster.client()) {
      System.out.println("turnover: " + turnover(client, Map.of("apple", 3, "pear", 4), parts));
    }
  }

  /** What the orders cost; products without a price cost nothing. */
  static int turnover(Client client, Map<String, Integer> prices, List<List<Order>> parts) {
    try (Persisted<Map<String, Integer>> table =
        client.scatter(prices, ScatterOptions.DEFAULT.withBroadcast())) {
      List<Lazy<Integer>> sums = new ArrayList<>();
      for (List<Order> part : parts) {
        sums.add(Lazy.combine(Lazy.value(part), table.lazy(), BroadcastJoin::cost));
      }
      return client.compute(Lazy.all(sums, all -> all.stream().mapToInt(Integer::intValue).sum()));
    }
  }

  private static int cost(List<Order> orders, Map<String, Integer> prices) {
    int sum = 0;
    for (Order order : orders) {
      sum += order.count() * prices.getOrDefault(order.product(), 0);
    }
    return sum;
  }
}

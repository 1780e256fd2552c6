package io.dagwright.examples;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.Persisted;
import java.util.Map;

/**
 * Nodes put together in code: a scheduler, and workers that join it, go, and lose nothing by that.
 *
 * <p>Here all are in one process; on a real cluster each is a process of its own and the scheduler
 * has a fixed port, such as {@code Map.of("dagwright.port", "7400")}, which workers are told of in
 * code, in {@code dagwright.seeds}, or in the environment's {@code DAGWRIGHT_SEEDS}.
 */
public final class JoiningNodes {

  private JoiningNodes() {}

  public static void main(String[] arguments) {
    System.out.println(run());
  }

  /** Says what the parts of a small cluster did. */
  static String run() {
    NodeOptions worker = NodeOptions.WORKER.withProfile("laptop").withWorkers(1, 2);
    try (Node scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
        Client client = scheduler.client()) {
      // Nobody is there to run it yet, which is fine: it waits.
      Persisted<Integer> answer = client.persist(Lazy.delayed(6, x -> x * 7).key("answer"));

      try (Node first = Node.start(worker.withName("first").withSeeds(scheduler.address()))) {
        answer.awaitReady();

        // Another joins, and takes over what the first one holds when that leaves.
        NodeOptions licensed =
            worker
                .withName("second")
                .withResources(Map.of("LICENSE", 1.0))
                .withSeeds(scheduler.address());
        try (Node second = Node.start(licensed)) {
          System.out.println("joined: " + first + ", " + second);
          String where =
              client.compute(
                  Lazy.delayed(() -> "licensed work runs where the license is")
                      .resources(Map.of("LICENSE", 1.0)));
          first.leave();
          return where + "; the answer is " + answer.join() + ", kept by " + holders(client);
        }
      }
    }
  }

  private static String holders(Client client) {
    StringBuilder names = new StringBuilder();
    client.status().workers().forEach(worker -> names.append(worker.name()).append(' '));
    return names.toString().trim();
  }
}

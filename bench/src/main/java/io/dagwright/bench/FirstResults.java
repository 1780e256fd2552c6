package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Persisted;
import io.dagwright.graph.TaskGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Whether a large graph begins to run while it is still on its way: the time from the submission of
 * an irregular graph to the result of an output that needs only its first rows, and to the moment
 * the scheduler has all rows.
 */
final class FirstResults {

  /** The task whose result is waited for first; what it needs is a small part of the graph. */
  private static final int EARLY = 1000;

  private FirstResults() {}

  static Line measure(int n, double warmUpSeconds) throws Exception {
    Shape shape = Shape.irregular(n);
    List<Lazy<Long>> lazies = Lazies.all(shape);
    List<Lazy<Long>> outputs = new ArrayList<>();
    int early = Math.min(EARLY, n - 1);
    outputs.add(lazies.get(early));
    int[] users = shape.userCounts();
    for (int task = 0; task < n; task++) {
      if (users[task] == 0) {
        outputs.add(lazies.get(task)); // So that all of the graph is needed.
      }
    }
    try (LocalCluster cluster = LocalCluster.processes(2, 1);
        Client client = cluster.client();
        Client observer = Client.connect(cluster.address())) {
      Target.Workers.await(client, 2);
      TaskGraph smaller = Lazies.graph(Shape.irregular(Math.min(n, 100_000)));
      long begin = System.nanoTime();
      do {
        client.compute(smaller, Target.AS_BUILT);
      } while (Timing.since(begin) < warmUpSeconds);
      long start = System.nanoTime();
      CompletableFuture<Double> ingested =
          CompletableFuture.supplyAsync(() -> awaitRows(observer, n, start));
      List<Persisted<Long>> held = client.persist(outputs, Target.AS_BUILT);
      double submitted = Timing.since(start);
      long first = held.get(0).join();
      double firstResult = Timing.since(start);
      held.forEach(Persisted::awaitReady);
      double all = Timing.since(start);
      long[] answers = shape.evaluate();
      if (first != answers[early] || held.get(held.size() - 1).join() != shape.answer) {
        throw new IllegalStateException("an answer is wrong");
      }
      double complete = ingested.get(1, TimeUnit.MINUTES);
      return Line.of("dagwright-cluster", "first-results")
          .with("n", n)
          .with("wall_s", all)
          .with("reps", 1)
          .with("submitted_s", submitted)
          .with("first_result_s", firstResult)
          .with("ingested_s", complete)
          .with("first_before_ingested", firstResult < complete)
          .with("outputs", held.size());
    }
  }

  /** Asks the scheduler until it has so many rows of a graph; says when that was. */
  private static double awaitRows(Client observer, int rows, long startNanos) {
    while (true) {
      var graphs = observer.status().graphs();
      double now = Timing.since(startNanos);
      if (graphs.stream().anyMatch(graph -> graph.total() >= rows)) {
        return now;
      }
      try {
        Thread.sleep(20); // Each question costs the scheduler time, too.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Double.NaN;
      }
    }
  }
}

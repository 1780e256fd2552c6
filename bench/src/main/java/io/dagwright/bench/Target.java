package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.ComputeOptions;
import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Schedulers;
import io.dagwright.graph.GraphOptions;
import io.dagwright.graph.TaskGraph;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.LongStream;

/** A system that runs shapes. Graphs run as they were built: nothing is fused or reordered. */
interface Target extends AutoCloseable {

  ComputeOptions AS_BUILT = ComputeOptions.DEFAULT.withGraph(GraphOptions.NONE);

  /** What the system is called in the results. */
  String peer();

  /** Prepares what is not to be timed, and gives what is; each call gives the answer. */
  Computation prepare(Shape shape);

  /** The runner behind it. */
  GraphRunner runner();

  @Override
  void close();

  /** Computes a shape's answer. */
  interface Computation {
    long compute();
  }

  /** The target of that name. */
  static Target of(String name) throws InterruptedException {
    return switch (name) {
      case "cluster" -> Graphs.cluster("dagwright-cluster", LocalCluster.processes(2, 1), 2);
      case "local" -> Graphs.cluster("dagwright-local", LocalCluster.threads(2, 1), 1);
      case "threads" -> new Threads(Schedulers.threads(2));
      case "cf" -> new HandWritten();
      default ->
          throw new IllegalArgumentException(
              "there is no target [" + name + "]; use cluster, local, threads or cf");
    };
  }

  /** Runs a shape and complains of a wrong answer. */
  static void check(Shape shape, Computation computation) {
    long answer = computation.compute();
    if (answer != shape.answer) {
      throw new IllegalStateException("the answer is " + answer + ", not " + shape.answer);
    }
  }

  /** A cluster. The graph is built beforehand; the clock runs from its submission to its answer. */
  record Graphs(String peer, LocalCluster cluster, Client client) implements Target {

    static Graphs cluster(String peer, LocalCluster cluster, int processes)
        throws InterruptedException {
      Client client = cluster.client();
      Workers.await(client, processes);
      return new Graphs(peer, cluster, client);
    }

    @Override
    public Computation prepare(Shape shape) {
      TaskGraph graph = Lazies.graph(shape);
      return () -> (Long) client.compute(graph, AS_BUILT).get(0);
    }

    @Override
    public GraphRunner runner() {
      return client;
    }

    @Override
    public void close() {
      client.close();
      cluster.close();
    }
  }

  /** Two threads of this JVM. Building the graph is timed as well, as it is with the peer. */
  record Threads(GraphRunner runner) implements Target {

    @Override
    public String peer() {
      return "dagwright-threads";
    }

    @Override
    public Computation prepare(Shape shape) {
      return () -> (Long) runner.compute(Lazies.graph(shape), AS_BUILT).get(0);
    }

    @Override
    public void close() {
      runner.close();
    }
  }

  /** The in-JVM peer: two threads, and what one would write without a library. */
  final class HandWritten implements Target {

    private final ForkJoinPool pool =
        new ForkJoinPool(2, ForkJoinPool.defaultForkJoinWorkerThreadFactory, null, true);

    @Override
    public String peer() {
      return "cf";
    }

    @Override
    public Computation prepare(Shape shape) {
      return () -> Futures.run(shape, pool);
    }

    @Override
    public GraphRunner runner() {
      throw new IllegalArgumentException("the hand-written peer only runs C1 to C4 and C11");
    }

    @Override
    public void close() {
      pool.shutdown();
    }
  }

  /** The processes tasks run in. */
  final class Workers {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Workers() {}

    /** Waits until tasks run in so many processes. */
    static void await(GraphRunner runner, int processes) throws InterruptedException {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      int seen = 0;
      while (seen < processes) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(
              "only " + seen + " of " + processes + " workers came within " + PATIENCE);
        }
        List<Lazy<Long>> tasks = new ArrayList<>();
        LongStream.range(0, 8).forEach(i -> tasks.add(Lazy.delayed(20L, Workers::processAfter)));
        seen = Set.copyOf(runner.compute(tasks, AS_BUILT)).size();
      }
    }

    private static Long processAfter(Long millis) throws InterruptedException {
      Thread.sleep(millis);
      return ProcessHandle.current().pid();
    }
  }
}

package io.dagwright.bench;

import io.dagwright.graph.GraphBuilder;
import io.dagwright.graph.TaskGraph;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Operations on whole graphs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
public class GraphBenchmark {

  private static final int WIDTH = 1000;
  private static final long SEED = 42;

  /** A million tasks have about three million edges. */
  @Param({"100000", "1000000"})
  public int tasks;

  private GraphBuilder builder;
  private TaskGraph graph;
  private Shape shape;

  /** Builds what is operated on. */
  @Setup(Level.Trial)
  public void build() {
    builder = GraphCases.layers(tasks, WIDTH, SEED);
    graph = builder.build();
    shape = Shape.layers(tasks / WIDTH, WIDTH);
  }

  /** Resolves keys, checks for cycles and sorts; layers with one to five inputs a task. */
  @Benchmark
  public TaskGraph cycleCheck() {
    return GraphCases.check(builder);
  }

  /** Makes and replays all candidate orders. */
  @Benchmark
  public TaskGraph order() {
    return GraphCases.order(graph);
  }

  /** Builds a graph of lazies. */
  @Benchmark
  public TaskGraph lazies() {
    return Lazies.graph(shape);
  }
}

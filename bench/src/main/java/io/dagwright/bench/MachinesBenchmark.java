package io.dagwright.bench;

import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.wire.GraphRows;
import java.util.List;
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

/** What the three machines cost together, per graph. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class MachinesBenchmark {

  /** As for {@code bench}. */
  @Param({"C1", "C2", "C3-2", "C4"})
  public String shape;

  /** The size of the shape. */
  @Param("32768")
  public int n;

  /** Workers with one slot. */
  @Param("2")
  public int workers;

  private TaskGraph graph;
  private List<GraphRows.Block> blocks;

  /** Builds the graph. */
  @Setup(Level.Trial)
  public void build() {
    graph = Lazies.graph(Shape.of(shape, n));
    blocks = VirtualRun.blocks(graph);
  }

  /** From rows to the announcement of the answer. */
  @Benchmark
  public void run() {
    new VirtualRun(workers, 64).run(blocks, 1);
  }
}

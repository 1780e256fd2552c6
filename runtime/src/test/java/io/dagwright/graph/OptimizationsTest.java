package io.dagwright.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.local.SynchronousScheduler;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OptimizationsTest {

  private static final GraphBuilder.Body PLUS_ONE = in -> in.<Integer>get(0) + 1;

  private static List<Object> compute(TaskGraph graph) {
    return new SynchronousScheduler().start(graph, "test", ProgressListener.NONE).join();
  }

  private static List<String> keys(TaskGraph graph) {
    return IntStream.range(0, graph.size()).mapToObj(row -> graph.key(row).toString()).toList();
  }

  /** A chain of unnamed tasks: rows keep their function but lose their keys. */
  private static TaskGraph unnamed(TaskGraph graph) {
    TaskGraph.Columns c = graph.columns();
    return TaskGraph.of(
        new TaskGraph.Columns(
            c.inputOffsets(),
            c.inputs(),
            c.functionOf(),
            c.functions(),
            c.arguments(),
            c.prefixOf(),
            c.prefixes(),
            c.annotationOf(),
            c.annotations(),
            java.util.Map.of(),
            c.externals(),
            c.outputs()));
  }

  @Test
  void cullingDropsWhatNoOutputNeeds() {
    TaskGraph graph =
        TaskGraph.builder()
            .constant("a", 1)
            .constant("unused", 2)
            .task("b", List.of("a"), PLUS_ONE)
            .task("c", List.of("unused"), PLUS_ONE)
            .output("b")
            .build();

    assertThat(keys(Optimizations.cull(graph))).containsExactly("a", "b");
    assertThat(compute(Optimizations.cull(graph))).containsExactly(2);
  }

  @Test
  void aGraphThatIsNeededWholeIsCulledToItself() {
    TaskGraph graph = Shapes.of(Shapes.chain(5));

    assertThat(Optimizations.cull(graph)).isSameAs(graph);
  }

  @Test
  void anUnbranchedChainBecomesOneTaskNamedAfterItsParts() {
    TaskGraph graph =
        unnamed(
            TaskGraph.builder()
                .constant("load", 1)
                .task("inc-1", List.of("load"), PLUS_ONE)
                .task("inc-2", List.of("inc-1"), PLUS_ONE)
                .task("sum", List.of("inc-2"), PLUS_ONE)
                .build());

    TaskGraph fused = Optimizations.fuse(graph);

    assertThat(keys(fused)).containsExactly("load+inc×2+sum-0");
    assertThat(compute(fused)).containsExactly(4);
  }

  @Test
  void fusingStopsAtNamedTasksBranchesAndOutputs() {
    TaskGraph named =
        TaskGraph.builder().constant("a", 1).task("b", List.of("a"), PLUS_ONE).build();
    TaskGraph branch = Shapes.of(new int[][] {{}, {0}, {0}, {1, 2}});
    TaskGraph output = Shapes.of(new int[][] {{}, {0}}, 0, 1);
    TaskGraph comesAfter = Shapes.of(new int[][] {{}, {~0}});

    assertThat(List.of(named, branch, output, comesAfter))
        .allSatisfy(graph -> assertThat(Optimizations.fuse(graph)).isSameAs(graph));
  }

  @Test
  void fusingStopsAtDifferingAnnotationsAndTimeLimits() {
    GraphBuilder builder = TaskGraph.builder().constant("a", 1).task("b", List.of("a"), PLUS_ONE);
    TaskGraph differing = unnamed(builder.annotate("b", Annotations.NONE.withRetries(1)).build());
    Annotations limited = Annotations.NONE.withTimeout(Duration.ofSeconds(1));
    TaskGraph limits = unnamed(builder.annotate("a", limited).annotate("b", limited).build());

    assertThat(List.of(differing, limits))
        .allSatisfy(graph -> assertThat(Optimizations.fuse(graph)).isSameAs(graph));
  }

  @Test
  void chainsOfTheSameFunctionsShareOneFusedFunction() {
    TaskGraph fused = Optimizations.fuse(Shapes.of(new int[][] {{}, {0}, {}, {2}, {1, 3}}));

    assertThat(fused.size()).isEqualTo(3);
    assertThat(fused.function(0)).isSameAs(fused.function(1));
  }

  @Test
  void aTreeInLayersIsReorderedToNeedFewResults() {
    TaskGraph layers = Shapes.of(Shapes.tree(1024));

    TaskGraph ordered = Optimizations.order(layers);

    assertThat(Optimizations.peak(layers, null)).isEqualTo(1025);
    assertThat(Optimizations.peak(ordered, null)).isEqualTo(12);
  }

  @Test
  void largerPrioritiesAndWhatTheyNeedComeFirst() {
    TaskGraph graph =
        TaskGraph.builder()
            .task("a", List.of(), inputs -> 1)
            .task("b", List.of("a"), PLUS_ONE)
            .task("c", List.of(), inputs -> 1)
            .task("d", List.of("c"), PLUS_ONE)
            .annotate("d", Annotations.NONE.withPriority(5))
            .build();

    assertThat(keys(Optimizations.order(graph))).containsExactly("c", "d", "a", "b");
  }

  @Property(tries = 300)
  void optimizingChangesNoResult(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int tasks) {
    int[][] inputs = Shapes.random(seed, tasks);
    int[] outputs = {tasks - 1, tasks / 2, 0};
    TaskGraph graph = Shapes.of(inputs, outputs);

    TaskGraph optimized = Optimizations.optimize(graph, GraphOptions.DEFAULT);

    assertThat(compute(optimized)).isEqualTo(Shapes.expected(inputs, outputs));
  }

  @Property(tries = 300)
  void theChosenOrderIsNeverWorseThanAnyCandidate(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int tasks) {
    TaskGraph graph = Shapes.of(Shapes.random(seed, tasks));
    Ordering ordering = new Ordering(graph, null);

    long chosen = Optimizations.peak(Optimizations.order(graph), null);

    assertThat(IntStream.range(0, Ordering.CANDIDATES))
        .allSatisfy(
            candidate ->
                assertThat(chosen)
                    .isLessThanOrEqualTo(ordering.peak(ordering.candidate(candidate))));
  }
}

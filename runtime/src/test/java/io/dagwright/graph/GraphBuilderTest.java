package io.dagwright.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.error.ConflictingKeyException;
import io.dagwright.error.CyclicGraphException;
import io.dagwright.error.UndefinedKeyException;
import io.dagwright.internal.local.SynchronousScheduler;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GraphBuilderTest {

  private static final GraphBuilder.Body NOTHING = inputs -> null;

  private static List<Object> compute(TaskGraph graph) {
    return new SynchronousScheduler().start(graph, "test", ProgressListener.NONE).join();
  }

  @Test
  void tasksMayBeDefinedInAnyOrder() {
    TaskGraph graph =
        TaskGraph.builder()
            .task("c", List.of("a", "b"), in -> in.<Integer>get(0) - in.<Integer>get(1))
            .output("c", "a")
            .constant("b", 2)
            .task("a", List.of(), inputs -> 10)
            .build();

    assertThat(compute(graph)).containsExactly(8, 10);
    assertThat(graph.key(graph.outputs()[0])).isEqualTo(TaskKey.of("c"));
  }

  @Test
  void withoutOutputsTheTasksNobodyTakesAreTheOutputs() {
    TaskGraph graph =
        TaskGraph.builder()
            .constant("a", 1)
            .task("b", List.of("a"), inputs -> "b")
            .task("c", List.of("a"), inputs -> null)
            .build();

    assertThat(compute(graph)).containsExactly("b", null);
  }

  @Test
  void annotationsBelongToTheirTask() {
    Annotations wanted = Annotations.NONE.withRetries(2).withTimeout(Duration.ofSeconds(3));

    TaskGraph graph =
        TaskGraph.builder()
            .annotate("b", wanted)
            .constant("a", 1)
            .task("b", List.of("a"), NOTHING)
            .build();

    assertThat(IntStream.range(0, 2).mapToObj(graph::annotations))
        .containsExactly(Annotations.NONE, wanted);
  }

  @Test
  void aCycleIsReportedByItsShortestPath() {
    GraphBuilder builder =
        TaskGraph.builder()
            .task("start", List.of("a"), NOTHING)
            .task("a", List.of("b", "long1"), NOTHING)
            .task("long1", List.of("long2"), NOTHING)
            .task("long2", List.of("b"), NOTHING)
            .task("b", List.of("a"), NOTHING);

    CyclicGraphException thrown = catchThrowableOfType(CyclicGraphException.class, builder::build);

    assertThat(thrown.cycle()).containsExactly("a", "b");
    assertThat(thrown)
        .hasMessage(
            "The graph has a cycle of 2 tasks, so none of them can ever start: [a] needs [b] needs"
                + " [a]. Remove one of these inputs.");
  }

  @Test
  void aTaskThatNeedsItselfIsACycle() {
    GraphBuilder builder = TaskGraph.builder().task("a", List.of("a"), NOTHING);

    assertThat(catchThrowableOfType(CyclicGraphException.class, builder::build).cycle())
        .containsExactly("a");
  }

  @Test
  void aLongCycleIsElidedInTheMiddle() {
    GraphBuilder builder = TaskGraph.builder();
    for (int i = 0; i < 100; i++) {
      builder.task("t" + i, List.of("t" + (i + 1) % 100), NOTHING);
    }

    CyclicGraphException thrown = catchThrowableOfType(CyclicGraphException.class, builder::build);

    assertThat(thrown.cycle()).hasSize(100);
    assertThat(thrown)
        .hasMessageContaining("[t9] needs … 80 more … needs [t90]")
        .hasMessageContaining("[t99] needs [t0]")
        .hasMessageNotContaining("[t10]");
  }

  @Test
  void aMissingKeySuggestsTheOneThatWasMeant() {
    GraphBuilder builder =
        TaskGraph.builder().constant("z2", 1).task("sum", List.of("z1"), NOTHING);

    UndefinedKeyException thrown =
        catchThrowableOfType(UndefinedKeyException.class, builder::build);

    assertThat(thrown.key()).isEqualTo("z1");
    assertThat(thrown.suggestion()).contains("z2");
    assertThat(thrown)
        .hasMessage(
            "Task [sum] needs [z1], but the graph has no task or constant of that name; did you"
                + " mean 'z2'?");
  }

  @Test
  void aMissingOutputIsReported() {
    GraphBuilder builder = TaskGraph.builder().constant("a", 1).output("nothing-like-it");

    assertThat(catchThrowableOfType(UndefinedKeyException.class, builder::build))
        .hasMessageStartingWith("The list of outputs needs [nothing-like-it]")
        .returns(java.util.Optional.empty(), UndefinedKeyException::suggestion);
  }

  @Test
  void aKeyHasOneDefinition() {
    GraphBuilder builder = TaskGraph.builder().constant("a", 1).constant("a", 1);

    ConflictingKeyException thrown =
        catchThrowableOfType(ConflictingKeyException.class, () -> builder.constant("a", 2));

    assertThat(List.of(thrown.key(), thrown.first(), thrown.second()))
        .containsExactly("a", "constant 1", "constant 2");
  }

  @Test
  void aChainOfAHundredThousandTasksIsBuiltWithoutRecursion() {
    GraphBuilder builder = TaskGraph.builder().constant("t0", 0);
    for (int i = 100_000; i > 0; i--) {
      builder.task("t" + i, List.of("t" + (i - 1)), in -> in.<Integer>get(0) + 1);
    }

    assertThat(compute(builder.output("t100000").build())).containsExactly(100_000);
  }
}

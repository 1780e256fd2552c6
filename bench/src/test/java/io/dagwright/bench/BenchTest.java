package io.dagwright.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.graph.TaskGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the benchmarks at sizes at which they measure nothing, so that they cannot rot. */
class BenchTest {

  @ParameterizedTest
  @ValueSource(strings = {"threads", "cf"})
  void graphsRunOnThreadsAndGiveTheirAnswers(String target) throws Exception {
    List<Line> lines = graphs(target);

    assertThat(lines).extracting(line -> line.text("case")).containsExactly(ALL);
    assertThat(lines).allMatch(line -> line.number("per_task_us") > 0);
  }

  @Test
  @Tag("slow")
  void graphsAndSingleTasksRunOnACluster() throws Exception {
    List<Line> lines = graphs("local");

    assertThat(lines).extracting(line -> line.text("case")).containsExactly(ALL);
    assertThat(lines).allMatch(line -> line.text("peer").equals("dagwright-local"));
    assertThat(lines).allMatch(line -> line.number("per_task_us") > 0);
  }

  @Test
  @Tag("slow")
  void oneTinyTaskAtATimeHasALatency() throws Exception {
    List<Line> lines = new ArrayList<>();

    try (Target target = Target.of("local")) {
      new Measurements(target, 1, 0, lines::add).latency(20);
    }

    assertThat(lines)
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.text("case")).isEqualTo("C8");
              assertThat(line.number("p50_us")).isPositive();
              assertThat(line.number("p99_us")).isGreaterThanOrEqualTo(line.number("p50_us"));
            });
  }

  @Test
  @Tag("slow")
  void granularityIsFoundOnThreads() throws Exception {
    List<Line> lines = new ArrayList<>();

    try (Target target = Target.of("threads")) {
      new Measurements(target, 0, 0, lines::add).granularity(2);
    }

    assertThat(lines.get(lines.size() - 1).text("case")).isEqualTo("C11-metg50");
  }

  /** The answers are those of the peers' own generators at these sizes. */
  @Test
  void shapesAreThoseOfThePeers() {
    Shape layers = Shape.of("C4", 5_000);

    assertThat(layers.size).isEqualTo(5_001);
    assertThat(layers.answer).isEqualTo(LAYERS_5_ANSWER);
    assertThat(Shape.of("C3-8", 1_000).answer).isEqualTo(499_500);
    assertThat(Shape.of("C3-2", 1_000).evaluate()).endsWith(499_500);
  }

  @Test
  void irregularShapesHaveAboutTwoAndAHalfInputsPerTask() {
    Shape shape = Shape.irregular(100_000);

    assertThat(shape.inputs.length / 100_000.0).isBetween(2.4, 2.8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"C1", "C2", "C3-2", "C3-8", "C4"})
  void machinesRunShapesWithoutActors(String name) {
    TaskGraph graph = Lazies.graph(Shape.of(name, 3_000));

    new VirtualRun(2, 64).run(VirtualRun.blocks(graph), 1);
    new VirtualRun(2, 0).run(VirtualRun.blocks(graph), 1);
  }

  @Test
  @Tag("slow")
  void theStepsOfTheSeedGiveTheirAnswers() throws Exception {
    List<Line> lines = SeedTour.measure("", 1_000, 1, 0);

    assertThat(lines)
        .extracting(line -> line.text("case"))
        .containsExactly(
            "seed-tour-list", "seed-tour-ints", "seed-tour-unwrapped", "seed-tour-wrapped");
    assertThat(lines).allMatch(line -> line.number("per_task_us") > 0);
  }

  @Test
  void whatIsSerializedComesBack() throws Exception {
    List<Line> lines = Serialized.measure(100, 1, 0);

    assertThat(lines)
        .extracting(line -> line.text("case"))
        .containsExactly(
            "serialization-closure", "serialization-integers", "serialization-records");
    assertThat(lines).allMatch(line -> line.number("ratio") > 0);
    assertThat(lines.get(0).number("bytes")).isLessThanOrEqualTo(250);
  }

  @Test
  void linesCanBeReadBack() {
    Line line = Line.of("x", "C1").with("n", 3).with("wall_s", 0.5).with("well", true);

    Line read = Line.parse(line.with("nothing", null).toString());

    assertThat(read.text("peer")).isEqualTo("x");
    assertThat(read.number("n")).isEqualTo(3);
    assertThat(read.number("wall_s")).isEqualTo(0.5);
    assertThat(read.number("nothing")).isNaN();
    assertThat(read.text("well")).isEqualTo("true");
  }

  @Test
  void aWrongAnswerIsNotMeasured() {
    Shape shape = Shape.chain(10);

    assertThatThrownBy(() -> Target.check(shape, () -> 8)).hasMessage("the answer is 8, not 9");
  }

  private static final String[] ALL = {"C1", "C2", "C3-2", "C3-8", "C4"};
  private static final long LAYERS_5_ANSWER = 19_619_058L;

  private static List<Line> graphs(String target) throws Exception {
    List<Line> lines = new ArrayList<>();
    try (Target of = Target.of(target)) {
      Measurements measurements = new Measurements(of, 1, 0, lines::add);
      for (String name : Arrays.asList(ALL)) {
        measurements.graph(name, 100);
      }
    }
    return lines;
  }
}

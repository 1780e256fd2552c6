package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.error.ConflictingKeyException;
import io.dagwright.error.InvalidGraphException;
import io.dagwright.graph.Annotations;
import io.dagwright.graph.GraphId;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskGraph;
import io.dagwright.graph.TaskKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LazyTest {

  private static final GraphRunner HERE = Schedulers.synchronous();
  private static final Fn1<Integer, Integer> INCREMENT = x -> x + 1;

  private static List<String> keys(TaskGraph graph) {
    return IntStream.range(0, graph.size()).mapToObj(row -> graph.key(row).toString()).toList();
  }

  @Test
  void upToFiveDifferentlyTypedInputsAreCombined() {
    Lazy<Integer> a = Lazy.value(1);
    Lazy<String> b = Lazy.value("b");
    Lazy<Double> c = Lazy.delayed(() -> 2.5);
    Lazy<Long> d = Lazy.delayed(4L, x -> x);
    Lazy<List<Integer>> e = Lazy.list(List.of(a, a.map(INCREMENT)));

    assertThatObject(HERE.compute(Lazy.combine(a, b, (x, y) -> x + y))).isEqualTo("1b");
    assertThatObject(HERE.compute(Lazy.combine(a, b, c, (x, y, z) -> x + y + z)))
        .isEqualTo("1b2.5");
    assertThatObject(HERE.compute(Lazy.combine(a, b, c, d, (w, x, y, z) -> w + x + y + z)))
        .isEqualTo("1b2.54");
    assertThatObject(
            HERE.compute(Lazy.combine(a, b, c, d, e, (v, w, x, y, z) -> v + w + x + y + z)))
        .isEqualTo("1b2.54[1, 2]");
  }

  @Test
  void aSharedTaskIsOneRow() {
    Lazy<Integer> shared = Lazy.delayed(1, INCREMENT);
    Lazy<Integer> sum = Lazy.combine(shared.map(INCREMENT), shared, Integer::sum);

    assertThat(keys(sum.graph())).hasSize(3);
    assertThat(HERE.compute(sum)).isEqualTo(5);
  }

  @Test
  void aThousandTasksOfOneFunctionShareItAndKeepTheirArguments() {
    List<Lazy<Integer>> tasks =
        IntStream.range(0, 1000).mapToObj(i -> Lazy.delayed(i, INCREMENT)).toList();

    TaskGraph.Columns columns = Lazy.graph(tasks).columns();

    assertThat(columns.functions()).hasSize(1);
    assertThat(columns.arguments()).containsExactly(IntStream.range(0, 1000).boxed().toArray());
  }

  @Test
  void aReductionIsATreeThatKeepsTheOrder() {
    List<Lazy<String>> letters =
        "abcdefghij".chars().mapToObj(c -> Lazy.value("" + (char) c)).toList();

    Lazy<String> joined = Lazy.reduce(letters, 3, parts -> "(" + String.join("", parts) + ")");

    assertThat(HERE.compute(joined)).isEqualTo("(((abc)(def)(ghi))j)");
    assertThat(HERE.compute(Lazy.reduce(letters.subList(0, 1), 2, parts -> parts + "!")))
        .isEqualTo("[a]!");
    assertThatThrownBy(() -> Lazy.reduce(List.<Lazy<String>>of(), 2, parts -> "x"))
        .hasMessage("there is nothing to reduce; pass one lazy or more");
  }

  private record Pair(Object left, Optional<?> right) {}

  private record Typed(Lazy<Integer> lazy) {}

  @Test
  @SuppressWarnings("NullAway") // It does not see nullness of type arguments.
  void resultsTakeThePlaceOfLaziesInsideContainers() {
    Lazy<Integer> one = Lazy.value(1);
    Lazy<@Nullable Integer> none = Lazy.value(null);
    Object[] array = {one, "x"};
    Map<String, Object> map = new TreeMap<>(Map.of("k", one, "l", List.of(Set.of(one))));
    Object argument = Arrays.asList(map, new Pair(one, Optional.of(one)), array, none, null, "y");

    List<?> resolved =
        HERE.compute(
            Lazy.call(
                argument,
                (List<Object> list) -> {
                  List<Object> copy = new ArrayList<>(list);
                  copy.set(2, Arrays.asList((Object[]) copy.get(2)));
                  return copy;
                }));

    assertThat(resolved)
        .isEqualTo(
            Arrays.asList(
                Map.of("k", 1, "l", List.of(Set.of(1))),
                new Pair(1, Optional.of(1)),
                List.of(1, "x"),
                null,
                null,
                "y"));
  }

  @Test
  void aRecordThatCannotHoldTheResultIsRefused() {
    assertThatThrownBy(() -> Lazy.call(new Typed(Lazy.value(1)), (Object o) -> o))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Component [lazy] of record");
    List<Object> cyclic = new ArrayList<>();
    cyclic.add(cyclic);
    assertThatThrownBy(() -> Lazy.call(cyclic, (Object o) -> o))
        .hasMessageContaining("does one contain itself?");
  }

  @Test
  void tasksThatComeAfterOthersDoNotTakeTheirResults() {
    List<String> done = new ArrayList<>();
    Lazy<?> first = Lazy.run(() -> done.add("first"));
    Lazy<Integer> second = Lazy.delayed(() -> done.add("second")).map(ok -> done.size());

    TaskGraph graph = second.after(first, first).graph();

    assertThat(graph.columns().inputs()).containsExactly(0, ~1);
    assertThat(HERE.compute(graph)).containsExactly(2);
  }

  private static String parse(String text) {
    return text.trim();
  }

  @Test
  void tasksAreNamedAfterTheirFunctions() {
    Lazy<String> parsed = Lazy.delayed("x ", LazyTest::parse);
    Lazy<String> named = parsed.map(x -> x).named("tidy");

    assertThat(keys(Lazy.graph(List.of(named, Lazy.value(1).map(x -> x).key("load-a")))))
        .containsExactly("parse-0", "tidy-1", "value-2", "load-a");
    assertThat(List.of(parsed.toString(), named.key("k").toString()))
        .containsExactly(
            "Lazy[delayed(parse) with x ]",
            "Lazy[k: map(tasksAreNamedAfterTheirFunctions) of 1 input]");
  }

  private static Lazy<Integer> scaled(int factor) {
    return Lazy.delayed(10, (Integer x) -> x * factor).key("scaled");
  }

  @Test
  void tasksWithTheSameKeyAreOneTask() {
    TaskGraph graph = Lazy.graph(List.of(scaled(2), scaled(2).map(INCREMENT)));

    assertThat(keys(graph)).hasSize(2).contains("scaled");
    assertThat(HERE.compute(graph)).containsExactly(20, 21);
  }

  @Test
  void theSameMethodNamedAtTwoPlacesIsTheSame() {
    Lazy<String> here = Lazy.delayed("x ", LazyTest::parse).key("parsed");
    Lazy<String> there = Lazy.delayed("x ", LazyTest::parse).key("parsed");

    assertThat(Lazy.graph(List.of(here, there)).size()).isEqualTo(1);
  }

  @Test
  void oneKeyForTwoDifferentTasksIsRefused() {
    Lazy<Integer> other = Lazy.value(3).key("scaled");

    ConflictingKeyException thrown =
        catchThrowableOfType(
            ConflictingKeyException.class, () -> Lazy.graph(List.of(scaled(2), other)));

    assertThat(List.of(thrown.key(), thrown.first(), thrown.second()))
        .containsExactly("scaled", "delayed(scaled) with 10", "value with 3");
    assertThatThrownBy(() -> Lazy.graph(List.of(scaled(2), scaled(3))))
        .isInstanceOf(InvalidGraphException.class);
    assertThatThrownBy(() -> Lazy.graph(List.of(scaled(2), scaled(2).retries(1))))
        .isInstanceOf(InvalidGraphException.class);
  }

  @Test
  void annotationsReachTheGraph() {
    Lazy<Integer> task =
        Lazy.value(1)
            .retries(2)
            .priority(3)
            .timeout(Duration.ofSeconds(4))
            .resources(Map.of("GPU", 1.0))
            .workers("w1")
            .impure()
            .serializer("java")
            .memory(1 << 20);

    assertThat(task.graph().annotations(0))
        .isEqualTo(
            new Annotations(
                2,
                3,
                Duration.ofSeconds(4),
                Map.of("GPU", 1.0),
                Set.of("w1"),
                false,
                false,
                "java",
                1 << 20));
    assertThat(task.with(Annotations.NONE).graph().annotations(0)).isEqualTo(Annotations.NONE);
  }

  @Test
  void aResultOfAnotherGraphNeedsTheClusterThatHasIt() {
    ResultRef result = new ResultRef(new GraphId("earlier"), 7);
    Lazy<Integer> task = Lazy.<Integer>of(result).map(INCREMENT);

    assertThat(task.graph().columns().externals()).isEqualTo(Map.of(0, result));
    assertThatThrownBy(() -> HERE.compute(task))
        .isInstanceOf(InvalidGraphException.class)
        .hasMessageContaining("stands for a result of graph [earlier]");
  }

  @Test
  @Tag("slow")
  void aChainOfAMillionTasksIsBuiltAndRunWithoutRecursion() {
    Lazy<Integer> last = Lazy.value(0);
    for (int i = 0; i < 1_000_000; i++) {
      last = last.map(INCREMENT);
    }

    TaskGraph graph = last.graph();

    assertThat(graph.size()).isEqualTo(1_000_001);
    assertThat(HERE.compute(graph)).containsExactly(1_000_000);
    assertThat(graph.key(0)).isEqualTo(new TaskKey("value", "0"));
  }
}

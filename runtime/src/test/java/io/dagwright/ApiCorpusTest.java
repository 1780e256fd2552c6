package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.TaskFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ways to call the API that have to compile, each also run. */
class ApiCorpusTest {

  private static final GraphRunner HERE = Schedulers.synchronous();

  private static <T> T run(Lazy<T> lazy) {
    return HERE.compute(lazy);
  }

  private static int twice(int x) {
    return 2 * x;
  }

  private static String twice(String x) {
    return x + x;
  }

  private static <T extends Comparable<? super T>> T largest(Collection<? extends T> values) {
    return values.stream().max(Comparator.<T>naturalOrder()).orElseThrow();
  }

  private static double total(List<? extends Number> numbers) {
    return numbers.stream().mapToDouble(Number::doubleValue).sum();
  }

  private static String missing() throws IOException {
    return Files.readString(Path.of("no", "such", "file"));
  }

  @Test
  void overloadedMethodReferencesAreChosenByTheInput() {
    assertThatObject(run(Lazy.value(2).map(ApiCorpusTest::twice))).isEqualTo(4);
    assertThatObject(run(Lazy.value("2").map(ApiCorpusTest::twice))).isEqualTo("22");
    assertThatObject(run(Lazy.delayed(3, String::valueOf))).isEqualTo("3");
    assertThatObject(run(Lazy.delayed("3", Integer::valueOf))).isEqualTo(3);
    assertThatObject(run(Lazy.combine(Lazy.value(1), Lazy.value(2), Integer::sum))).isEqualTo(3);
    assertThatObject(run(Lazy.combine(Lazy.value("a"), Lazy.value("b"), String::concat)))
        .isEqualTo("ab");
    assertThatObject(run(Lazy.value("a").map(String::toUpperCase))).isEqualTo("A");
    assertThatObject(run(Lazy.<Object>delayed(Object::new).map(Object::getClass)))
        .isEqualTo(Object.class);
    assertThatObject(run(Lazy.<List<String>>delayed(ArrayList::new))).isEqualTo(List.of());
  }

  @Test
  void functionsMayThrowCheckedExceptions() {
    Lazy<String> reference = Lazy.delayed(ApiCorpusTest::missing);
    Lazy<Long> lambda = Lazy.delayed(Path.of("no", "such"), path -> Files.size(path));
    Lazy<?> block =
        Lazy.run(
            () -> {
              throw new IOException("always");
            });

    assertThat(List.of(reference, lambda, block))
        .allSatisfy(
            task ->
                assertThatThrownBy(() -> HERE.compute(List.of(task)))
                    .isInstanceOf(TaskFailedException.class)
                    .hasCauseInstanceOf(IOException.class));
  }

  @Test
  void wildcardsAndSupertypesAreAccepted() {
    Lazy<Integer> integer = Lazy.value(1);
    Lazy<Double> real = Lazy.value(2.5);
    List<? extends Lazy<? extends Number>> mixed = List.of(integer, real);
    Fn1<Object, String> anything = x -> "<" + x + ">";
    Fn2<Number, Object, CharSequence> general = (x, y) -> x.intValue() + "," + y;

    List<Number> numbers = HERE.compute(mixed);
    Lazy<Number> widened = integer.map(x -> x);
    Lazy<CharSequence> combined = Lazy.combine(integer, real, general);
    Lazy<Double> summed = Lazy.all(mixed, ApiCorpusTest::total);
    Lazy<Integer> most =
        Lazy.all(List.of(integer, integer.map(x -> x + 1)), ApiCorpusTest::largest);
    Lazy<Number> reduced = Lazy.reduce(mixed, 2, ApiCorpusTest::total);
    List<Lazy<String>> strings = List.of(integer.map(anything), real.map(anything));

    assertThat(numbers).containsExactly(1, 2.5);
    assertThat(run(widened)).isEqualTo(1);
    assertThat(run(combined)).isEqualTo("1,2.5");
    assertThat(run(summed)).isEqualTo(3.5);
    assertThat(run(most)).isEqualTo(2);
    assertThat(run(reduced)).isEqualTo(3.5);
    assertThat(HERE.<Object>compute(strings)).containsExactly("<1>", "<2.5>");
    assertThat(run(Lazy.list(mixed))).isEqualTo(List.of(1, 2.5));
  }

  @Test
  @SuppressWarnings("NullAway") // It does not see nullness of type arguments.
  void resultsMayBeNull() {
    Lazy<@Nullable String> nothing = Lazy.delayed(() -> null);
    Lazy<@Nullable Void> action = Lazy.run(() -> {});

    assertThat(HERE.<@Nullable Object>compute(List.of(nothing, action)))
        .containsExactly(null, null);
    assertThatObject(run(nothing.map(x -> x == null))).isEqualTo(true);
    assertThat(run(Lazy.list(List.of(nothing)))).hasSize(1).containsOnlyNulls();
  }

  @Test
  void typesAreInferredThroughNestedCalls() {
    Map<String, Integer> counts =
        run(
            Lazy.all(
                List.of("a", "bb").stream()
                    .map(word -> Lazy.delayed(word, String::length))
                    .toList(),
                lengths -> Map.of("max", largest(lengths), "count", lengths.size())));
    Lazy<List<List<Integer>>> nested =
        Lazy.list(List.of(Lazy.list(List.of(Lazy.value(1))), Lazy.value(List.of(2))));
    Supplier<Lazy<String>> later = () -> Lazy.value(Locale.ROOT).map(Locale::toString);
    CompletionStage<Integer> stage = HERE.computeAsync(Lazy.value(1).map(x -> x + 1));
    TaskFuture<Integer> future = HERE.submit(Lazy.value(1).key("one"));

    assertThat(counts).isEqualTo(Map.of("max", 2, "count", 2));
    assertThat(run(nested)).isEqualTo(List.of(List.of(1), List.of(2)));
    assertThat(run(later.get())).isEmpty();
    assertThat(stage.toCompletableFuture().join()).isEqualTo(2);
    assertThat(future.join()).isEqualTo(1);
  }

  @Test
  @SuppressWarnings("NullAway") // It does not see nullness of type arguments.
  void aContainerOfLaziesIsPassedAsAContainerOfResults() {
    Lazy<Integer> one = Lazy.value(1);

    assertThat(run(Lazy.call(List.of(one, 2), (List<Integer> list) -> largest(list)))).isEqualTo(2);
    assertThat(run(Lazy.call(Map.of("a", one), (Map<String, Integer> map) -> map.get("a"))))
        .isEqualTo(1);
  }
}

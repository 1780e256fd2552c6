package io.dagwright.examples;

import static io.dagwright.DelayedCall.delayed;

import io.dagwright.Fn2;
import io.dagwright.Parallel;
import io.dagwright.ParallelConfig;
import io.dagwright.Serializers;
import io.dagwright.SharedInts;
import io.dagwright.Ship;
import io.dagwright.error.NotSerializableTaskException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * joblib's example "Serialization of un-picklable objects", step by step: who writes functions and
 * large arguments, what that takes, and what happens when it cannot be done.
 */
public final class SerializationTour {

  private static final int ELEMENTS = 1_000_000;

  /** Not {@code Serializable}, as most classes. */
  private record Doubling(int factor) {}

  private final List<Integer> large;
  private final ParallelConfig config = ParallelConfig.DEFAULT.withJobs(2).withBackend("local-jvm");
  private final List<String> lines = new ArrayList<>();

  private SerializationTour(int elements) {
    large = new ArrayList<>(IntStream.range(0, elements).boxed().toList());
  }

  public static void main(String[] arguments) {
    run(ELEMENTS).forEach(System.out::println);
  }

  /** Takes all steps, and gives a line for each. */
  static List<String> run(int elements) {
    SerializationTour tour = new SerializationTour(elements);
    tour.walk();
    return tour.lines;
  }

  @SuppressWarnings("try") // Scopes are there to be open, nobody calls them.
  private void walk() {
    Doubling doubling = new Doubling(2);
    Fn2<Integer, Object, Integer> function = (i, ignored) -> doubling.factor() * i;

    Supplier<Integer> small = () -> call(config, function, "small");
    step("the same as the next, which starts the JVMs", small);
    step("a function with what it captured", small);
    step("a large list", () -> call(config, function, large));
    step("the same as int[]", () -> call(config, function, ints()));
    step("the same as SharedInts", () -> call(config, function, SharedInts.copyOf(ints())));

    // JVMs that are started for this step, as multiprocessing starts processes.
    ParallelConfig fresh = config.withLocalJvm("-Xmx512m");
    step("a large list, JVMs started for it", () -> call(fresh, function, large));

    try (Serializers.Scope scope = Serializers.use("closure")) {
      step("a large list by [closure], field by field", () -> call(config, function, large));
    }
    try (Serializers.Scope scope = Serializers.use("kryo")) {
      step("a large list by [kryo], the fast one", () -> call(config, function, large));
      Fn2<Integer, Object, Integer> wrapped = (i, ignored) -> doubling.factor() * i;
      Ship.byValue(wrapped);
      step("the same, the function wrapped", () -> call(config, wrapped, large));
    }
    try (Serializers.Scope scope = Serializers.use("java")) {
      Fn2<Integer, Object, Integer> plain = (i, ignored) -> 2 * i;
      step("a large list by [java]", () -> call(config, plain, large));
      try {
        call(config, function, large);
      } catch (NotSerializableTaskException e) {
        lines.add("a function that [java] does not take:\n" + e.getMessage());
      }
      Ship.byValue(function);
      step("the same, wrapped", () -> call(config, function, large));
    }
  }

  private int[] ints() {
    return large.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int call(
      ParallelConfig config, Fn2<Integer, Object, Integer> function, Object argument) {
    return Parallel.with(config).run(List.of(delayed(21, argument, function))).get(0);
  }

  private void step(String what, Supplier<Integer> call) {
    long start = System.nanoTime();
    int answer = call.get();
    double seconds = (System.nanoTime() - start) / 1e9;
    lines.add(String.format("%-45s %d in %.3f s", what, answer, seconds));
  }
}

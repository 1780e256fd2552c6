package io.dagwright.bench;

import io.dagwright.DelayedCall;
import io.dagwright.Fn2;
import io.dagwright.Parallel;
import io.dagwright.ParallelConfig;
import io.dagwright.Serializers;
import io.dagwright.Ship;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The steps of joblib's example on serialization that take time: one call with a large argument, of
 * a loop of two jobs in JVMs beside this one, which are warm.
 */
final class SeedTour {

  private static final int ANSWER = 42;

  private SeedTour() {}

  /**
   * Measures.
   *
   * @param step {@code list}, {@code ints} or {@code wrapped}; empty for all
   */
  @SuppressWarnings("try") // A scope is only there.
  static List<Line> measure(String step, int n, int repetitions, double warmUpSeconds)
      throws Exception {
    List<Integer> list = new ArrayList<>(IntStream.range(0, n).boxed().toList());
    int[] ints = IntStream.range(0, n).toArray();
    Fn2<Integer, Object, Integer> plain = (i, large) -> 2 * i;
    List<Line> lines = new ArrayList<>();
    if (step.isEmpty() || step.equals("list")) {
      lines.add(line("list", n, Timing.of(repetitions, warmUpSeconds, () -> call(list, plain))));
    }
    if (step.isEmpty() || step.equals("ints")) {
      lines.add(line("ints", n, Timing.of(repetitions, warmUpSeconds, () -> call(ints, plain))));
    }
    if (step.isEmpty() || step.equals("wrapped")) {
      Fn2<Integer, Object, Integer> wrapped = (i, large) -> 2 * i;
      try (Serializers.Scope fast = Serializers.use("kryo")) {
        Timing unwrapped = Timing.of(repetitions, warmUpSeconds, () -> call(list, plain));
        Ship.byValue(wrapped); // From now on whatever is sent is looked at for what is said of it.
        Timing after = Timing.of(repetitions, warmUpSeconds, () -> call(list, wrapped));
        lines.add(line("unwrapped", n, unwrapped));
        lines.add(
            line("wrapped", n, after).with("to_unwrapped", after.median() / unwrapped.median()));
      }
    }
    return lines;
  }

  private static void call(Object large, Fn2<Integer, Object, Integer> function) {
    Parallel loop = Parallel.with(ParallelConfig.DEFAULT.withJobs(2).withBackend("local-jvm"));
    int answer = loop.<Integer>run(List.of(DelayedCall.delayed(21, large, function))).get(0);
    if (answer != ANSWER) {
      throw new IllegalStateException("the answer is " + answer + ", not " + ANSWER);
    }
  }

  private static Line line(String step, int elements, Timing timing) {
    return Line.of("dagwright-local-jvm", "seed-tour-" + step)
        .timed(1, timing)
        .with("elements", elements);
  }
}

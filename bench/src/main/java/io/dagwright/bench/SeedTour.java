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

  static List<Line> measure(int n, int repetitions, double warmUpSeconds) throws Exception {
    List<Integer> list = new ArrayList<>(IntStream.range(0, n).boxed().toList());
    int[] ints = IntStream.range(0, n).toArray();
    Fn2<Integer, Object, Integer> plain = (i, large) -> 2 * i;
    Fn2<Integer, Object, Integer> wrapped = (i, large) -> 2 * i;
    double share = warmUpSeconds / 4;
    List<Line> lines = new ArrayList<>();
    lines.add(line("list", n, Timing.of(repetitions, share, () -> call(list, plain))));
    lines.add(line("ints", n, Timing.of(repetitions, share, () -> call(ints, plain))));
    try (Serializers.Scope fast = Serializers.use("kryo")) {
      Timing unwrapped = Timing.of(repetitions, share, () -> call(list, plain));
      Ship.byValue(wrapped); // From now on whatever is sent is looked at for what was said of it.
      Timing after = Timing.of(repetitions, share, () -> call(list, wrapped));
      lines.add(line("unwrapped", n, unwrapped));
      lines.add(line("wrapped", n, after).with("to_unwrapped", after.best() / unwrapped.best()));
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

package io.dagwright.jvms;

import io.dagwright.Lazy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Graphs whose results are arrays, too large to ride along, so that they live on the workers. */
public final class Work {

  /** So many numbers are in an array. */
  public static final int LENGTH = 1000;

  /** What a task of these graphs is told. */
  public record Piece(String traces, String name, int number, long millis) {}

  private Work() {}

  /** Tasks that take a while, leave a trace, and give an array of their number each. */
  public static List<Lazy<long[]>> arrays(
      Path traces, String prefix, int count, long millis, UnaryOperator<Lazy<long[]>> change) {
    List<Lazy<long[]>> arrays = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Piece piece = new Piece(traces.toString(), prefix + "-" + i, i, millis);
      arrays.add(change.apply(Lazy.delayed(piece, Work::array).key(piece.name())));
    }
    return arrays;
  }

  /** One number: the sum of all in these arrays, through a layer that pairs far neighbours. */
  public static Lazy<Long> sum(List<Lazy<long[]>> arrays) {
    int half = arrays.size() / 2;
    List<Lazy<long[]>> pairs = new ArrayList<>();
    for (int i = 0; i < half; i++) {
      pairs.add(Lazy.combine(arrays.get(i), arrays.get(i + half), Work::add));
    }
    return Lazy.reduce(pairs, 8, Work::addAll).map(Work::total);
  }

  /** What {@link #sum} of so many {@link #arrays} is. */
  public static long expected(int count) {
    return (long) LENGTH * count * (count - 1) / 2;
  }

  private static long[] array(Piece piece) throws InterruptedException {
    Thread.sleep(piece.millis());
    Traces.leave(piece.traces(), piece.name());
    long[] array = new long[LENGTH];
    Arrays.fill(array, piece.number());
    return array;
  }

  private static long[] add(long[] left, long[] right) {
    long[] sum = left.clone();
    Arrays.setAll(sum, i -> sum[i] + right[i]);
    return sum;
  }

  private static long[] addAll(List<long[]> arrays) {
    return arrays.stream().reduce(new long[LENGTH], Work::add);
  }

  private static long total(long[] array) {
    return Arrays.stream(array).sum();
  }
}

package io.dagwright.bench;

import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/** What a value costs on its way into bytes and back, by serializer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SerializersBenchmark {

  /** Its name. */
  @Param({"kryo", "closure", "java", "fory"})
  public String serializer;

  /** A list of a million {@code Integer}s, or 100,000 records, or a map of 100,000 doubles. */
  @Param({"integers", "records", "map"})
  public String value;

  private final ValueCodec codec = new ValueCodec(new KryoPools());
  private final ByteSink sink = new ByteSink();
  private Choice choice;
  private Object object;

  /** Ten plain components. */
  public record Row(
      int a, int b, int c, long d, long e, double f, double g, boolean h, String i, String j)
      implements Serializable {}

  /** Makes the value. */
  @Setup(Level.Trial)
  public void make() {
    choice = Choice.only(serializer);
    object =
        switch (value) {
          case "integers" -> integers(1_000_000);
          case "records" -> records(100_000);
          default -> map();
        };
  }

  static List<Integer> integers(int count) {
    List<Integer> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(i);
    }
    return list;
  }

  static List<Row> records(int count) {
    SplittableRandom dice = new SplittableRandom(1);
    List<Row> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double x = dice.nextDouble();
      list.add(new Row(i, -i, i * 7, i, dice.nextLong(), x, -x, i % 2 == 0, "row-" + i, "x"));
    }
    return list;
  }

  private static Map<String, Double> map() {
    Map<String, Double> map = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      map.put("key-" + i, i * 0.5);
    }
    return map;
  }

  /** There and back. */
  @Benchmark
  public @Nullable Object roundTrip() {
    sink.truncate(0);
    codec.write(object, sink, choice, type -> {});
    return codec.read(sink.array(), 0, sink.size(), SerializersBenchmark.class.getClassLoader());
  }
}

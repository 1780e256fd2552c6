package io.dagwright.bench;

import io.dagwright.Fn0;
import io.dagwright.Lazy;
import io.dagwright.graph.TaskFunction;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What goes into bytes and back, by us and by Java serialization in turns. */
final class Serialized {

  private static final ClassLoader LOADER = Serialized.class.getClassLoader();

  /** So many closures at once, as one takes too little time to be measured. */
  private static final int CLOSURES = 1_000;

  private static final int ELEMENTS_PER_RECORD = 10;

  /** There and back; what was written is {@link #bytes} long. */
  private interface Trip {
    @Nullable Object of(Object object) throws Exception;
  }

  private final ValueCodec values = new ValueCodec(new KryoPools());
  private final ClosureCodec closures = new ClosureCodec(new KryoPools());
  private final ByteSink sink = new ByteSink();
  private final int repetitions;
  private final double warmUpSeconds;
  private int bytes;

  private Serialized(int repetitions, double warmUpSeconds) {
    this.repetitions = repetitions;
    this.warmUpSeconds = warmUpSeconds;
  }

  /**
   * Measures.
   *
   * @param n integers in the list; there are a tenth as many records
   */
  static List<Line> measure(int n, int repetitions, double warmUpSeconds) throws Exception {
    Serialized serialized = new Serialized(repetitions, warmUpSeconds / 6);
    return List.of(
        serialized.closure(),
        serialized.value("integers", SerializersBenchmark.integers(n)),
        serialized.value("records", SerializersBenchmark.records(n / ELEMENTS_PER_RECORD)));
  }

  private Line closure() throws Exception {
    int captured = Integer.parseInt("42"); // Else the compiler would make a constant of it.
    Fn0<Integer> function = () -> captured;
    TaskFunction sent = Objects.requireNonNull(Lazy.delayed(function).graph().function(0));
    return line("closure", CLOSURES, sent, this::closureByUs, result -> call(result) == captured);
  }

  private Line value(String name, List<?> list) throws Exception {
    return line(name, 1, list, this::valueByUs, list::equals);
  }

  private interface Check {
    boolean of(@Nullable Object result) throws Exception;
  }

  private Line line(String name, int times, Object object, Trip ours, Check check)
      throws Exception {
    Timing.Run byUs = () -> repeat(times, object, ours, check);
    Timing.Run byJava = () -> repeat(times, object, this::byJava, check);
    Timing.of(1, warmUpSeconds, byJava);
    Timing.of(1, warmUpSeconds, byUs);
    List<Double> us = new ArrayList<>();
    List<Double> java = new ArrayList<>();
    long begin = System.nanoTime();
    while (us.size() < repetitions || Timing.since(begin) < warmUpSeconds) {
      System.gc();
      java.add(Timing.seconds(byJava) / times);
      System.gc();
      us.add(Timing.seconds(byUs) / times);
    }
    int javaBytes = bytesOf(this::byJava, object);
    double ourMedian = Timing.median(array(us));
    double javaMedian = Timing.median(array(java));
    return Line.of("dagwright", "serialization-" + name)
        .with("us", ourMedian * 1e6)
        .with("java_us", javaMedian * 1e6)
        .with("bytes", bytesOf(ours, object))
        .with("java_bytes", javaBytes)
        .with("reps", us.size())
        .with("ratio", javaMedian / ourMedian);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void repeat(int times, Object object, Trip trip, Check check) throws Exception {
    for (int i = 0; i < times; i++) {
      if (!check.of(trip.of(object))) {
        throw new IllegalStateException("what came back is not what was written");
      }
    }
  }

  private int bytesOf(Trip trip, Object object) throws Exception {
    trip.of(object);
    return bytes;
  }

  private @Nullable Object valueByUs(Object object) {
    sink.truncate(0);
    values.write(object, sink, Choice.DEFAULT, type -> {});
    bytes = sink.size();
    return values.read(sink.array(), 0, sink.size(), LOADER);
  }

  private Object closureByUs(Object object) {
    byte[] encoded = closures.encode((TaskFunction) object, "bench");
    bytes = encoded.length;
    return closures.decode(encoded, LOADER).function();
  }

  private @Nullable Object byJava(Object object) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
      objects.writeObject(object);
    }
    byte[] encoded = out.toByteArray();
    bytes = encoded.length;
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(encoded))) {
      return in.readObject();
    }
  }

  private static int call(@Nullable Object function) throws Exception {
    Object result = ((TaskFunction) Objects.requireNonNull(function)).call(null, new Object[0]);
    return (Integer) Objects.requireNonNull(result);
  }
}

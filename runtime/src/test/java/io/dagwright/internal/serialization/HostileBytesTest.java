package io.dagwright.internal.serialization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DagwrightException;
import io.dagwright.graph.TaskFunction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import javax.management.BadAttributeValueExpException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Bytes that were damaged on their way, or made to do harm, end in typed errors. */
class HostileBytesTest {

  private static final ClassLoader LOADER = HostileBytesTest.class.getClassLoader();
  private static final Choice JAVA = Choice.only("java");

  private final KryoPools pools = new KryoPools();
  private final ValueCodec values = new ValueCodec(pools);
  private final ClosureCodec closures = new ClosureCodec(pools, values);

  interface Fn extends Serializable {
    Object call();
  }

  record Adapter(Fn fn) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return fn.call();
    }
  }

  record Point(int x, double y) implements Serializable {}

  private byte[] encode(Object value, Choice choice) {
    ByteSink sink = new ByteSink();
    values.write(value, sink, choice, CodecKryo.IGNORED);
    return sink.toByteArray();
  }

  /** What somebody could send who has Java serialization and no scruples. */
  private static byte[] forged(Object value) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(stream)) {
      out.writeObject(value);
    }
    return asJava(stream.toByteArray());
  }

  private static byte[] asJava(byte[] stream) {
    ByteSink sink = new ByteSink();
    sink.putByte(31);
    sink.putString("java");
    sink.putBytes(stream, 0, stream.length);
    return sink.toByteArray();
  }

  @Test
  void classesThatRunCodeWhenTheyAreReadAreNotMade() {
    BadAttributeValueExpException printing = new BadAttributeValueExpException("x");
    List<Object> gadgets = new ArrayList<>();
    gadgets.add(printing);
    gadgets.add(new ArrayList<>(List.of(printing)));
    gadgets.add(new HashMap<>(Map.of("k", new Object[] {printing})));
    gadgets.add(new java.awt.Point(1, 2));
    gadgets.add(
        java.lang.reflect.Proxy.newProxyInstance(
            LOADER,
            new Class<?>[] {Comparable.class},
            (java.lang.reflect.InvocationHandler & Serializable) (self, method, args) -> 0));

    for (Object gadget : gadgets) {
      assertThatThrownBy(() -> values.read(forged(gadget), LOADER))
          .as("%s", gadget)
          .isInstanceOf(CorruptPayloadException.class);
      assertThatThrownBy(() -> encode(gadget, JAVA)).isInstanceOf(DagwrightException.class);
      assertThatThrownBy(() -> encode(gadget, Choice.DEFAULT))
          .isInstanceOf(DagwrightException.class);
    }
  }

  @Test
  void kryoMakesNoClassOfTheJdkThatIsNotOnTheList() {
    for (String name :
        List.of(
            "javax.management.BadAttributeValueExpException",
            "com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl",
            "java.lang.ProcessBuilder",
            "java.awt.Point")) {
      ByteSink sink = new ByteSink();
      sink.putByte(30);
      try (KryoPools.Entry entry = pools.take(LOADER)) {
        entry.output.writeVarInt(1, true); // A class by its name,
        entry.output.writeVarInt(0, true); // the first in these bytes.
        entry.output.writeString(name);
        entry.output.writeVarInt(1, true);
        sink.putBytes(entry.output.getBuffer(), 0, entry.output.position());
      }

      assertThatThrownBy(() -> values.read(sink.toByteArray(), LOADER))
          .isInstanceOf(CorruptPayloadException.class)
          .hasMessageContaining(name);
    }
  }

  @Test
  void lengthsBeyondTheBytesAllocateNothing() throws IOException {
    long[] array = new long[77];
    byte[] bytes = forged(new Object[] {array, "x"});
    byte[] length = ByteBuffer.allocate(4).putInt(array.length).array();
    int at = bytes.length;
    while (!Arrays.equals(bytes, at - 4, at, length, 0, 4)) {
      at--;
    }
    ByteBuffer.wrap(bytes).putInt(at - 4, Integer.MAX_VALUE - 8);

    assertThatThrownBy(() -> values.read(bytes, LOADER))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("REJECTED");

    byte[] embedded = encode(new ArrayList<>(List.of(new Point(1, 2))), Choice.DEFAULT);
    ByteSink bomb = new ByteSink();
    int body = embedded.length - 13; // What is in place of the record: a flag and its 12 bytes.
    bomb.putBytes(embedded, 0, body);
    bomb.putByte(2);
    bomb.putVarInt(Integer.MAX_VALUE);
    assertThatThrownBy(() -> values.read(bomb.toByteArray(), LOADER))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("bytes early");
  }

  @Test
  void nestingBeyondMeasureIsATypedError() throws IOException {
    Object[] nested = {};
    for (int i = 0; i < 100_000; i++) {
      nested = new Object[] {nested};
    }
    Object[] tooDeep = nested;
    Object[] deep = {};
    for (int i = 0; i < 250; i++) {
      deep = new Object[] {deep};
    }
    byte[] bytes = forged(deep);

    assertThatThrownBy(() -> values.read(bytes, LOADER))
        .isInstanceOf(CorruptPayloadException.class);
    for (Choice choice : List.of(Choice.DEFAULT, JAVA)) {
      assertThatThrownBy(() -> encode(tooDeep, choice)).isInstanceOf(DagwrightException.class);
    }

    byte[] inner = encode(List.of(new Point(1, 2)), Choice.DEFAULT);
    byte[] header = Arrays.copyOf(inner, inner.length - 13);
    byte[] matryoshka = inner;
    for (int i = 0; i < 8_000; i++) { // A list in a list in a list, each as an embedded part.
      ByteSink outer = new ByteSink(header.length + 6 + matryoshka.length);
      outer.putBytes(header, 0, header.length);
      outer.putByte(2);
      outer.putVarInt(matryoshka.length);
      outer.putBytes(matryoshka, 0, matryoshka.length);
      matryoshka = outer.toByteArray();
    }
    byte[] tooMany = matryoshka;
    assertThatThrownBy(() -> values.read(tooMany, LOADER))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("nest too deeply");
  }

  @Test
  @Tag("slow")
  void aMillionDamagedInputsEndInTypedErrors() {
    Random random = new Random(11);
    Point marked = new Point(3, 4);
    ShippedValues.ofThisJvm().add(marked, "java");
    List<Object> samples =
        List.of(
            new ArrayList<>(List.of(1, 2, 3)),
            new ArrayList<>(List.of(new Point(1, 2), marked)),
            new HashMap<>(Map.of("a", new Point(5, 6))),
            new LinkedHashMap<>(Map.of(1, List.of("x", marked))),
            new TreeMap<>(Map.of("k", 2)),
            new PriorityQueue<>(List.of(3, 1)),
            new ArrayDeque<>(List.of("a", "b")),
            new Object[] {"x", new long[] {1, 2}, new IllegalStateException("y")});
    List<byte[]> seeds = new ArrayList<>();
    int functions = 0;
    for (Choice choice : List.of(Choice.DEFAULT, Choice.only("closure"), JAVA)) {
      seeds.add(
          0,
          closures.encode(
              new Adapter(() -> marked.x() + samples.size()),
              "t",
              choice,
              CodecKryo.IGNORED,
              null));
      functions++;
      samples.forEach(sample -> seeds.add(encode(sample, choice)));
    }

    Known loader = new Known();
    for (int i = 0; i < seeds.size(); i++) {
      assertThat(read(seeds.get(i), i < functions, loader)).isNotNull();
    }
    loader.isComplete = true;
    int failed = 0;
    int tries = Runtime.version().feature() == 17 ? 1_000_000 : 100_000; // Bytes are bytes.
    for (int i = 0; i < tries; i++) {
      boolean isFunction = random.nextInt(500) == 0; // Each that is sound costs a class.
      int which =
          isFunction
              ? random.nextInt(functions)
              : functions + random.nextInt(seeds.size() - functions);
      byte[] damaged = seeds.get(which).clone();
      if (random.nextInt(4) == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
      }
      for (int flips = random.nextInt(4); flips >= 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        read(damaged, isFunction, loader);
      } catch (DagwrightException e) {
        failed++;
      } catch (Throwable e) {
        throw new AssertionError("try " + i + " of " + Arrays.toString(damaged), e);
      }
    }

    assertThat(failed).isGreaterThan(tries / 2);
  }

  private @Nullable Object read(byte[] bytes, boolean isFunction, ClassLoader loader) {
    return isFunction ? closures.decode(bytes, loader) : values.read(bytes, loader);
  }

  /**
   * Knows the classes of sound bytes. Looking for damaged names on a class path would take most of
   * the time.
   */
  private static final class Known extends ClassLoader {

    private final Map<String, Class<?>> known = new HashMap<>();
    private boolean isComplete;

    Known() {
      super(null); // The JDK's core.
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (!isComplete) {
        known.put(name, LOADER.loadClass(name));
      }
      Class<?> found = known.get(name);
      if (found == null) {
        throw new ClassNotFoundException(name);
      }
      return found;
    }
  }
}

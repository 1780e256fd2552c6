package io.dagwright.internal.serialization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.UnknownSerializerException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ValueCodecTest {

  private static final ClassLoader LOADER = ValueCodecTest.class.getClassLoader();

  private final ValueCodec codec = new ValueCodec(new KryoPools());

  enum Color {
    RED,
    GREEN {}
  }

  record Point(int x, double y) {}

  record Row(
      int a,
      long b,
      double c,
      float d,
      boolean e,
      byte f,
      short g,
      char h,
      @Nullable String i,
      @Nullable Integer j,
      @Nullable Color k,
      @Nullable Point l) {}

  record Holder(String name, List<Point> points) {}

  static final class Tree {
    final List<Tree> children = new ArrayList<>();
    final int value;

    Tree(int value) {
      this.value = value;
    }
  }

  private byte[] encode(@Nullable Object value) {
    ByteSink sink = new ByteSink(8);
    codec.write(value, sink);
    return sink.toByteArray();
  }

  private @Nullable Object trip(@Nullable Object value) {
    return codec.read(encode(value), LOADER);
  }

  private static List<@Nullable Object> samples() {
    List<@Nullable Object> nulls = new ArrayList<>(Arrays.asList(1, null, "x", 2.0, true));
    Map<String, Double> map = new HashMap<>(Map.of("a", 1.0, "b", 2.0));
    Row full =
        new Row(
            1,
            2,
            3,
            4,
            true,
            (byte) 5,
            (short) -6,
            'h',
            "i\u20ac",
            9,
            Color.GREEN,
            new Point(1, 2));
    return new ArrayList<>(
        Arrays.asList(
            null,
            true,
            false,
            0,
            -1,
            Integer.MIN_VALUE,
            Long.MAX_VALUE,
            1e300,
            Double.NaN,
            1.5f,
            (short) -3,
            (byte) 200,
            '\u20ac',
            "",
            "latin \u00e9",
            "wide \ud83d\ude00",
            new ArrayList<>(),
            new ArrayList<>(List.of(1, 2, 3)),
            new ArrayList<>(List.of(1L, 2L)),
            new ArrayList<>(List.of(1.0)),
            new ArrayList<>(List.of(1, 2L)),
            new ArrayList<>(List.of("a", "\u20ac")),
            nulls,
            List.of(),
            List.of(1),
            List.of(1, 2, 3, 4),
            List.of(List.of(1), List.of("x")),
            map,
            new LinkedHashMap<>(map),
            new TreeMap<>(map),
            new HashMap<>(Map.of(1, "int key")),
            new LinkedHashSet<>(List.of(3, 1, 2)),
            new Point(1, -0.0),
            full,
            new Row(0, 0, 0, 0, false, (byte) 0, (short) 0, ' ', null, null, null, null),
            new ArrayList<>(List.of(new Point(1, 2), new Point(3, 4))),
            List.of(new Point(1, 2), full),
            new Holder("h", List.of(new Point(5, 6))),
            Color.RED,
            Instant.EPOCH));
  }

  @Test
  void valuesComeBackEqualAndOfTheSameClass() {
    for (Object value : samples()) {
      Object back = trip(value);

      assertEquals(value, back);
      assertEquals(value == null ? null : value.getClass(), back == null ? null : back.getClass());
    }
  }

  @Test
  void primitiveArraysComeBack() {
    assertArrayEquals(new byte[] {1, -2}, (byte[]) trip(new byte[] {1, -2}));
    assertArrayEquals(new boolean[] {true, false}, (boolean[]) trip(new boolean[] {true, false}));
    assertArrayEquals(new short[] {1, -2}, (short[]) trip(new short[] {1, -2}));
    assertArrayEquals(new char[] {'a', '\u20ac'}, (char[]) trip(new char[] {'a', '\u20ac'}));
    assertArrayEquals(new int[] {1, -2}, (int[]) trip(new int[] {1, -2}));
    assertArrayEquals(new long[] {1, -2}, (long[]) trip(new long[] {1, -2}));
    assertArrayEquals(new float[] {1, -2}, (float[]) trip(new float[] {1, -2}));
    assertArrayEquals(new double[] {1, -2}, (double[]) trip(new double[] {1, -2}));
    assertArrayEquals(new Object[] {1, "x"}, (Object[]) trip(new Object[] {1, "x"}));
    assertArrayEquals(new long[][] {{1}, {2, 3}}, (long[][]) trip(new long[][] {{1}, {2, 3}}));
  }

  @Test
  void nanKeepsItsBitsAndMinusZeroItsSign() {
    double nan = Double.longBitsToDouble(0x7ff8000000000123L);

    assertEquals(
        Double.doubleToRawLongBits(nan),
        Double.doubleToRawLongBits((Double) Objects.requireNonNull(trip(nan))));
  }

  @Test
  void bytesOfSmallValuesAreFew() {
    assertEquals(2, encode(7).length);
    assertEquals(1_000_004, encode(new byte[1_000_000]).length);
  }

  @Test
  void sinkIsLeftAsItWasWhenAValueFails() {
    ByteSink sink = new ByteSink();
    codec.write(1, sink);
    int before = sink.size();

    assertThrows(RuntimeException.class, () -> codec.write(List.of(new Thread()), sink));

    assertEquals(before, sink.size());
  }

  @Test
  @Tag("slow")
  void damagedBytesEndInATypedErrorAndLittleMemory() {
    Random random = new Random(42);
    Tree tree = new Tree(1);
    tree.children.add(new Tree(2));
    List<@Nullable Object> values = samples();
    values.add(tree);
    values.add(new Object[] {"x", new Tree(3), new java.util.PriorityQueue<>(List.of(1, 2))});
    values.add(new long[] {1, 2, 3});
    values.add(Map.of("k", new IllegalStateException("x")));
    List<byte[]> seeds = values.stream().map(this::encode).toList();

    int failed = 0;
    for (int i = 0; i < 250_000; i++) {
      byte[] damaged = seeds.get(random.nextInt(seeds.size())).clone();
      if (random.nextInt(3) == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
      }
      for (int flips = random.nextInt(4); flips >= 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      if (random.nextInt(8) == 0) {
        random.nextBytes(damaged);
      }
      try {
        codec.read(damaged, LOADER);
      } catch (CorruptPayloadException | UnknownSerializerException e) {
        failed++;
      } catch (Throwable e) {
        throw new AssertionError("try " + i + " of " + Arrays.toString(damaged), e);
      }
    }

    assertTrue(failed > 100_000, "only " + failed + " were noticed");
  }

  @Test
  void hugeLengthsAllocateNothing() {
    byte[][] inputs = {
      {18, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7},
      {24, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7},
      {6, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7},
      {26, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7},
    };

    for (byte[] input : inputs) {
      assertThrows(CorruptPayloadException.class, () -> codec.read(input, LOADER));
    }
  }

  @Test
  void sizeIsEstimatedFromASample() {
    List<Object> million = new ArrayList<>();
    for (int i = 0; i < 1_000_000; i++) {
      million.add(i);
    }

    assertEquals(8_016, ValueCodec.estimateSize(new long[1000]));
    assertEquals(1_016, ValueCodec.estimateSize(new byte[1000]));
    assertEquals(20_000_032, ValueCodec.estimateSize(million));
    assertTrue(ValueCodec.estimateSize(new Tree(1)) > 16);
  }

  private byte[] encode(Object value, Choice choice) {
    ByteSink sink = new ByteSink(8);
    codec.write(value, sink, choice, type -> {});
    return sink.toByteArray();
  }

  @Test
  void severalValuesInOneGoByTheirFastForms() {
    List<Integer> list = new ArrayList<>(List.of(1, 2, 3));
    int[] array = {4, 5};
    Values values = new Values(list, array, "x", null, new Tree(6), list);

    Values read = (Values) Objects.requireNonNull(trip(values));

    assertEquals(list, read.array()[0]);
    assertArrayEquals(array, (int[]) read.array()[1]);
    assertEquals("x", read.array()[2]);
    assertEquals(null, read.array()[3]);
    assertEquals(6, ((Tree) Objects.requireNonNull(read.array()[4])).value);
    assertTrue(read.array()[0] == read.array()[5], "one object that is two of them is one again");
  }

  /** A list of a million integers takes 4 bytes each, and no more than a few besides. */
  @Test
  void aLargeListAmongOthersTakesNoMoreThanAlone() {
    List<Integer> list = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      list.add(i);
    }

    int alone = encode(list).length;
    int among = encode(new Values("x", list)).length;

    assertTrue(among < alone + 50, among + " bytes, alone " + alone);
    assertTrue(encode(new Values("x", list), Choice.only("closure")).length != among);
  }

  @Test
  void severalValuesInOneGoByWhatIsChosenForEach() {
    Values values = new Values(new CelsiusSerializer.Celsius(20), "x");

    byte[] java = encode(new Values(Color.RED, "x"), Choice.only("java"));
    byte[] celsius = encode(values, Choice.only("celsius"));

    assertEquals("java", ValueCodec.choiceOf(Payload.of(java)).serializer());
    assertEquals("kryo", ValueCodec.choiceOf(Payload.of(celsius)).serializer());
    assertTrue(new String(celsius, StandardCharsets.ISO_8859_1).contains("20.0"));
    assertEquals(
        values.list(), ((Values) Objects.requireNonNull(codec.read(celsius, LOADER))).list());
  }
}

package io.dagwright.internal.serialization;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.graph.TaskFunction;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LargePartsTest {

  private static final int SMALL = 1000;

  private final ClosureCodec codec = new ClosureCodec(new KryoPools());
  private final ValueCodec values = new ValueCodec(new KryoPools());
  private final List<byte[]> kept = new ArrayList<>();
  private final List<Object> found = new ArrayList<>();
  private final LargeParts large =
      new LargeParts(
          100_000,
          (part, bytes) -> {
            kept.add(bytes);
            return new byte[] {(byte) (kept.size() - 1)};
          });

  interface Fn extends Serializable {
    @Nullable Object call();
  }

  record Task(Fn fn) implements TaskFunction, Serializable {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return fn.call();
    }
  }

  static final class Service implements Serializable {
    private static final long serialVersionUID = 1L;
    final long[] table;

    Service(long[] table) {
      this.table = table;
    }
  }

  private byte[] encode(Fn fn, Choice choice) {
    return codec.encode(new Task(fn), "t", choice, type -> {}, large);
  }

  private @Nullable Object callDecoded(byte[] encoded) throws Exception {
    ClassLoader loader = LargePartsTest.class.getClassLoader();
    LargeParts.Finder finder =
        (reference, from) -> {
          int index = reference[0];
          while (found.size() <= index) {
            found.add(new Object());
          }
          if (found.get(index).getClass() == Object.class) {
            found.set(index, values.read(kept.get(index), from));
          }
          return found.get(index);
        };
    return codec.decode(encoded, loader, finder).function().call(null, new Object[0]);
  }

  @Test
  void whatManyFunctionsCapturedIsKeptOnceAndIsOneObject() throws Exception {
    long[] table = new long[100_000];
    table[7] = 7;
    List<byte[]> encoded = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int number = i;
      encoded.add(encode(() -> number < 0 ? number : table, Choice.DEFAULT));
    }

    assertThat(kept).hasSize(1);
    assertThat(encoded).allMatch(bytes -> bytes.length < SMALL);
    Object first = callDecoded(encoded.get(0));
    assertThat(first).isEqualTo(table);
    assertThat(callDecoded(encoded.get(9))).isSameAs(first);
  }

  @Test
  void javaSerializationOfFunctionsKeepsItApartToo() throws Exception {
    long[] table = new long[100_000];

    byte[] one = encode(() -> table, Choice.only("java"));
    byte[] two = encode(() -> List.of(table, 1), Choice.only("java"));

    assertThat(kept).hasSize(1);
    assertThat(one.length + two.length).isLessThan(4 * SMALL);
    assertThat(callDecoded(one)).isEqualTo(table);
    assertThat((List<?>) callDecoded(two)).first().isSameAs(callDecoded(one));
  }

  @Test
  void collectionsAndTextsOfPlainValuesDo() throws Exception {
    Map<Integer, List<String>> map = new HashMap<>();
    double[][] matrix = new double[200][200];
    for (int i = 0; i < 5000; i++) {
      map.put(i, new ArrayList<>(List.of("row " + i)));
    }
    String text = "x".repeat(200_000);

    byte[] encoded = encode(() -> List.of(map, matrix, text), Choice.DEFAULT);

    assertThat(kept).hasSize(3);
    assertThat(encoded).hasSizeLessThan(SMALL);
    List<?> read = (List<?>) requireNonNull(callDecoded(encoded));
    assertThat(read.get(0)).isEqualTo(map);
    assertThat(((double[][]) read.get(1))).isDeepEqualTo(matrix);
    assertThat(read.get(2)).isEqualTo(text);
  }

  @Test
  void objectsOfUsersClassesStayAndWhatIsLargeInsideGoes() throws Exception {
    Service shared = new Service(new long[100_000]);
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      list.add(i % 2 == 0 ? shared : "text " + i);
    }

    byte[] encoded = encode(() -> List.of(list, shared), Choice.DEFAULT);

    assertThat(kept).hasSize(1);
    List<?> read = (List<?>) requireNonNull(callDecoded(encoded));
    assertThat(((List<?>) read.get(0)).get(0)).isSameAs(read.get(1)); // Identity is kept.
    assertThat(((Service) read.get(1)).table).hasSize(100_000);
  }

  @Test
  void whatIsBoundToASerializerGoesByIt() throws Exception {
    long[] table = new long[100_000];
    Choice bound = new Choice("kryo", new TreeMap<>(Map.of("[J", "java")));

    byte[] encoded = encode(() -> table, bound);

    assertThat(kept).isEmpty();
    assertThat(callDecoded(encoded)).isEqualTo(table);
  }

  @Test
  void smallOnesStay() {
    long[] table = new long[100];

    assertThat(encode(() -> table, Choice.DEFAULT)).hasSizeGreaterThan(100);
    assertThat(kept).isEmpty();
  }
}

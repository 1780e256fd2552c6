package io.dagwright.codec.fory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Serializers;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DagwrightException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.fory.Fory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // A scope is there to be open, nobody calls it.
class ForySerializerTest {

  private static final ClassLoader LOADER = ForySerializerTest.class.getClassLoader();

  /** The tag, the length of the name, and the name. */
  private static final int HEADER = 2 + "fory".length();

  private final ValueCodec codec = new ValueCodec(new KryoPools());

  enum Color {
    RED,
    GREEN
  }

  record Point(int x, double y, Color color) {}

  record Row(String name, List<Point> points, Map<String, Object> more) {}

  static final class Node {
    Node next = this;
    int number;
  }

  private byte[] encode(Object value, Consumer<Class<?>> classes) {
    ByteSink sink = new ByteSink();
    codec.write(value, sink, Choice.only("fory"), classes);
    return sink.toByteArray();
  }

  @Test
  void isFoundByItsName() {
    assertThat(Serializers.names()).containsExactly("closure", "fory", "java", "kryo");
  }

  @Test
  void recordsOfUsersNeedNoRegistration() {
    Row row = new Row("a", List.of(new Point(1, 2, Color.RED)), Map.of("k", List.of(1, "x")));

    for (Object value : List.of(row, List.of(row, row), new ArrayList<>(List.of(1, 2)), Map.of())) {
      assertThat(codec.read(encode(value, type -> {}), LOADER)).isEqualTo(value);
    }
  }

  @Test
  void cyclesAreKept() {
    Node node = new Node();
    node.number = 7;

    Node read = (Node) codec.read(encode(node, type -> {}), LOADER);

    assertThat(read).isNotNull();
    assertThat(read.number).isEqualTo(7);
    assertThat(read.next).isSameAs(read);
  }

  @Test
  void classesAreToldEachTime() {
    Row row = new Row("a", List.of(new Point(1, 2, Color.RED)), Map.of());
    for (int i = 0; i < 3; i++) {
      Set<Class<?>> classes = new HashSet<>();
      encode(row, classes::add);

      assertThat(classes).contains(Row.class, Point.class, Color.class);
    }
  }

  @Test
  void classesThatAreNotOnTheListAreNeitherMadeNorWritten() {
    Object forbidden = new ArrayList<>(List.of(new java.awt.Point(1, 2)));
    Fory anything =
        Fory.builder()
            .withXlang(false)
            .withRefTracking(true)
            .requireClassRegistration(false)
            .suppressClassRegistrationWarnings(true)
            .withTypeChecker((resolver, name) -> true)
            .build();
    byte[] forged = anything.serialize(forbidden);
    ByteSink sink = new ByteSink();
    sink.putBytes(encode(Map.of(), type -> {}), 0, HEADER);
    sink.putBytes(forged, 0, forged.length);

    assertThat(anything.deserialize(forged)).isEqualTo(forbidden);
    assertThatThrownBy(() -> codec.read(sink.toByteArray(), LOADER))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("java.awt.Point");
    assertThatThrownBy(() -> encode(forbidden, type -> {}))
        .isInstanceOf(NotSerializableTaskException.class);
  }

  @Test
  void damagedBytesEndInTypedErrors() {
    Random random = new Random(5);
    Row row = new Row("a", List.of(new Point(1, 2, Color.RED)), Map.of("k", List.of(1, "x")));
    byte[] whole = encode(row, type -> {});
    int failed = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = Arrays.copyOf(whole, HEADER + random.nextInt(whole.length - HEADER + 1));
      for (int flips = random.nextInt(3); flips > 0 && damaged.length > HEADER; flips--) {
        damaged[HEADER + random.nextInt(damaged.length - HEADER)] ^=
            (byte) (1 << random.nextInt(8));
      }
      try {
        codec.read(damaged, LOADER);
      } catch (DagwrightException e) {
        failed++;
      }
    }

    assertThat(failed).isGreaterThan(10_000);
    assertThat(codec.read(whole, LOADER)).isEqualTo(row);
  }

  @Test
  @Tag("slow")
  void tasksTakeArgumentsAndGiveResultsByIt() {
    try (LocalCluster cluster = LocalCluster.threads(1, 1);
        Client client = cluster.client();
        Serializers.Scope scope = Serializers.use("fory")) {
      Lazy<Point> moved =
          Lazy.delayed(
              new Point(1, 2, Color.RED), it -> new Point(it.x() + 1, it.y(), Color.GREEN));

      assertThat(client.compute(moved)).isEqualTo(new Point(2, 2, Color.GREEN));
      assertThatThrownBy(() -> client.compute(Lazy.delayed(new Thread(), Thread::getName)))
          .isInstanceOf(DagwrightException.class);
    }
  }
}

package io.dagwright.internal.serialization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.UnknownSerializerException;
import io.dagwright.graph.TaskFunction;
import io.dagwright.internal.serialization.CelsiusSerializer.Celsius;
import io.dagwright.spi.SerializerContext;
import io.dagwright.spi.ValueSerializer;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.GregorianCalendar;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** By which serializer what is written, and that whoever reads need not be told. */
class ChoiceTest {

  private static final ClassLoader LOADER = ChoiceTest.class.getClassLoader();
  private static final Choice JAVA = Choice.only("java");

  /** How often its own hook ran: only Java serialization calls it. */
  private static final AtomicInteger HOOKS = new AtomicInteger();

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

  /** Not {@code Serializable}. */
  record Service(String name) {}

  record Reading(String place, Celsius celsius) implements Serializable {}

  record Pair(Object left, Object right) implements Serializable {}

  static class Hooked implements Serializable {
    private static final long serialVersionUID = 1L;
    final int number;

    Hooked(int number) {
      this.number = number;
    }

    protected Object readResolve() {
      HOOKS.incrementAndGet();
      return this;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Hooked hooked && hooked.number == number;
    }

    @Override
    public int hashCode() {
      return number;
    }
  }

  static final class HookedMore extends Hooked {
    private static final long serialVersionUID = 1L;

    HookedMore(int number) {
      super(number);
    }
  }

  private byte[] encode(@Nullable Object value, Choice choice) {
    ByteSink sink = new ByteSink();
    values.write(value, sink, choice, CodecKryo.IGNORED);
    return sink.toByteArray();
  }

  private static Choice bound(String serializer, Class<?> type, String to) {
    return new Choice(serializer, new TreeMap<>(Map.of(type.getName(), to)));
  }

  private static boolean contains(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
  }

  @Test
  void everySerializerReadsBackWhatItWrote() {
    List<Object> values = List.of(new ArrayList<>(List.of(1, 2)), new Hooked(3), Map.of("a", "b"));

    for (String serializer : List.of("kryo", "closure", "java")) {
      byte[] bytes = encode(values, Choice.only(serializer));

      assertThat(this.values.read(bytes, LOADER)).as(serializer).isEqualTo(values);
    }
  }

  @Test
  void calendarsAndEnumsOfTheJdkAreValues() {
    for (Object value :
        List.of(
            new GregorianCalendar(2026, 1, 2),
            TimeZone.getTimeZone("Europe/Berlin"),
            ChronoUnit.DAYS,
            StandardOpenOption.READ)) {
      for (Choice choice : List.of(Choice.DEFAULT, JAVA)) {
        assertThat(values.read(encode(value, choice), LOADER)).isEqualTo(value);
      }
    }
  }

  @Test
  void pluggedInSerializerIsFoundAndNamedInTheBytes() {
    byte[] bytes = encode(new Celsius(21.5), Choice.only("celsius"));

    assertThat(contains(bytes, "celsius")).isTrue();
    assertThat(contains(bytes, "21.5")).isTrue();
    assertThat(values.read(bytes, LOADER)).isEqualTo(new Celsius(21.5));
  }

  @Test
  void numbersStringsAndPrimitiveArraysAreWrittenAsThemselves() {
    for (Object value : Arrays.asList(null, 7, "x", 2.5, new long[] {1, 2})) {
      assertThat(encode(value, JAVA)).isEqualTo(encode(value, Choice.DEFAULT));
    }
  }

  @Test
  void aBoundClassGoesItsWayWhereverItIs() {
    Choice choice = bound("kryo", Celsius.class, "celsius");
    Reading reading = new Reading("roof", new Celsius(-3));

    for (Object value :
        List.of(
            new Celsius(-3),
            reading,
            List.of(reading, reading),
            new ArrayList<>(List.of(new Celsius(-3), new Celsius(4))),
            List.of("x", new Object[] {new Celsius(-3)}))) {
      byte[] bytes = encode(value, choice);

      assertThat(contains(bytes, "-3.0 \u00c2\u00b0C")).as("%s", value).isTrue();
      if (!(value instanceof List<?> list && list.contains("x"))) {
        assertThat(values.read(bytes, LOADER)).isEqualTo(value);
      }
    }
  }

  @Test
  void aBindingHoldsForSubclasses() {
    HOOKS.set(0);
    Choice choice = bound("kryo", Serializable.class, "java");

    byte[] bytes = encode(new HookedMore(4), choice);

    assertThat(ValueCodec.choiceOf(Payload.of(bytes))).isEqualTo(JAVA);
    assertThat(values.read(bytes, LOADER)).isEqualTo(new Hooked(4));
    assertThat(HOOKS).hasValue(1);
  }

  @Test
  void aValueOfItsOwnSerializerChangesNothingAround() {
    Hooked first = new Hooked(1);
    Hooked second = new Hooked(2);
    Pair pair = new Pair("left", second);
    byte[] before = encode(pair, Choice.DEFAULT);
    byte[] other = encode(first, Choice.DEFAULT);

    ShippedValues.ofThisJvm().add(second, "java");
    byte[] after = encode(pair, Choice.DEFAULT);

    int same = Arrays.mismatch(before, after);
    assertThat(contains(before, "left")).isTrue();
    assertThat(new String(after, 0, same, StandardCharsets.ISO_8859_1)).contains("left");
    assertThat(values.read(after, LOADER)).isEqualTo(pair);
    assertThat(encode(first, Choice.DEFAULT)).as("an equal class").isEqualTo(other);
    assertThat(encode(new Hooked(2), Choice.DEFAULT))
        .as("an equal object")
        .isEqualTo(encode(new Hooked(2), Choice.DEFAULT));
    assertThat(ValueCodec.choiceOf(Payload.of(encode(new Hooked(2), Choice.DEFAULT))))
        .isEqualTo(Choice.DEFAULT);
  }

  @Test
  void aRecordOfItsOwnSerializerLeavesTheOthersOfItsListAsTheyAre() {
    List<Celsius> list = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      list.add(new Celsius(i));
    }
    byte[] before = encode(list, Choice.DEFAULT);

    ShippedValues.ofThisJvm().add(list.get(4), "celsius");
    byte[] after = encode(list, Choice.DEFAULT);

    int each = 9;
    assertThat(Arrays.mismatch(before, after)).isEqualTo(before.length - each);
    assertThat(values.read(after, LOADER)).isEqualTo(list);
  }

  @Test
  void aPartOfItsOwnSerializerKeepsItsIdentityInsideItsValue() {
    Hooked shared = new Hooked(9);
    ShippedValues.ofThisJvm().add(shared, "java");

    for (Choice choice : List.of(Choice.DEFAULT, JAVA, Choice.only("closure"))) {
      Pair read = (Pair) values.read(encode(new Pair(shared, shared), choice), LOADER);

      assertThat(read).isNotNull();
      assertThat(read.left()).isEqualTo(shared).isSameAs(read.right());
    }
  }

  @Test
  void functionsGoByJavaSerializationIfThatIsChosen() {
    int captured = 20;
    Adapter function = new Adapter(() -> captured + 1);

    byte[] bytes = closures.encode(function, "t", JAVA, CodecKryo.IGNORED, null);
    ClosureCodec.Decoded decoded = closures.decode(bytes, LOADER);

    assertThat(decoded.choice()).isEqualTo(JAVA);
    assertThat(((Adapter) decoded.function()).fn().call()).isEqualTo(21);
    assertThat(contains(bytes, "\u00ac\u00ed")).as("the mark of a stream of Java's").isTrue();
  }

  @Test
  void underJavaACapturedValueThatIsNotSerializableIsNamedWithTheCure() {
    Service svc = new Service("x");
    Adapter function = new Adapter(() -> svc.name());

    assertThatThrownBy(() -> closures.encode(function, "load", JAVA, CodecKryo.IGNORED, null))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("task 'load' → lambda ")
        .hasMessageContaining("captured 'svc' (Service)")
        .hasMessageContaining("is not Serializable, as serializer [java] demands")
        .hasMessageContaining("Ship.byValue(");
  }

  @Test
  void aFunctionByValueGoesItsWayWhileAllElseIsJava() {
    Service svc = new Service("x");
    Hooked hooked = new Hooked(5);
    Fn inner = () -> svc.name() + "!";
    ShippedValues.ofThisJvm().add(inner, "closure");
    Fn outer = () -> inner.call() + " " + hooked.number;
    HOOKS.set(0);

    byte[] bytes = closures.encode(new Adapter(outer), "t", JAVA, CodecKryo.IGNORED, null);
    Adapter decoded = (Adapter) closures.decode(bytes, LOADER).function();

    assertThat(decoded.fn().call()).isEqualTo("x! 5");
    assertThat(HOOKS).as("what is around it is still Java's").hasValue(1);
  }

  @Test
  void anotherLambdaOfTheSameLineIsNotTheOneByValue() {
    List<Fn> made = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      Service svc = new Service(name);
      made.add(() -> svc.name());
    }
    ShippedValues.ofThisJvm().add(made.get(0), "closure");

    byte[] bytes = closures.encode(new Adapter(made.get(0)), "t", JAVA, CodecKryo.IGNORED, null);

    assertThat(((Adapter) closures.decode(bytes, LOADER).function()).fn().call()).isEqualTo("a");
    assertThatThrownBy(
            () -> closures.encode(new Adapter(made.get(1)), "t", JAVA, CodecKryo.IGNORED, null))
        .isInstanceOf(NotSerializableTaskException.class);
  }

  /** Named by value as a whole. */
  static final class Program {
    private Program() {}

    record State(int number) {}

    static Fn lambda(State state) {
      return () -> state.number();
    }
  }

  @Test
  void aClassByValueCoversItsLambdasAndTheClassesInIt() {
    Program.State state = new Program.State(6);
    Adapter function = new Adapter(Program.lambda(state));
    List<Object> list = new ArrayList<>(List.of("x", state));
    Object lambda = Program.lambda(state);
    assertThatThrownBy(() -> encode(list, JAVA)).isInstanceOf(NotSerializableTaskException.class);

    ShippedValues.ofThisJvm().add(Program.class);

    assertThat(values.read(encode(list, JAVA), LOADER)).isEqualTo(list);
    byte[] bytes = closures.encode(function, "t", JAVA, CodecKryo.IGNORED, null);
    assertThat(((Adapter) closures.decode(bytes, LOADER).function()).fn().call()).isEqualTo(6);
    assertThat(values.read(encode(lambda, JAVA), LOADER)).isInstanceOf(Fn.class);
  }

  @Test
  void classesNeededForReadingAreToldWhateverWrites() {
    for (Choice choice : List.of(Choice.DEFAULT, JAVA, bound("kryo", Hooked.class, "java"))) {
      Set<Class<?>> classes = new HashSet<>();
      values.write(new Pair("x", new Hooked(1)), new ByteSink(), choice, classes::add);

      assertThat(classes).as("%s", choice).contains(Pair.class, Hooked.class);
    }
  }

  @Test
  void namesWithoutASerializerAreRefusedWithWhatWasMeant() {
    SerializerRegistry serializers = SerializerRegistry.ofThisJvm();

    assertThatThrownBy(() -> serializers.require("jave", "somebody"))
        .isInstanceOf(UnknownSerializerException.class)
        .hasMessage(
            "There is no serializer [jave], which somebody names. Did you mean [java]? This JVM"
                + " has [celsius, closure, java, kryo]; others must be on the class path of every"
                + " client and worker.");
    assertThatThrownBy(() -> encode(List.of(), Choice.only("nobody")))
        .isInstanceOf(UnknownSerializerException.class);
  }

  @Test
  void bytesOfASerializerThatIsNotHereAreATypedError() {
    byte[] value = encode(new Celsius(1), Choice.only("celsius"));
    byte[] function =
        closures.encode(
            new Adapter(() -> 1),
            "t",
            bound("celsius", Celsius.class, "celsius"),
            CodecKryo.IGNORED,
            null);
    ValueCodec without = new ValueCodec(pools, SerializerRegistry.of(List.of()));

    assertThatThrownBy(() -> without.read(value, LOADER))
        .isInstanceOf(UnknownSerializerException.class)
        .hasMessageContaining("[celsius], which the bytes of a value names");
    assertThatThrownBy(() -> new ClosureCodec(pools, without).decode(function, LOADER))
        .isInstanceOf(UnknownSerializerException.class);
  }

  @Test
  void aSerializerThatFailsIsATypedError() {
    assertThatThrownBy(() -> encode(List.of(), Choice.only("celsius")))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("[[]] is no temperature");
    byte[] bytes = encode(new Celsius(1), Choice.only("celsius"));
    bytes[bytes.length - 5] = 'x';
    assertThatThrownBy(() -> values.read(bytes, LOADER))
        .isInstanceOf(CorruptPayloadException.class);
  }

  @Test
  void twoSerializersOfOneNameAreRefused() {
    record Named(String name) implements ValueSerializer {
      @Override
      public byte[] write(Object value, SerializerContext context) {
        return new byte[0];
      }

      @Override
      public Object read(byte[] bytes, SerializerContext context) {
        return "";
      }
    }

    for (List<Named> bad :
        List.of(
            List.of(new Named("java")),
            List.of(new Named("own"), new Named("own")),
            List.of(new Named("No Name")))) {
      assertThatThrownBy(() -> SerializerRegistry.of(bad))
          .isInstanceOf(InvalidConfigurationException.class);
    }
  }

  @Test
  void theInnermostScopeHoldsAndOnlyForItsThread() throws InterruptedException {
    Choice bound = bound("kryo", Hooked.class, "java");
    List<Choice> seen = new ArrayList<>();

    Runnable outer = SerializerScope.open("java");
    Runnable inner = SerializerScope.open("closure");
    seen.add(SerializerScope.choice(bound));
    Thread other = new Thread(() -> seen.add(SerializerScope.choice(bound)));
    other.start();
    other.join();
    inner.run();
    inner.run();
    seen.add(SerializerScope.choice(bound));
    outer.run();
    seen.add(SerializerScope.choice(bound));

    assertThat(seen)
        .containsExactly(
            bound("closure", Hooked.class, "java"),
            bound,
            bound("java", Hooked.class, "java"),
            bound);
  }
}

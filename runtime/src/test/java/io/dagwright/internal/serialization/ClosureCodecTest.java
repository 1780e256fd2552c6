package io.dagwright.internal.serialization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.graph.TaskFunction;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ClosureCodecTest {

  private final ClosureCodec codec = new ClosureCodec(new KryoPools());

  interface Fn extends Serializable {
    Object call(int x);
  }

  /** Holds a user's lambda, as the front door's own functions do. */
  record Adapter(Fn fn) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return fn.call(21);
    }
  }

  private TaskFunction trip(TaskFunction function) {
    return codec
        .decode(codec.encode(function, "t"), ClosureCodecTest.class.getClassLoader())
        .function();
  }

  private @Nullable Object run(Fn fn) throws Exception {
    return trip(new Adapter(fn)).call(null, new Object[0]);
  }

  /** What a captured value is after the trip. */
  private @Nullable Object captured(Object value) throws Exception {
    return run(x -> value);
  }

  static int twice(int x) {
    return 2 * x;
  }

  enum Op {
    PLUS {
      @Override
      int apply(int x) {
        return x + 1;
      }
    };

    abstract int apply(int x);
  }

  record Pair<A, B>(A first, B second) {}

  static final class Node {
    @Nullable Node next;
    final String name;

    Node(String name) {
      this.name = name;
    }
  }

  /** Neither Serializable nor with a constructor without arguments. */
  static final class Outer {
    final int base;
    @Nullable Fn self;

    Outer(int base) {
      this.base = base;
    }

    class Inner implements Fn {
      @Override
      public Object call(int x) {
        return x + base;
      }
    }

    Inner inner() {
      return new Inner();
    }

    Fn factorial() {
      Fn fn = n -> n <= 1 ? 1L : n * (Long) java.util.Objects.requireNonNull(self).call(n - 1);
      self = fn;
      return fn;
    }
  }

  static final class Tagged extends ArrayList<Object> {
    String tag = "";
  }

  static final class Loud extends RuntimeException {
    final Node detail = new Node("detail");

    Loud(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static final class Replaced implements Serializable {
    static final Replaced ONLY = new Replaced();

    private Object readResolve() {
      return ONLY;
    }
  }

  @Test
  void functionsRunAfterTheTrip() throws Exception {
    int k = 5;
    Fn inner = x -> x + k;
    Fn returns = x -> (Fn) y -> x + y;
    record Local(int v) {}

    assertEquals(26, run(x -> x + k));
    assertEquals(42, run(ClosureCodecTest::twice));
    assertEquals(52, run(x -> twice((Integer) inner.call(x))));
    assertEquals(22, ((Fn) assertNotNullValue(run(returns))).call(1));
    assertEquals(22, run(x -> Op.PLUS.apply(x)));
    assertEquals(new Local(21), run(Local::new));
    assertEquals(121, run(new Outer(100).inner()));
    assertEquals(26, run(anonymous(k)));
  }

  private static Fn anonymous(int k) {
    return new Fn() {
      @Override
      public Object call(int x) {
        return x + k;
      }
    };
  }

  private static Object assertNotNullValue(@Nullable Object value) {
    assertNotNull(value);
    return value;
  }

  @Test
  void lambdaThatRefersToItselfKeepsWorkingAndTravelsOn() throws Exception {
    Fn factorial = new Outer(0).factorial();
    TaskFunction ten =
        (argument, inputs) -> factorial.call(10); // Captures the lambda as a plain value.

    TaskFunction once = trip(ten);
    TaskFunction again = trip(once);

    assertEquals(3628800L, once.call(null, new Object[0]));
    assertEquals(3628800L, again.call(null, new Object[0]));
  }

  @Test
  void lambdasOfTheJdkAreCaptured() throws Exception {
    Comparator<String> byLength =
        Comparator.comparing(
            (java.util.function.Function<String, Integer> & Serializable) String::length);
    Comparator<String> reversed = byLength.reversed();

    assertEquals(1, run(x -> byLength.compare("aa", "b")));
    assertEquals(-1, run(x -> Integer.signum(reversed.compare("aa", "b"))));
    assertEquals(List.of(2, 1), captured(List.of(2, 1)));
  }

  @Test
  @SuppressWarnings({"JdkObsolete", "JavaUtilDate"}) // Users capture them.
  void valuesOfTheJdkAreCaptured() throws Exception {
    Map<String, Integer> sorted = new TreeMap<>(Comparator.reverseOrder());
    sorted.putAll(Map.of("a", 1, "b", 2));
    List<Object> values =
        List.of(
            new ArrayList<>(List.of(1, "two", 3.0)),
            java.util.Arrays.asList(1, null, 3),
            java.util.stream.Stream.of(1, null).toList(),
            Collections.unmodifiableList(new ArrayList<>(List.of(1))),
            Collections.synchronizedMap(new HashMap<>(Map.of(1, 2))),
            Collections.emptyMap(),
            Set.of(1, 2, 3),
            Map.of("k", List.of(1)),
            new LinkedHashMap<>(Map.of("x", 1)),
            new ConcurrentHashMap<>(Map.of("x", 1)),
            sorted,
            new java.util.LinkedList<>(List.of(1, 2)),
            EnumSet.of(TimeUnit.DAYS, TimeUnit.HOURS),
            EnumSet.of(Op.PLUS),
            new EnumMap<>(Map.of(Op.PLUS, 1)),
            Optional.of("x"),
            Optional.empty(),
            Duration.ofMillis(1500),
            ZonedDateTime.parse("2024-02-29T12:00:00+01:00[Europe/Berlin]"),
            new BigDecimal("3.14159265358979323846"),
            BigInteger.TWO.pow(200),
            new UUID(1, 2),
            java.net.URI.create("http://example.org/x"),
            java.util.Locale.GERMANY,
            new java.util.Date(12345),
            java.util.BitSet.valueOf(new long[] {5}),
            Op.PLUS,
            TimeUnit.SECONDS,
            String.class,
            int.class,
            new Pair<>("a", List.of(new Pair<>(1, Optional.of(2L)))),
            'x',
            (short) 7,
            "wide \u20ac and \ud83d\ude00");

    assertEquals(values, captured(values));
    assertEquals(
        List.of(1, 2, 3),
        new ArrayList<>(
            (PriorityQueue<?>)
                assertNotNullValue(captured(new PriorityQueue<>(List.of(1, 2, 3))))));
    assertEquals(9, ((AtomicInteger) assertNotNullValue(captured(new AtomicInteger(9)))).get());
    assertEquals(
        "a.b",
        ((java.util.regex.Pattern)
                assertNotNullValue(captured(java.util.regex.Pattern.compile("a.b"))))
            .pattern());
    assertEquals(
        List.of(1, 2),
        java.util.Arrays.asList((Object[]) assertNotNullValue(captured(new Object[] {1, 2}))));
    assertEquals(7, ((int[][]) assertNotNullValue(captured(new int[][] {{1}, {2, 7}})))[1][1]);
  }

  @Test
  void cyclesAndIdentityAreKept() throws Exception {
    Node a = new Node("a");
    Node b = new Node("b");
    a.next = b;
    b.next = a;
    List<Object> loop = new ArrayList<>(List.of(a));
    loop.add(loop);

    Node back = (Node) assertNotNullValue(captured(a));
    List<?> loopBack = (List<?>) assertNotNullValue(captured(loop));

    assertSame(back, java.util.Objects.requireNonNull(back.next).next);
    assertSame(loopBack, loopBack.get(1));
  }

  @Test
  void subclassesOfJdkClassesKeepWhatBothHold() throws Exception {
    Tagged tagged = new Tagged();
    tagged.tag = "t";
    tagged.add(new Pair<>(1, 2));

    Tagged back = (Tagged) assertNotNullValue(captured(tagged));
    Loud loud = (Loud) assertNotNullValue(captured(new Loud("m", new IOException("inner"))));

    assertEquals("t", back.tag);
    assertEquals(List.of(new Pair<>(1, 2)), List.copyOf(back));
    assertEquals("detail", loud.detail.name);
    assertEquals("inner", java.util.Objects.requireNonNull(loud.getCause()).getMessage());
    assertSame(Replaced.ONLY, captured(Replaced.ONLY));
  }

  @Test
  void lambdaWithOneNumberTakesFewBytes() {
    int k = 5;

    byte[] encoded = codec.encode((argument, inputs) -> k, "t");

    assertTrue(encoded.length <= 350, () -> encoded.length + " bytes");
  }

  @Test
  void missingClassIsNamed() {
    byte[] encoded = codec.encode(new Adapter(x -> x), "t");

    CorruptPayloadException e =
        assertThrows(
            CorruptPayloadException.class,
            () -> codec.decode(encoded, ClassLoader.getPlatformClassLoader()));

    assertEquals(Optional.of(Adapter.class.getName()), e.missingClass());
  }

  /** Loads the test's classes once more, as a loader of shipped code does. */
  private static final class Copies extends ClassLoader {
    Copies() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      ClassLoader app = ClosureCodecTest.class.getClassLoader();
      if (!name.startsWith(ClosureCodecTest.class.getName())) {
        return app.loadClass(name);
      }
      try (InputStream in = app.getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  @Tag("slow")
  void loadersThatWereUsedAreCollected() throws Exception {
    byte[] encoded = codec.encode(new Adapter(x -> new Pair<>(x, Op.PLUS)), "t");
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      ClassLoader loader = new Copies();
      TaskFunction function = codec.decode(encoded, loader).function();
      codec.encode(function, "t");
      assertSame(loader, function.getClass().getClassLoader());
      loaders.add(new WeakReference<>(loader));
    }

    for (int i = 0; i < 20 && alive(loaders) > 0; i++) {
      System.gc();
    }

    assertTrue(alive(loaders) <= 1, () -> alive(loaders) + " of 200 loaders are still alive");
  }

  private static long alive(List<WeakReference<ClassLoader>> loaders) {
    return loaders.stream().filter(reference -> reference.get() != null).count();
  }
}

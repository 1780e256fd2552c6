package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // A scope is there to be open, nobody calls it.
class SerializationTest {

  record Service(String name, Thread thread) {}

  record Point(int x, int y) {}

  @Test
  @Tag("slow")
  void whatCanBeSentIsMeasured() {
    List<Point> points = List.of(new Point(1, 2), new Point(3, 4));
    ByteSink sink = new ByteSink();
    new ValueCodec(new KryoPools()).write(points, sink);

    Serialization.Report report = Serialization.check(points);

    assertThat(report.ok()).isTrue();
    assertThat(report.bytes()).isEqualTo(sink.size());
    assertThat(report.classes()).contains(Point.class.getName());
    assertThat(report.codeBytes()).isGreaterThan(500);
    assertThat(report)
        .hasToString(
            "can be sent: "
                + sink.size()
                + " bytes, and "
                + report.codeBytes()
                + " bytes of code once per worker ("
                + report.classes().size()
                + " classes, "
                + report.jars().size()
                + " jars)");
  }

  @Test
  void valuesOfTheJdkTakeNoCodeAlong() {
    Serialization.Report report = Serialization.check(new ArrayList<>(List.of("a", 1)));

    assertThat(report)
        .isEqualTo(new Serialization.Report(report.bytes(), 0, List.of(), List.of(), List.of()));
  }

  @Test
  void aLambdaThatCannotBeSentIsToldWithPathAndCure() {
    Service svc = new Service("x", new Thread());
    Fn0<String> function = () -> svc.name();

    Serialization.Report report = Serialization.check(function);

    assertThat(report.ok()).isFalse();
    assertThat(report.findings()).hasSize(1);
    Serialization.Finding finding = report.findings().get(0);
    assertThat(finding.path())
        .startsWith("a value → lambda ")
        .endsWith(" captured 'svc' (Service) → component thread (Thread)");
    assertThat(finding.type()).isEqualTo("java.lang.Thread");
    assertThat(report.toString()).contains("Fix: start it inside the task");
  }

  @Test
  void aLazyIsLookedAtWithAllItNeeds() {
    Lazy<Integer> good = Lazy.delayed(new Point(1, 2), Point::x);
    Lazy<Integer> bad = Lazy.delayed(new Service("x", new Thread()), it -> it.name().length());
    Lazy<Integer> sum = Lazy.combine(good, bad, Integer::sum);

    Serialization.Report report = Serialization.check(sum);

    assertThat(Serialization.check(good.map(x -> x + 1)).ok()).isTrue();
    assertThat(report.findings())
        .extracting(Serialization.Finding::path)
        .containsExactly("a value (Service) → component thread (Thread)");
    assertThat(report.bytes()).isPositive();
  }

  private static int counter = 1;
  private static final int CONSTANT = Integer.parseInt("1");
  private static final List<String> NAMES = List.of("a");
  private static final AtomicInteger CALLS = new AtomicInteger();
  private static final Map<String, Integer> CACHE = new ConcurrentHashMap<>();

  private static int deeper(int x) {
    Fn1<Integer, Integer> inner = y -> y + CALLS.get() + CACHE.size();
    return inner.hashCode() + CONSTANT + NAMES.size() + x;
  }

  private static int unused() {
    return unread++;
  }

  private static int unread;

  @Test
  void staticFieldsThatAreReadAndNotSentAreWarnedOf() {
    counter++;
    Serialization.Report report =
        Serialization.check(Lazy.delayed(1, x -> deeper(x) + counter).key("load"));

    assertThat(report.ok()).isTrue();
    assertThat(report.findings())
        .extracting(Serialization.Finding::severity)
        .containsOnly(Serialization.Severity.WARNING);
    assertThat(report.findings())
        .extracting(Serialization.Finding::path)
        .containsOnly("task 'load'");
    assertThat(report.findings())
        .extracting(Serialization.Finding::reason)
        .containsExactlyInAnyOrder(
            "reads static SerializationTest.counter (int), which is not sent: the worker sees what"
                + " its own class initializer makes of it",
            "reads static SerializationTest.CALLS (AtomicInteger), which is not sent: the worker"
                + " sees what its own class initializer makes of it",
            "reads static SerializationTest.CACHE (Map), which is not sent: the worker sees what"
                + " its own class initializer makes of it");
    assertThat(unused()).isZero();
  }

  @Test
  void theScopeAndTheSerializerOfATaskCount() {
    Service svc = new Service("x", Thread.currentThread());
    Lazy<Point> java = Lazy.value(new Point(1, 2)).serializer("java");

    assertThat(Serialization.check(new Point(1, 2)).ok()).isTrue();
    try (Serializers.Scope scope = Serializers.use("java")) {
      assertThat(Serialization.check(new Point(1, 2)).findings())
          .extracting(Serialization.Finding::reason)
          .containsExactly("it is not Serializable, as serializer [java] demands");
      assertThat(Serialization.check(Ship.byValue(new Point(3, 4))).ok()).isTrue();
    }
    assertThat(Serialization.check(java).ok()).isFalse();
    assertThat(Serialization.check(svc).ok()).isFalse();
  }
}

package io.dagwright.jvms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.Client;
import io.dagwright.Fn1;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.Persisted;
import io.dagwright.error.TaskFailedException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.util.Strings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks run on a worker that has none of their classes. */
@Tag("jvms")
@Timeout(300)
class BareWorkerIT {

  private static Node scheduler;
  private static Jvm worker;
  private static Client client;

  record Point(int x, List<String> names) {}

  enum Sign {
    PLUS {
      @Override
      int apply(int value) {
        return value;
      }
    },
    MINUS {
      @Override
      int apply(int value) {
        return -value;
      }
    };

    abstract int apply(int value);
  }

  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /** Needs another class of ours to answer. */
  static final class Helper {
    private Helper() {}

    static int twice(int value) {
      return Deeper.add(value, value);
    }
  }

  static final class Deeper {
    private Deeper() {}

    static int add(int a, int b) {
      return a + b;
    }
  }

  @BeforeAll
  static void start() {
    scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
    worker = Jvm.startBareWorker("bare", scheduler.address());
    client = scheduler.client();
  }

  @AfterAll
  static void stop() {
    client.close();
    worker.close();
    scheduler.close();
  }

  @Test
  void lambdasBringTheirClassesAlong() {
    int captured = 20;

    int answer = client.compute(Lazy.delayed(() -> Helper.twice(captured) + 2));

    assertThat(answer).isEqualTo(42);
  }

  @Test
  void valuesOfOurClassesGoThereAndComeBack() {
    record Local(Point point, Sign sign) {}
    Lazy<Local> made =
        Lazy.delayed(new Point(7, List.of("a")), point -> new Local(point, Sign.MINUS));

    Local local = client.compute(made);
    int applied = client.compute(made.map(it -> it.sign().apply(it.point().x())));

    assertThat(local).isEqualTo(new Local(new Point(7, List.of("a")), Sign.MINUS));
    assertThat(applied).isEqualTo(-7);
  }

  @Test
  void anonymousClassesAndLambdasInLambdasDo() {
    List<Integer> numbers = List.of(3, 1, 2);
    Fn1<Integer, Integer> outer =
        new Fn1<>() {
          private static final long serialVersionUID = 1L;

          @Override
          public Integer call(Integer factor) {
            Fn1<Integer, Integer> inner = value -> value * factor;
            List<Integer> scaled = new ArrayList<>();
            for (Integer number : numbers) {
              try {
                scaled.add(inner.call(number));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            }
            scaled.sort(Comparator.reverseOrder());
            return scaled.get(0);
          }
        };

    assertThat(client.compute(Lazy.delayed(10, outer))).isEqualTo(30);
  }

  /** Each part has the next; the last has the first. */
  static final class Ring {
    final String name;
    Ring next = this;

    Ring(String name) {
      this.name = name;
    }
  }

  @Test
  void objectsThatPointAtOneAnotherDo() {
    Ring first = new Ring("a");
    first.next = new Ring("b");
    first.next.next = first;

    Ring answer = client.compute(Lazy.delayed(first, ring -> ring.next));

    assertThat(answer.name).isEqualTo("b");
    assertThat(answer.next.name).isEqualTo("a");
    assertThat(answer.next.next).isSameAs(answer);
  }

  record Pair<A, B>(A left, B right) {
    <C> Pair<A, C> with(C other) {
      return new Pair<>(left, other);
    }
  }

  @Test
  void genericRecordsDo() {
    Pair<Point, Sign> pair = new Pair<>(new Point(1, List.of()), Sign.PLUS);

    Lazy<Pair<Point, Optional<Sign>>> other =
        Lazy.delayed(pair, it -> it.with(Optional.of(it.right())));

    assertThat(client.compute(other))
        .isEqualTo(new Pair<>(new Point(1, List.of()), Optional.of(Sign.PLUS)));
  }

  @Test
  void lambdasThatTheJdkMakesDo() {
    Comparator<String> byLength =
        Comparator.comparing((Function<String, Integer> & Serializable) String::length);
    Comparator<Point> byName =
        Comparator.comparing((Function<Point, String> & Serializable) it -> it.names().get(0));
    List<Point> points = List.of(new Point(1, List.of("z")), new Point(2, List.of("y")));

    String longest =
        client.compute(Lazy.delayed(() -> Stream.of("a", "bbb", "cc").max(byLength).orElse("")));
    int first = client.compute(Lazy.delayed(() -> points.stream().min(byName).orElseThrow().x()));

    assertThat(longest).isEqualTo("bbb");
    assertThat(first).isEqualTo(2);
  }

  private static final Fn1<Integer, Integer> FACTORIAL =
      n -> n <= 1 ? 1 : n * BareWorkerIT.FACTORIAL.call(n - 1);

  @Test
  void lambdasThatCallThemselvesDo() {
    class Recursive {
      final Fn1<Integer, Integer> sum = n -> n == 0 ? 0 : n + this.sum.call(n - 1);
    }
    Recursive recursive = new Recursive();

    assertThat(client.compute(Lazy.delayed(5, FACTORIAL))).isEqualTo(120);
    assertThat(client.compute(Lazy.delayed(4, recursive.sum))).isEqualTo(10);
  }

  @Test
  void methodReferencesAndInnerClassesDo() {
    class Counter {
      final int from;

      Counter(int from) {
        this.from = from;
      }

      Integer next(Integer by) {
        return from + by;
      }
    }

    assertThat(client.compute(Lazy.delayed(21, Helper::twice))).isEqualTo(42);
    assertThat(client.compute(Lazy.delayed(2, new Counter(40)::next))).isEqualTo(42);
  }

  @Test
  void jarsComeAlong() {
    String joined = client.compute(Lazy.delayed(() -> Strings.join("a", "b").with("-")));

    assertThat(joined).isEqualTo("a-b");
  }

  @Test
  void exceptionsOfOurClassesArriveAsThemselves() {
    assertThatThrownBy(
            () ->
                client.compute(
                    Lazy.<Integer>delayed(
                        () -> {
                          throw new Refused("not today");
                        })))
        .isInstanceOf(TaskFailedException.class)
        .cause()
        .isInstanceOf(Refused.class)
        .hasMessage("not today");
  }

  @Test
  void keptResultsOfOurClassesFeedTasksOfAnotherClient() {
    Persisted<Point> kept = client.persist(Lazy.delayed(() -> new Point(5, List.of("b", "c"))));
    try (Client other = Client.connect(scheduler.address())) {
      Lazy<Integer> count = kept.lazy().map(point -> point.names().size() + point.x());

      assertThat(other.compute(count)).isEqualTo(7);
    }
    assertThat(kept.join().x()).isEqualTo(5);
    kept.release();
  }

  /** Not in one piece, so that no class file names the class. */
  private static final String OUR_PACKAGE = BareWorkerIT.class.getPackageName() + ".";

  @Test
  void classesThatOnlyANameAsksForComeWhenTheyAreWanted() {
    String name = OUR_PACKAGE + "OnlyByName";

    String answer =
        client.compute(
            Lazy.delayed(
                () -> Class.forName(name).getDeclaredConstructor().newInstance().toString()));

    assertThat(answer).isEqualTo("answer 42");
  }

  @Test
  void classThatNobodyHasIsNamed() {
    String name = OUR_PACKAGE + "Nowhere";

    assertThatThrownBy(() -> client.compute(Lazy.delayed(() -> Class.forName(name).getName())))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("io.dagwright.jvms.Nowhere: neither this worker nor the program")
        .hasCauseInstanceOf(ClassNotFoundException.class);
  }

  @Test
  void graphsInsideTasksDo() {
    Map<String, Integer> answer =
        client.compute(
            Lazy.delayed(
                () -> {
                  Point inner = Lazy.delayed(() -> new Point(Helper.twice(4), List.of())).compute();
                  return Map.of("x", inner.x());
                }));

    assertThat(answer).containsEntry("x", 8);
  }
}

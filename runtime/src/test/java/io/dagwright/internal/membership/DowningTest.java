package io.dagwright.internal.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dagwright.internal.membership.Downing.Node;
import io.dagwright.internal.membership.Downing.Suspicion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DowningTest {

  private static final long AFTER_NANOS = 100;

  /** Schedulers are called s, workers w. */
  private static List<Node> nodes(String... ids) {
    return Arrays.stream(ids).map(id -> new Node(id, id.startsWith("s"))).toList();
  }

  /** Each of the suspicions is two ids: observer and subject. */
  private static List<Suspicion> suspicions(String... pairs) {
    return Arrays.stream(pairs)
        .map(pair -> new Suspicion(pair.split(" ", -1)[0], pair.split(" ", -1)[1]))
        .toList();
  }

  /** Nobody of one side reaches anybody of the other. */
  private static List<Suspicion> cut(Collection<String> one, Collection<String> other) {
    List<Suspicion> cut = new ArrayList<>();
    for (String a : one) {
      for (String b : other) {
        cut.add(new Suspicion(a, b));
        cut.add(new Suspicion(b, a));
      }
    }
    return cut;
  }

  /** What a node decides once all this has been so for long enough. */
  private static Set<String> decided(String self, List<Node> nodes, List<Suspicion> suspicions) {
    Downing downing = new Downing(AFTER_NANOS);
    assertEquals(Set.of(), downing.decide(self, nodes, suspicions, 0));
    return downing.decide(self, nodes, suspicions, AFTER_NANOS);
  }

  @Test
  void workersThatCannotReachOneAnotherCostNobodyAnything() {
    List<Node> nodes = nodes("s1", "w1", "w2", "w3");
    List<Suspicion> cut = cut(List.of("w1"), List.of("w2", "w3"));

    for (Node node : nodes) {
      assertEquals(Set.of(), decided(node.id(), nodes, cut), node.id());
    }
  }

  @Test
  void aWorkerThatNoSchedulerReachesGoes() {
    List<Node> nodes = nodes("s1", "w1", "w2");

    assertEquals(Set.of("w1"), decided("s1", nodes, suspicions("s1 w1", "w2 w1")));
    assertEquals(Set.of(), decided("w2", nodes, suspicions("s1 w1", "w2 w1")));
  }

  @Test
  void aWorkerThatOneOfThreeSchedulersReachesStays() {
    List<Node> nodes = nodes("s1", "s2", "s3", "w1");

    assertEquals(Set.of(), decided("s1", nodes, suspicions("s1 w1", "s3 w1")));
    assertEquals(Set.of("w1"), decided("s1", nodes, suspicions("s1 w1", "s2 w1", "s3 w1")));
  }

  @Test
  void aCutThatGoesOneWayCostsTheWorkerAndNeverTheScheduler() {
    List<Node> nodes = nodes("s1", "w1", "w2");

    assertEquals(Set.of(), decided("s1", nodes, suspicions("w1 s1")));
    assertEquals(Set.of("w1"), decided("w1", nodes, suspicions("w1 s1")));
    assertEquals(Set.of("w1"), decided("s1", nodes, suspicions("s1 w1")));
  }

  @Test
  void aWorkerThatReachesAnySchedulerGoesOn() {
    List<Node> nodes = nodes("s1", "s2", "s3", "w1");

    assertEquals(Set.of(), decided("w1", nodes, suspicions("w1 s1", "w1 s2")));
    assertEquals(Set.of("w1"), decided("w1", nodes, suspicions("w1 s1", "w1 s2", "w1 s3")));
    assertEquals(Set.of(), decided("w1", nodes("w1", "w2"), suspicions("w1 w2")));
  }

  @Test
  void theGreaterPartOfTheSchedulersStays() {
    List<Node> nodes = nodes("s1", "s2", "s3", "s4", "s5", "w1", "w2");
    List<Suspicion> cut = cut(List.of("s1", "s2", "w1"), List.of("s3", "s4", "s5", "w2"));

    assertEquals(Set.of("s1"), decided("s1", nodes, cut));
    assertEquals(Set.of("s2"), decided("s2", nodes, cut));
    assertEquals(Set.of("s1", "s2", "w1"), decided("s3", nodes, cut));
  }

  @Test
  void ofTwoSchedulersTheFirstStays() {
    List<Node> nodes = nodes("s1", "s2");

    assertEquals(Set.of("s2"), decided("s1", nodes, suspicions("s1 s2")));
    assertEquals(Set.of("s2"), decided("s2", nodes, suspicions("s2 s1")));
  }

  @Test
  void schedulersThatAThirdReachesBothLoseOnlyOne() {
    List<Node> nodes = nodes("s1", "s2", "s3");
    List<Suspicion> cut = cut(List.of("s1"), List.of("s2"));

    assertEquals(Set.of("s2"), decided("s1", nodes, cut));
    assertEquals(Set.of("s2"), decided("s2", nodes, cut));
    assertEquals(Set.of("s2"), decided("s3", nodes, cut));
  }

  @Test
  void noPartStaysIfAllAreSmall() {
    List<Node> nodes = nodes("s1", "s2", "s3");
    List<Suspicion> cut = new ArrayList<>(cut(List.of("s1"), List.of("s2", "s3")));
    cut.addAll(cut(List.of("s2"), List.of("s3")));

    for (Node node : nodes) {
      assertEquals(Set.of(node.id()), decided(node.id(), nodes, cut));
    }
  }

  @Test
  void whateverTheCutAtMostOnePartOfTheSchedulersGoesOn() {
    List<String> ids = List.of("s1", "s2", "s3", "s4", "s5");
    List<Node> nodes = nodes(ids.toArray(String[]::new));
    for (int bits = 1; bits < 31; bits++) {
      Set<String> one = new LinkedHashSet<>();
      Set<String> other = new LinkedHashSet<>();
      for (int i = 0; i < ids.size(); i++) {
        ((bits >> i & 1) == 0 ? one : other).add(ids.get(i));
      }
      Set<String> going = new TreeSet<>();
      for (String self : ids) { // Each side has heard only of its own suspicions.
        Set<String> side = one.contains(self) ? one : other;
        List<Suspicion> known =
            cut(one, other).stream().filter(each -> side.contains(each.observer())).toList();
        if (!decided(self, nodes, known).contains(self)) {
          going.add(self);
        }
      }
      Set<String> greater = one.size() > other.size() ? one : other;
      assertEquals(new TreeSet<>(greater), going, () -> one + " | " + other);
    }
  }

  @Test
  void whatMendsInTimeIsForgotten() {
    List<Node> nodes = nodes("s1", "w1", "w2");
    Downing downing = new Downing(AFTER_NANOS);

    assertEquals(Set.of(), downing.decide("s1", nodes, suspicions("s1 w1"), 0));
    assertEquals(Set.of(), downing.decide("s1", nodes, suspicions("s1 w2"), 90));
    assertEquals(Set.of(), downing.decide("s1", nodes, suspicions("s1 w1", "s1 w2"), 110));
    assertEquals(Set.of("w2"), downing.decide("s1", nodes, suspicions("s1 w1", "s1 w2"), 190));
    assertEquals(
        Stream.of("w1", "w2").collect(Collectors.toSet()),
        downing.decide("s1", nodes, suspicions("s1 w1", "s1 w2"), 210));
  }
}

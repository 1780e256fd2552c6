package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.error.WorkerLocalException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // A scope is there to be open, nobody calls it.
class WorkerLocalTest {

  /** How many there are and were, by the test that made them. */
  private static final Map<String, AtomicInteger> MADE = new ConcurrentHashMap<>();

  private static final Map<String, AtomicInteger> CLOSED = new ConcurrentHashMap<>();
  private static final Map<String, AtomicInteger> FAILURES_LEFT = new ConcurrentHashMap<>();

  static final class Connection implements AutoCloseable {
    private final String test;
    private final int number;
    private final Thread thread = Thread.currentThread(); // Cannot be sent.

    Connection(String test) {
      if (counter(FAILURES_LEFT, test).getAndDecrement() > 0) {
        throw new IllegalStateException("no database");
      }
      this.test = test;
      this.number = counter(MADE, test).incrementAndGet();
    }

    int number() {
      assertThat(thread).isNotNull();
      return number;
    }

    @Override
    public void close() {
      counter(CLOSED, test).incrementAndGet();
    }
  }

  private static AtomicInteger counter(Map<String, AtomicInteger> counters, String test) {
    return counters.computeIfAbsent(test, key -> new AtomicInteger());
  }

  private static WorkerLocal<Connection> connection(String test) {
    return WorkerLocal.of("db", () -> new Connection(test));
  }

  @Test
  void localRunsShareOneUntilItIsClosed() {
    WorkerLocal<Connection> db = connection("local");
    List<Lazy<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tasks.add(Lazy.delayed(i, x -> db.get().number()));
    }

    Set<Integer> numbers;
    try (GraphRunner threads = Schedulers.threads(4)) {
      numbers = new HashSet<>(threads.compute(Lazy.list(tasks)));
    }

    assertThat(numbers).containsExactly(1);
    assertThat(db.get().number()).isEqualTo(1);
    assertThat(counter(CLOSED, "local")).hasValue(0);
    db.close();
    assertThat(counter(CLOSED, "local")).hasValue(1);
    assertThat(db.get().number()).isEqualTo(2);
  }

  @Test
  void aMakerThatFailsIsTriedAgain() {
    counter(FAILURES_LEFT, "failing").set(1);
    WorkerLocal<Connection> db = connection("failing");

    assertThatThrownBy(db::get)
        .isInstanceOf(WorkerLocalException.class)
        .hasMessage(
            "WorkerLocal [db]: it cannot be made: java.lang.IllegalStateException: no database."
                + " The next task that asks tries again.")
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(db.get().number()).isEqualTo(1);
  }

  @Test
  void aMakerThatAsksForItselfIsTold() {
    List<WorkerLocal<String>> self = new ArrayList<>();
    self.add(WorkerLocal.of("self", () -> self.get(0).get()));

    assertThatThrownBy(() -> self.get(0).get())
        .isInstanceOf(WorkerLocalException.class)
        .hasRootCauseMessage("WorkerLocal [self]: its maker asks for itself.");
  }

  @Test
  void standInsAreForTests() {
    WorkerLocal<String> db = WorkerLocal.of("db", () -> "real");

    try (WorkerLocal.Scope scope = db.using("fake")) {
      assertThat(Lazy.delayed(() -> db.get() + " row").compute()).isEqualTo("fake row");
    }
    assertThat(db.get()).isEqualTo("real");
  }

  @Test
  @Tag("slow")
  void standInsGoWhereTheTaskGoes() {
    WorkerLocal<Object> db = WorkerLocal.of("db", () -> "real");
    Lazy<String> task = Lazy.delayed(() -> db.get() + " row");
    try (LocalCluster cluster = LocalCluster.threads(1, 1);
        Client client = cluster.client()) {
      try (WorkerLocal.Scope scope = db.using("fake")) {
        assertThat(client.compute(task)).isEqualTo("fake row");
      }
      try (WorkerLocal.Scope scope = db.using(new Thread())) { // Rather than the real one.
        assertThatThrownBy(() -> client.compute(task))
            .isInstanceOf(NotSerializableTaskException.class)
            .hasMessageContaining("captured 'db' (WorkerLocal) → field standIn (Thread)");
      }
      assertThat(client.compute(task)).isEqualTo("real row");
    }
  }

  @Test
  @Tag("slow")
  void eachWorkerMakesOneForEachSessionAndClosesItWithTheSession() {
    try (LocalCluster cluster = LocalCluster.threads(2, 2)) {
      Set<Integer> mine;
      Set<Integer> others;
      try (Client one = cluster.client();
          Client other = cluster.client()) {
        mine = numbers(one, connection("sessions"));
        others = numbers(other, connection("sessions"));
        mine.addAll(numbers(one, connection("sessions"))); // The same name is the same thing.

        assertThat(mine).hasSizeLessThanOrEqualTo(2);
        assertThat(others).hasSizeLessThanOrEqualTo(2).doesNotContainAnyElementsOf(mine);
        assertThat(counter(MADE, "sessions")).hasValue(mine.size() + others.size());
        assertThat(counter(CLOSED, "sessions")).hasValue(0);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> counter(CLOSED, "sessions").get() == mine.size() + others.size());
    }
  }

  @Test
  @Tag("slow")
  void aWorkerThatRetiresClosesThem() {
    LocalCluster cluster = LocalCluster.threads(1, 1);
    Client client = cluster.client();
    assertThat(numbers(client, connection("retiring"))).containsExactly(1);

    cluster.close(); // Before its client.

    assertThat(counter(CLOSED, "retiring")).hasValue(1);
    client.close();
  }

  @Test
  @Tag("slow")
  void aTaskWhoseMakerFailsFailsAloneAndTyped() {
    counter(FAILURES_LEFT, "typed").set(1);
    WorkerLocal<Connection> db = connection("typed");
    try (LocalCluster cluster = LocalCluster.threads(1, 1);
        Client client = cluster.client()) {
      assertThatThrownBy(() -> client.compute(Lazy.delayed(() -> db.get().number())))
          .isInstanceOf(TaskFailedException.class)
          .cause()
          .isInstanceOf(WorkerLocalException.class)
          .hasRootCauseMessage("no database");
      assertThat(numbers(client, db)).containsExactly(1);
    }
  }

  private static Set<Integer> numbers(Client client, WorkerLocal<Connection> db) {
    List<Lazy<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      tasks.add(Lazy.delayed(i, x -> db.get().number()));
    }
    return new HashSet<>(client.compute(Lazy.list(tasks)));
  }
}

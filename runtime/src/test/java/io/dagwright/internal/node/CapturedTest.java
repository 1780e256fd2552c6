package io.dagwright.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dagwright.Lazy;
import io.dagwright.graph.ProgressListener;
import io.dagwright.internal.supervisor.WorkerProcesses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What functions captured, and what they did not, on workers in other JVMs. */
@Tag("slow")
@Timeout(180)
class CapturedTest {

  private static final int TASKS = 10_000;

  private static int offset = 1;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  private List<String> warnings(String about) {
    return List.copyOf(log.list).stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .filter(message -> message.contains(about))
        .toList();
  }

  @Test
  void aLargeValueCrossesTheNetworkOncePerHostAndStaticFieldsAreWarnedOf() {
    Logger logger = (Logger) LoggerFactory.getLogger("io.dagwright");
    log.start();
    logger.addAppender(log);
    offset = 2; // The workers see 1.
    long[] table = new long[500_000];
    table[3] = 40;
    table[4] = System.nanoTime(); // No run before this one has left it on this host.
    List<Lazy<Long>> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      int number = i;
      tasks.add(Lazy.delayed(() -> table[3] + number + offset).named("look"));
    }
    long[] argument = new long[500_000];
    argument[3] = System.nanoTime();
    List<Lazy<Long>> changing = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      changing.add(Lazy.delayed(argument, array -> array[4]++)); // Each has its own.
    }
    NodeSystem node =
        NodeSystem.start("laptop", NodeSystem.Reach.CLUSTER, Set.of("scheduler"), Map.of());
    try {
      node.join(List.of());
      node.startScheduler();
      WorkerProcesses.Spec spec =
          new WorkerProcesses.Spec(
              "laptop",
              List.of("a", "b"),
              1,
              Map.of(),
              Map.of(),
              List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
              List.of());
      try (WorkerProcesses workers = Supervision.ofScheduler(node, spec);
          ClusterClient client = ClusterClient.on(node)) {
        List<?> sums = run(client, Lazy.list(tasks));
        List<?> again = run(client, Lazy.list(tasks.subList(0, 10)));

        List<?> found = (List<?>) sums.get(0);
        assertThat(found).hasSize(TASKS);
        assertThat(found.get(TASKS - 1)).isEqualTo(40L + TASKS);
        assertThat(again).hasSize(1);
        assertThat(workers.pids()).hasSize(2);
        long served = node.services().servedBytes();
        assertThat(served).isBetween(4_000_000L, 7_900_000L); // Two would be 8,000,000.

        List<?> olds = (List<?>) run(client, Lazy.list(changing)).get(0);
        assertThat(olds).isEqualTo(Collections.nCopies(100, 0L));
        assertThat(node.services().servedBytes() - served).isBetween(4_000_000L, 7_900_000L);
      }
      assertThat(warnings("captured 'table' (long[]) takes 40000")).hasSize(1);
      assertThat(warnings("captured 'table'").get(0)).contains("lambda CapturedTest.");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(warnings("reads static"))
                      .singleElement()
                      .asString()
                      .startsWith(
                          "Task [look-0] reads static CapturedTest.offset (int), which is not"
                              + " sent"));
    } finally {
      logger.detachAppender(log);
      node.terminate();
    }
  }

  private static List<?> run(ClusterClient client, Lazy<?> lazy) {
    return client.start(lazy.graph(), "captured", ProgressListener.NONE).join();
  }
}

package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.TaskFuture;
import io.dagwright.error.TaskFailedException;
import io.dagwright.error.TaskOutOfMemoryException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that allocates without bound, beside seven that do not. */
@Tag("jvms")
@Timeout(240)
class OutOfMemoryIT {

  @Test
  void onlyTheTaskThatNeedsTooMuchFails() throws Exception {
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT
            .withForked(true)
            .withNames("small")
            .withWorkers(1, 4)
            .withJvmFlags("-Xmx128m", "-XX:+UseSerialGC");
    try (LocalCluster cluster = LocalCluster.start(options);
        Client client = cluster.client()) {
      awaitWorkers(client, "small");
      Long pid = cluster.processIds().get("small");
      List<TaskFuture<Integer>> innocents = new ArrayList<>();
      TaskFuture<Integer> hog = client.submit(Lazy.delayed(OutOfMemoryIT::allocate).named("hog"));
      for (int i = 0; i < 7; i++) {
        innocents.add(client.submit(Lazy.delayed(i, OutOfMemoryIT::work).impure()));
      }

      for (int i = 0; i < 7; i++) {
        assertThat(innocents.get(i).join()).isEqualTo(i);
      }
      TaskFailedException failure = catchThrowableOfType(TaskFailedException.class, hog::join);
      assertThat(failure).hasMessageContaining("hog");
      assertThat(failure.cause(TaskOutOfMemoryException.class))
          .hasValueSatisfying(
              cause ->
                  assertThat(cause)
                      .hasMessageContaining("worker [small]")
                      .extracting(TaskOutOfMemoryException::heapBytes)
                      .satisfies(bytes -> assertThat(bytes).isBetween(100L << 20, 128L << 20)));
      assertThat(cluster.processIds().get("small")).isEqualTo(pid);
    }
  }

  private static int allocate() {
    List<byte[]> kept = new ArrayList<>();
    while (kept.size() < Integer.MAX_VALUE) {
      kept.add(new byte[1 << 20]);
    }
    return kept.size();
  }

  private static int work(int number) throws InterruptedException {
    byte[] some = new byte[4 << 20];
    Thread.sleep(200); // The work: it holds its array while the other task fills the heap.
    return number + some[number];
  }
}

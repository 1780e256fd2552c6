package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.TaskFuture;
import io.dagwright.error.SchedulerLostException;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code kill -9} of the scheduler. */
@Tag("jvms")
@Timeout(240)
class SchedulerGoneIT {

  @Test
  void futuresOfAConnectedClientFailWithinSeconds() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "both", "worker");
        Client client =
            Client.connect(
                scheduler.awaitLine("node "),
                Map.of("dagwright.client.scheduler-silence", "5s"))) {
      awaitWorkers(client, "worker");
      TaskFuture<Integer> future = client.submit(Lazy.delayed(60_000L, SchedulerGoneIT::sleep));

      long killedNanos = System.nanoTime();
      Jvm.kill(scheduler.pid());

      assertThatThrownBy(future::join).isInstanceOf(SchedulerLostException.class);
      assertThat(NANOSECONDS.toSeconds(System.nanoTime() - killedNanos)).isLessThan(20);
      assertThatThrownBy(() -> client.compute(Lazy.delayed(() -> 1)))
          .isInstanceOf(SchedulerLostException.class);
    }
  }

  private static int sleep(long millis) throws InterruptedException {
    Thread.sleep(millis);
    return 0;
  }
}

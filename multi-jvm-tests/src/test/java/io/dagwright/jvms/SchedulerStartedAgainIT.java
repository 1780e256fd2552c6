package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Client;
import io.dagwright.Lazy;
import java.io.IOException;
import java.net.ServerSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers outlive their scheduler, and serve the next one at the same address. */
@Tag("jvms")
@Timeout(300)
class SchedulerStartedAgainIT {

  private String port = "";

  @BeforeEach
  void choosePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = Integer.toString(free.getLocalPort());
    }
  }

  @Test
  void workersJoinTheNextSchedulerAfterOneWasKilled() throws Exception {
    try (Jvm first = scheduler();
        Jvm worker = Jvm.start(NodeMain.class, "worker", "faithful", first.awaitLine("node "))) {
      computeOnItsWorker();

      Jvm.kill(first.pid());
      try (Jvm second = scheduler()) {
        second.awaitLine("node ");
        computeOnItsWorker();
      }

      assertThat(worker.isAlive()).isTrue();
    }
  }

  @Test
  void workersJoinTheNextSchedulerAfterOneHasLeft() throws Exception {
    try (Jvm first = scheduler();
        Jvm worker = Jvm.start(NodeMain.class, "worker", "faithful", first.awaitLine("node "))) {
      computeOnItsWorker();

      first.say("leave");
      first.awaitExit();
      try (Jvm second = scheduler()) {
        second.awaitLine("node ");
        computeOnItsWorker();
      }

      assertThat(worker.isAlive()).isTrue();
    }
  }

  private Jvm scheduler() throws IOException {
    return Jvm.start(NodeMain.class, "scheduler", "dagwright.port=" + port);
  }

  private void computeOnItsWorker() {
    try (Client client = Clusters.connect("127.0.0.1:" + port)) {
      awaitWorkers(client, "faithful");
      int answer = client.compute(Lazy.delayed(20, x -> x + 1));
      assertThat(answer).isEqualTo(21);
    }
  }
}

package io.dagwright.jvms;

import static io.dagwright.jvms.Clusters.awaitWorkers;
import static io.dagwright.jvms.Clusters.until;
import static io.dagwright.jvms.Clusters.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Persisted;
import io.dagwright.TaskFuture;
import io.dagwright.error.KilledWorkerException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Worker processes whose supervisor is neither the scheduler nor any other actor system. */
@Tag("jvms")
@Timeout(300)
class SupervisorIT {

  private static final String SMALL = "-Xmx64m";
  private static final String AT_THE_FIRST_DEATH = "dagwright.scheduler.allowed-failures=0";

  @TempDir Path traces;

  @Test
  void onlyTheTaskThatKillsItsWorkersFailsAndTheSignalAndTheLastWordsAreKnown() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "scheduler")) {
      String address = scheduler.awaitLine("node ");
      try (Jvm supervisor = supervisor(address, 2, 3, SMALL);
          Client client = Clusters.connect(address)) {
        awaitWorkers(client, "watched-0", "watched-1");
        List<TaskFuture<Integer>> innocents = new ArrayList<>();
        TaskFuture<Integer> poison =
            client.submit(Lazy.delayed(SupervisorIT::killThisProcess).key("poison"));
        for (int i = 0; i < 12; i++) {
          innocents.add(client.submit(Lazy.delayed(i, SupervisorIT::slowly).impure()));
        }

        KilledWorkerException killed =
            catchThrowableOfType(KilledWorkerException.class, poison::join);
        assertThat(killed.exitCodes()).containsExactly(137, 137, 137, 137);
        assertThat(killed)
            .hasMessageContaining("[poison] was lost with its worker 4 times")
            .hasMessageContaining("killed by signal 9")
            .hasMessageContaining("The last lines of its output:\n  ")
            .hasMessageContaining("  Farewell from process ");
        for (int i = 0; i < innocents.size(); i++) {
          assertThat(innocents.get(i).join()).isEqualTo(i);
        }
        assertThat(client.why("watched-0") + client.why("watched-1"))
            .contains("ended")
            .contains("s ago: exit code 137");
        assertThat(supervisor.isAlive()).isTrue();
      }
    }
  }

  @Test
  void aProcessThatTakesTooMuchIsEndedAndTheFiguresAreSaid() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "scheduler", AT_THE_FIRST_DEATH)) {
      String address = scheduler.awaitLine("node ");
      try (Jvm supervisor =
              supervisor(
                  address,
                  1,
                  2,
                  SMALL,
                  "-XX:MaxDirectMemorySize=2g",
                  "dagwright.worker.memory.limit=400 MiB");
          Client client = Clusters.connect(address)) {
        awaitWorkers(client, "watched");

        TaskFuture<Integer> hog = client.submit(Lazy.delayed(SupervisorIT::takeNativeMemory));

        assertThat(catchThrowableOfType(KilledWorkerException.class, hog::join))
            .hasMessageMatching("(?s).*exit code 137, .*terminated at \\d{9} of 419430400 bytes.*");
        assertThat(client.why("watched"))
            .contains("It ran 1 task of [")
            .containsPattern("The process took at most \\d{3}\\.\\d MB of 419\\.4 MB\\.")
            .contains("It would have passed with a limit of more than ", "% as large");
        assertThat(client.compute(Lazy.delayed(() -> 42))).isEqualTo(42);
        assertThat(supervisor.isAlive()).isTrue();
      }
    }
  }

  @Test
  void withoutMemoryOutsideOfTasksAWorkerEnds() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "scheduler", AT_THE_FIRST_DEATH)) {
      String address = scheduler.awaitLine("node ");
      try (Jvm supervisor = supervisor(address, 1, 1, SMALL);
          Client client = Clusters.connect(address)) {
        awaitWorkers(client, "watched");

        TaskFuture<Integer> task =
            client.submit(Lazy.delayed(SupervisorIT::fillTheHeapFromAnotherThread));

        assertThat(catchThrowableOfType(KilledWorkerException.class, task::join))
            .hasMessageContaining("exit code 77, out of memory outside of tasks");
        assertThat(supervisor.isAlive()).isTrue();
      }
    }
  }

  @Test
  void workersEndWithTheirSupervisor() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "scheduler")) {
      String address = scheduler.awaitLine("node ");
      try (Jvm supervisor = supervisor(address, 2, 1, SMALL);
          Client client = Clusters.connect(address)) {
        awaitWorkers(client, "watched-0", "watched-1");
        List<ProcessHandle> workers =
            ProcessHandle.of(supervisor.pid()).map(ProcessHandle::children).orElseThrow().toList();

        Jvm.kill(supervisor.pid());

        assertThat(workers).hasSize(2);
        until("the workers' ends", () -> workers.stream().noneMatch(ProcessHandle::isAlive));
      }
    }
  }

  @Test
  void aCrashLoopIsBrokenWithTheReason() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "scheduler")) {
      String address = scheduler.awaitLine("node ");
      try (Jvm supervisor =
          supervisor(
              address, 1, 1, "-XX:NoSuchFlag=1", "dagwright.worker.processes.crash-loop-ends=3")) {
        supervisor.awaitLine("given up");

        assertThat(supervisor.said())
            .filteredOn(line -> line.contains("is not started again"))
            .singleElement()
            .asString()
            .contains("[watched]", "ended 3 times within 60 s", "exit code 1");
        assertThat(supervisor.said())
            .filteredOn(line -> line.contains("Unrecognized VM option 'NoSuchFlag=1'"))
            .hasSizeGreaterThanOrEqualTo(3);
      }
    }
  }

  @Test
  void toldToLeaveWorkersHandOverTheirResultsFirst() throws Exception {
    try (Jvm scheduler = Jvm.start(NodeMain.class, "both", "steady")) {
      String address = scheduler.awaitLine("node ");
      try (Jvm supervisor = supervisor(address, 2, 1, SMALL);
          Client client = Clusters.connect(address)) {
        awaitWorkers(client, "steady", "watched-0", "watched-1");
        List<Persisted<long[]>> kept =
            client.persist(Work.arrays(traces, "kept", 60, 5, UnaryOperator.identity()));
        kept.forEach(Persisted::awaitReady);
        assertThat(worker(client, "watched-0").results()).isPositive();

        supervisor.say("leave");
        supervisor.awaitLine("left");

        long sum = client.compute(Work.sum(kept.stream().map(Persisted::lazy).toList()));
        assertThat(sum).isEqualTo(Work.expected(60));
        assertThat(Traces.read(traces).values()).hasSize(60).containsOnly(1L);
        assertThat(supervisor.awaitExit()).isZero();
      }
    }
  }

  /** In a heap as small as that of {@code dagwright worker --processes}. */
  private static Jvm supervisor(String seed, int processes, int slots, String... more) {
    String[] arguments =
        Stream.concat(
                Stream.of(seed, Integer.toString(processes), Integer.toString(slots)),
                Stream.of(more))
            .toArray(String[]::new);
    return Jvm.startWith("-Xmx32m", SupervisorMain.class, arguments);
  }

  private static int slowly(int number) throws InterruptedException {
    Thread.sleep(300); // The work.
    return number;
  }

  private static int killThisProcess() throws InterruptedException {
    Thread.sleep(100); // So that others certainly run beside it.
    System.out.println("Farewell from process " + ProcessHandle.current().pid());
    Jvm.kill(ProcessHandle.current().pid());
    Thread.sleep(60_000);
    return 0;
  }

  private static int takeNativeMemory() throws InterruptedException {
    List<ByteBuffer> kept = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      kept.add(ByteBuffer.allocateDirect(10 << 20));
    }
    Thread.sleep(60_000); // Longer than anybody takes to notice.
    return kept.size();
  }

  private static int fillTheHeapFromAnotherThread() throws InterruptedException {
    List<long[]> kept = new ArrayList<>();
    Thread other = new Thread(() -> kept.add(new long[1 << 30]));
    other.start();
    other.join();
    Thread.sleep(60_000); // As above.
    return kept.size();
  }
}

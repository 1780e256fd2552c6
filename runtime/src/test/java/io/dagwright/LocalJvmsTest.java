package io.dagwright;

import static io.dagwright.DelayedCall.delayed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dagwright.error.WorkerStartException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("jvms")
@Timeout(180)
class LocalJvmsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final List<String> SMALL = List.of("-Xmx64m", "-XX:TieredStopAtLevel=1");

  private final LocalJvms jvms = new LocalJvms(Duration.ofMillis(200));

  private Parallel loop(int jobs) {
    return Parallel.with(
        ParallelConfig.DEFAULT
            .withJobs(jobs)
            .withBatch(1)
            .withBackend(new LocalJvmBackend(jvms, SMALL)));
  }

  private static Set<Long> pids(Parallel loop) {
    return new HashSet<>(loop.run(Stream.generate(() -> delayed(LocalJvmsTest::pid)).limit(20)));
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static long heapMax() {
    return Runtime.getRuntime().maxMemory();
  }

  @Test
  void jvmsAreSharedGrownAndReplaced() {
    LocalJvms.Lease first = jvms.lease(2, SMALL); // Keeps them from ending between the loops.

    Set<Long> ofFirst = pids(loop(2));
    assertThat(ofFirst).doesNotContain(pid()).hasSizeBetween(1, 2);
    assertThat(loop(2).run(List.of(delayed(LocalJvmsTest::heapMax))).get(0)).isLessThan(80L << 20);
    LocalJvms.Lease second = jvms.lease(3, SMALL);
    assertThat(second.cluster()).isSameAs(first.cluster());
    assertThat(second.workers()).containsExactly("local-jvm-0", "local-jvm-1", "local-jvm-2");
    assertThat(second.cluster().processIds()).hasSize(3);
    assertThat(pids(loop(2))).isSubsetOf(first.cluster().processIds().values());

    LocalJvms.Lease other = jvms.lease(2, List.of("-Xmx96m", "-XX:TieredStopAtLevel=1"));
    assertThat(other.cluster()).isNotSameAs(first.cluster());
    other.cluster().close();
    LocalJvms.Lease again = jvms.lease(2, List.of("-Xmx96m", "-XX:TieredStopAtLevel=1"));
    assertThat(again.cluster()).isNotSameAs(other.cluster());
    assertThat(again.cluster().isEnded()).isFalse();

    first.giveBack();
    first.giveBack();
    assertThat(first.cluster().isEnded()).isFalse();
    second.giveBack();
    other.giveBack();
    again.giveBack();
    await().atMost(PATIENCE).until(first.cluster()::isEnded);
    await().atMost(PATIENCE).until(again.cluster()::isEnded);
  }

  @Test
  void aKilledJvmIsStartedAgainAndTheLoopGoesOn() {
    LocalJvms.Lease lease = jvms.lease(2, SMALL);
    long victim = pids(loop(2)).iterator().next();

    List<Integer> results =
        loop(2)
            .run(
                Stream.iterate(0, i -> i + 1)
                    .limit(40)
                    .peek(
                        i -> {
                          if (i == 10) {
                            ProcessHandle.of(victim).ifPresent(ProcessHandle::destroyForcibly);
                          }
                        })
                    .map(i -> delayed(i, x -> x + 1)));

    assertThat(results).isEqualTo(Stream.iterate(1, i -> i + 1).limit(40).toList());
    lease.giveBack();
    await().atMost(PATIENCE).until(lease.cluster()::isEnded);
  }

  /** Soon, with what the JVM said; and again, not with what it said before. */
  @Test
  void wrongFlagsFailTheLoop() {
    Parallel loop =
        Parallel.with(
            ParallelConfig.DEFAULT
                .withJobs(2)
                .withBackend(new LocalJvmBackend(jvms, List.of("-XX:NoSuchFlagAtAll=1"))));

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> loop.run(List.of(delayed(() -> 1), delayed(() -> 2))))
          .isInstanceOf(WorkerStartException.class)
          .hasMessageContaining("exit code 1")
          .hasMessageContaining("Unrecognized VM option 'NoSuchFlagAtAll=1'")
          .hasMessageContaining("Its flags were [-XX:NoSuchFlagAtAll=1]");
    }
    assertThat(loop(2).run(List.of(delayed(() -> 1)))).containsExactly(1);
  }

  @Test
  void jvmsHaveAsManyProcessorsAsCallsMayUse() {
    Parallel loop =
        Parallel.with(
            ParallelConfig.DEFAULT
                .withJobs(2)
                .withInnerThreads(3)
                .withBackend(new LocalJvmBackend(jvms, SMALL)));

    assertThat(loop.run(List.of(delayed(LocalJvmsTest::threads)))).containsExactly("3 3");
  }

  private static String threads() {
    return Runtime.getRuntime().availableProcessors()
        + " "
        + ForkJoinPool.getCommonPoolParallelism();
  }

  @Test
  void loopsInsideCallsRunInThreadsOfTheJvm() {
    List<Set<Long>> inside = loop(2).run(List.of(delayed(() -> pids(Parallel.jobs(-1)))));

    assertThat(inside).hasSize(1);
    assertThat(inside.get(0)).hasSize(1).doesNotContain(pid());
  }
}

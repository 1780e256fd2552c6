package io.dagwright.internal.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CrashLoopTest {

  private static final Duration SHORT = Duration.ofSeconds(1);

  private final CrashLoop loop =
      new CrashLoop(
          new SupervisorSettings.Restart(
              Duration.ofMillis(100),
              Duration.ofSeconds(1),
              Duration.ofSeconds(10),
              5,
              Duration.ofSeconds(60)));

  @Test
  void pausesGrowUpToTheLongest() {
    List<OptionalLong> pauses = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      pauses.add(loop.onEnd(SHORT, true, seconds(i)));
    }

    assertThat(pauses).containsExactly(ms(100), ms(200), ms(400), ms(800), ms(1000), ms(1000));
  }

  @Test
  void aHealthyOneStartsAtOnceAndBeginsAnew() {
    loop.onEnd(SHORT, false, seconds(1));

    assertThat(loop.onEnd(Duration.ofSeconds(10), false, seconds(11))).isEqualTo(ms(0));
    assertThat(loop.onEnd(SHORT, false, seconds(12))).isEqualTo(ms(100));
  }

  @Test
  void theFifthEndWithinAMinuteIsTheLast() {
    for (int i = 0; i < 4; i++) {
      assertThat(loop.onEnd(SHORT, false, seconds(15L * i))).isPresent();
    }

    assertThat(loop.onEnd(SHORT, false, seconds(60))).isEmpty();
  }

  @Test
  void endsThatAreLongAgoDoNotCount() {
    for (int i = 0; i < 20; i++) {
      assertThat(loop.onEnd(SHORT, false, seconds(16L * i))).isPresent();
    }
  }

  @Test
  void endsThatTasksAreChargedWithDoNotCount() {
    for (int i = 0; i < 20; i++) {
      assertThat(loop.onEnd(SHORT, true, seconds(i))).isPresent();
    }
    for (int i = 0; i < 4; i++) {
      assertThat(loop.onEnd(SHORT, false, seconds(20 + i))).isPresent();
    }

    assertThat(loop.onEnd(SHORT, true, seconds(25))).isPresent();
    assertThat(loop.onEnd(SHORT, false, seconds(26))).isEmpty();
  }

  private static long seconds(long count) {
    return Duration.ofSeconds(count).toNanos();
  }

  private static OptionalLong ms(long count) {
    return OptionalLong.of(Duration.ofMillis(count).toNanos());
  }
}

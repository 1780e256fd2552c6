package io.dagwright.internal.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Step;
import org.junit.jupiter.api.Test;

/** What is remembered of tasks, and what is counted of the rest. */
class StepLogTest {

  @Test
  void stepsOfATaskComeOldestFirst() {
    StepLog log = new StepLog(8);
    log.onStep(7, 2, Step.Listener.NO_WORKER, Step.READY, 0, 100);
    log.onStep(8, 2, Step.Listener.NO_WORKER, Step.READY, 0, 100);
    log.onStep(7, 2, 3, Step.FINISHED, 50, 200);

    assertThat(log.of(7))
        .containsExactly(
            new StepLog.Line(7, 2, -1, Step.READY, 0, 100),
            new StepLog.Line(7, 2, 3, Step.FINISHED, 50, 200));
    assertThat(log.of(9)).isEmpty();
    assertThat(log.dropped()).isZero();
  }

  @Test
  void whatIsOlderIsOverwrittenAndCounted() {
    StepLog log = new StepLog(4);
    for (int i = 0; i < 10; i++) {
      log.onStep(i % 2, 0, i, Step.SENT, 0, i);
    }

    assertThat(log.of(1)).extracting(StepLog.Line::worker).containsExactly(7, 9);
    assertThat(log.dropped()).isEqualTo(6);
  }

  @Test
  void aLogOfNothingKeepsNothing() {
    StepLog log = new StepLog(0);
    log.onStep(1, 0, 0, Step.SENT, 0, 0);

    assertThat(log.isOff()).isTrue();
    assertThat(log.of(1)).isEmpty();
    assertThat(log.dropped()).isZero();
    assertThatThrownBy(() -> new StepLog(6)).hasMessageContaining("power of two");
  }

  @Test
  void aBufferHoldsSoManyUntilTheyAreTakenAndCountsTheRest() {
    StepBuffer buffer = new StepBuffer(2);
    for (int i = 0; i < 5; i++) {
      buffer.add(i, Step.SPILLED, 10L * i);
    }

    int spilled = Step.SPILLED.ordinal();
    assertThat(buffer.take())
        .isEqualTo(
            new StepBuffer.Batch(Longs.of(0, 1), Ints.of(spilled, spilled), Longs.of(0, 10), 3));
    assertThat(buffer.take().isEmpty()).isTrue();
    buffer.add(6, Step.READ_BACK, 1);
    assertThat(buffer.take().dropped()).isZero();
  }
}

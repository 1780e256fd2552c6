package io.dagwright.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoopStateTest {

  private static final long MILLI = 1_000_000L;

  /** Hands over all that may be, from an input of so many calls. */
  private static List<Integer> fill(LoopState state, int left) {
    List<Integer> batches = new ArrayList<>();
    int rest = left;
    while (true) {
      for (int size = state.dispatch(); size > 0; size = state.dispatch()) {
        batches.add(size);
      }
      int wanted = state.wanted();
      if (wanted == 0) {
        return batches;
      }
      int count = Math.min(wanted, rest);
      rest -= count;
      state.taken(count);
    }
  }

  @Test
  void jobsCountFromTheSlots() {
    assertThat(IntStream.of(1, 7, -1, -2, -4, -9).map(asked -> Jobs.of(asked, 4)))
        .containsExactly(1, 7, 4, 3, 1, 1);
    assertThatThrownBy(() -> Jobs.of(0, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("jobs must not be 0");
  }

  @Test
  void noMoreBatchesAreHandedOverThanMayBe() {
    LoopState state = new LoopState(2, 0, 4);

    assertThat(fill(state, 100)).containsExactly(1, 1, 1, 1);
    assertThat(state.wanted()).isZero();
    state.ended(1, 500 * MILLI);
    assertThat(fill(state, 100)).containsExactly(1);
    assertThat(state.isDone()).isFalse();
  }

  @Test
  void shortBatchesDoubleUntilTheyTakeLongEnough() {
    BatchSize size = new BatchSize();
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      size.ended(size.next(), 20 * MILLI * size.next()); // 20 ms per call.
      sizes.add(size.next());
    }

    assertThat(sizes).containsExactly(2, 4, 8, 16, 16, 16, 16, 16);
  }

  @Test
  void aBatchGrowsNoFurtherThanTwiceTheIdeal() {
    BatchSize size = new BatchSize();
    size.ended(1, 150 * MILLI); // The ideal is 1.33 calls.

    assertThat(size.next()).isEqualTo(2);

    size.ended(2, 199 * MILLI); // The ideal is 2.01 calls.
    assertThat(size.next()).isEqualTo(4);
  }

  @Test
  void longBatchesShrinkToTwiceTheIdeal() {
    BatchSize size = new BatchSize();
    for (int i = 0; i < 5; i++) {
      size.ended(size.next(), MILLI);
    }
    assertThat(size.next()).isEqualTo(32);

    size.ended(32, 3_200 * MILLI); // 100 ms per call by now: the ideal is 2.

    assertThat(size.next()).isEqualTo(4);
  }

  @Test
  void timesAreSmoothed() {
    BatchSize size = new BatchSize();
    size.ended(1, 1_900 * MILLI);
    size.ended(1, 2_300 * MILLI); // 0.8 · 1.9 + 0.2 · 2.3 = 1.98 s: not too long.
    assertThat(size.next()).isEqualTo(1);
    size.ended(7, MILLI); // Of another size: tells nothing.
    assertThat(size.next()).isEqualTo(1);
  }

  @Test
  void theTailIsCutIntoSmallBatches() {
    LoopState state = new LoopState(2, 50, 100);

    assertThat(fill(state, 180))
        .containsExactly(50, 50, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4);
    assertThat(state.isInputEnded()).isTrue();
  }

  @Test
  void itIsDoneWhenAllHaveEnded() {
    LoopState state = new LoopState(2, 0, 4);
    assertThat(fill(state, 1)).containsExactly(1);
    assertThat(state.isDone()).isFalse();

    state.ended(1, MILLI);

    assertThat(state.isDone()).isTrue();
    assertThat(state.wanted()).isZero();
  }

  @Test
  void aLoopOverNothingIsDoneAtOnce() {
    LoopState state = new LoopState(2, 0, 4);

    assertThat(fill(state, 0)).isEmpty();
    assertThat(state.isDone()).isTrue();
  }

  @Test
  void theMoreBatchesEndTheRarerIsALine() {
    assertThat(IntStream.rangeClosed(1, 1000).filter(i -> Verbosity.speaks(0, i))).isEmpty();
    assertThat(IntStream.rangeClosed(1, 1000).filter(i -> Verbosity.speaks(1, i)).count())
        .isEqualTo(5);
    assertThat(IntStream.rangeClosed(1, 20).filter(i -> Verbosity.speaks(10, i)).count())
        .isLessThan(20);
    assertThat(IntStream.rangeClosed(1, 1000).filter(i -> Verbosity.speaks(11, i)).count())
        .isEqualTo(1000);
  }

  @Test
  void linesSayWhatIsKnown() {
    assertThat(Verbosity.line(2, 1, -1, Duration.ofMillis(1500)))
        .isEqualTo("[Parallel(jobs=2)]: Done   1 tasks      | elapsed:    1.5s");
    assertThat(Verbosity.line(2, 5, 10, Duration.ofSeconds(2)))
        .isEqualTo("[Parallel(jobs=2)]: Done   5 out of  10 | elapsed:    2.0s remaining:    2.0s");
    assertThat(Verbosity.line(2, 10, 10, Duration.ofSeconds(2)))
        .endsWith("Done  10 out of  10 | elapsed:    2.0s finished");
  }
}

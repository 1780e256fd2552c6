package io.dagwright.internal.serialization;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;
import org.junit.jupiter.api.Test;

/** What workers say of themselves, as bytes and back. */
class BeatsOnTheWireTest {

  @Test
  void aBeatIsTheSameAfterItsWay() {
    ToScheduler beat =
        new ToScheduler.Beat(
            new Digest(1, 2),
            new Digest(3, 4),
            MemoryLevel.SHORT,
            new WorkerBytes(5, 6, 7, 8, -1, 9, 10, Long.MAX_VALUE),
            new WorkerFigures(
                11,
                12,
                WorkerFigures.NOTHING,
                13,
                14,
                15,
                16,
                17,
                18,
                19,
                20,
                21,
                22,
                23,
                24,
                25,
                26));

    assertThat(MessageCodec.decodeToScheduler(MessageCodec.encode(beat))).isEqualTo(beat);
  }

  @Test
  void stepsAreTheSameAfterTheirWay() {
    ToScheduler noted =
        new ToScheduler.Noted(Longs.of(1L << 40, 2), Ints.of(12, 13), Longs.of(3, 1L << 33), 5);

    assertThat(MessageCodec.decodeToScheduler(MessageCodec.encode(noted))).isEqualTo(noted);
  }
}

package io.dagwright.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CollectionListenerTest {

  /** As the collectors of JDK 17 to 25 name themselves, and what they have done. */
  @ParameterizedTest
  @CsvSource({
    "Copy, end of minor GC, false",
    "MarkSweepCompact, end of major GC, true",
    "PS Scavenge, end of minor GC, false",
    "PS MarkSweep, end of major GC, true",
    "G1 Young Generation, end of minor GC, false",
    "G1 Old Generation, end of major GC, true",
    "ZGC Cycles, end of GC cycle, true",
    "ZGC Minor Cycles, end of GC cycle, false",
    "ZGC Major Cycles, end of GC cycle, true",
    "Shenandoah Cycles, end of GC cycle, true"
  })
  void collectionsOfTheWholeHeapAreMajor(String collector, String action, boolean isMajor) {
    assertThat(CollectionListener.isMajor(collector, action)).isEqualTo(isMajor);
  }
}

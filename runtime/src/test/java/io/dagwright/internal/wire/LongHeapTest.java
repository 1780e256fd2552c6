package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LongHeapTest {

  @Test
  void theSmallestComesFirstUnderRandomUse() {
    SplittableRandom dice = new SplittableRandom(2);
    LongHeap heap = new LongHeap();
    PriorityQueue<Long> model = new PriorityQueue<>();

    for (int i = 0; i < 100_000; i++) {
      if (model.isEmpty() || dice.nextInt(5) < 3) {
        long item = dice.nextLong(1000);
        heap.add(item);
        model.add(item);
      } else {
        assertThat(heap.peek()).isEqualTo(model.peek());
        assertThat(heap.poll()).isEqualTo(model.poll());
      }
      assertThat(heap.size()).isEqualTo(model.size());
    }
  }

  @Test
  void itTellsWhatItHolds() {
    LongHeap heap = new LongHeap();
    heap.add(4);

    assertThat(heap.contains(4)).isTrue();
    assertThat(heap.contains(5)).isFalse();
    assertThat(heap.isEmpty()).isFalse();
  }
}

package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TaskQueueTest {

  @Test
  void largerPriorityRunsFirstThenSmallerTask() {
    TaskQueue queue = new TaskQueue();
    queue.add(0, 2);
    queue.add(5, 9);
    queue.add(0, 1);
    queue.add(-1, 0);
    Longs order = new Longs();

    while (!queue.isEmpty()) {
      order.add(queue.peek());
      queue.poll();
    }

    assertThat(order).isEqualTo(Longs.of(9, 1, 2, 0));
  }

  @Test
  void sizeAndMembershipCoverAllPriorities() {
    TaskQueue queue = new TaskQueue();
    queue.add(0, 2);
    queue.add(1, 3);

    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.priority()).isEqualTo(1);
    assertThat(queue.contains(2)).isTrue();
    assertThat(queue.contains(4)).isFalse();
  }
}

package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class IntsTest {

  @Test
  void columnsWithTheSameItemsAreEqual() {
    Ints grown = new Ints(0);
    for (int i = 0; i < 20; i++) {
      grown.add(i);
    }

    assertThat(grown).isEqualTo(Ints.range(0, 20)).hasSameHashCodeAs(Ints.range(0, 20));
    assertThat(grown).isNotEqualTo(Ints.range(0, 19));
  }

  @Test
  void addingAColumnKeepsOrder() {
    Ints ints = Ints.of(3, 1);

    ints.addAll(Ints.of(2, 7));

    assertThat(ints).isEqualTo(Ints.of(3, 1, 2, 7));
    assertThat(ints.contains(7)).isTrue();
    assertThat(ints.removeLast()).isEqualTo(7);
  }

  @Test
  void columnWithoutAnItemKeepsTheOthersInOrder() {
    Ints ints = Ints.of(3, 1, 3, 2);
    Longs longs = Longs.of(3, 1, 2);

    assertThat(ints.without(3)).isEqualTo(Ints.of(1, 2));
    assertThat(ints.without(4)).isEqualTo(ints);
    assertThat(longs.without(1)).isEqualTo(Longs.of(3, 2));
    assertThat(longs.without(1).without(2).without(3).isEmpty()).isTrue();
  }

  @Test
  void readingPastTheEndThrows() {
    Ints ints = new Ints(8);

    assertThatThrownBy(() -> ints.get(0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ints.set(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void longColumnsBehaveAlike() {
    Longs longs = Longs.of(5, 4);

    longs.addAll(Longs.of(1L << 40));
    longs.sort();

    assertThat(longs).isEqualTo(Longs.of(4, 5, 1L << 40));
    assertThat(longs.removeLast()).isEqualTo(1L << 40);
    assertThat(longs.size()).isEqualTo(2);
  }
}

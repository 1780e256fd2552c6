package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LongMapTest {

  @Test
  void behavesLikeAHashMapUnderRandomUse() {
    SplittableRandom dice = new SplittableRandom(1);
    LongMap<Integer> map = new LongMap<>();
    Map<Long, Integer> model = new HashMap<>();

    for (int i = 0; i < 200_000; i++) {
      long key = (dice.nextInt(300) - 50L) << (dice.nextBoolean() ? 32 : 0);
      if (dice.nextInt(3) == 0) {
        assertThat(map.remove(key)).isEqualTo(model.remove(key));
      } else {
        assertThat(map.put(key, i)).isEqualTo(model.put(key, i));
      }
      assertThat(map.size()).isEqualTo(model.size());
    }

    model.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
    assertThat(map.sortedKeys())
        .isEqualTo(Longs.of(model.keySet().stream().sorted().mapToLong(key -> key).toArray()));
  }

  @Test
  void sameHistoryGivesSameOrder() {
    LongMap<String> first = new LongMap<>();
    LongMap<String> second = new LongMap<>();
    StringBuilder one = new StringBuilder();
    StringBuilder other = new StringBuilder();

    for (long key = 0; key < 100; key++) {
      first.put(key * 7919, "x");
      second.put(key * 7919, "x");
    }
    first.forEach((key, value) -> one.append(key).append(' '));
    second.forEach((key, value) -> other.append(key).append(' '));

    assertThat(one.toString()).isEqualTo(other.toString());
  }
}

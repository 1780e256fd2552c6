package io.dagwright.internal.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Protocol;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulator notices when a rule of the protocol is broken; else it would be worth nothing. */
@Tag("simulation")
class PlantedBugsTest {

  private static final int SEEDS = 1000;

  static Stream<String> rules() {
    return Arrays.stream(Protocol.class.getRecordComponents()).map(RecordComponent::getName);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void brokenRuleIsNoticed(String rule) throws ReflectiveOperationException {
    Protocol broken = without(rule);
    long known = Seeds.without(rule);
    if (known >= 0 && known < SEEDS && fails(known, broken)) {
      return;
    }

    long found = firstFailure(broken);

    assertThat(found).as("seed that shows that %s is off", rule).isBetween(0L, SEEDS - 1L);
    assertThat(known).as("the line [%s # without %s] in seeds.txt", found, rule).isEqualTo(found);
  }

  @Test
  void thereAreAtLeastTenRules() {
    assertThat(rules().count()).isGreaterThanOrEqualTo(10);
  }

  static long firstFailure(Protocol protocol) {
    for (long seed = 0; seed < SEEDS; seed++) {
      if (fails(seed, protocol)) {
        return seed;
      }
    }
    return -1;
  }

  private static boolean fails(long seed, Protocol protocol) {
    try {
      new VirtualCluster(seed, protocol, false).run();
      return false;
    } catch (RuntimeException e) {
      return true;
    }
  }

  static Protocol without(String rule) throws ReflectiveOperationException {
    RecordComponent[] components = Protocol.class.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Arrays.fill(types, boolean.class);
    Constructor<Protocol> constructor = Protocol.class.getDeclaredConstructor(types);
    Object[] switches =
        IntStream.range(0, components.length)
            .mapToObj(i -> !components[i].getName().equals(rule))
            .toArray();
    return constructor.newInstance(switches);
  }
}

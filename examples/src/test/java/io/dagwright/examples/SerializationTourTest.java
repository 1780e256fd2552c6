package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(120)
class SerializationTourTest {

  @Test
  void eachStepGivesItsAnswerAndTheOneThatFailsSaysWhy() {
    List<String> lines = SerializationTour.run(10_000);

    assertThat(lines).hasSize(12);
    assertThat(lines.get(10))
        .contains("[java] does not take", "captured 'doubling' (Doubling)", "Ship.byValue(...)");
    assertThat(lines).filteredOn(line -> line.contains(" 42 in ")).hasSize(11);
  }
}

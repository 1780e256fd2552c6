package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Parallel;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(90)
class ParallelLoopTest {

  @Test
  void theFirstExponentsAreFoundWhateverTheJobs() {
    List<Integer> known = List.of(2, 3, 5, 7, 13, 17, 19, 31);

    assertThat(ParallelLoop.firstExponents(Parallel.jobs(1), 8)).isEqualTo(known);
    assertThat(ParallelLoop.firstExponents(Parallel.jobs(3), 8)).isEqualTo(known);
  }

  @Test
  void itRuns() {
    ParallelLoop.main(new String[0]);
  }
}

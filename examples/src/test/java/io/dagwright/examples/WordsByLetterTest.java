package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.GraphRunner;
import io.dagwright.LocalCluster;
import io.dagwright.Schedulers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class WordsByLetterTest {

  private static final List<String> TEXTS = List.of("An apple", "a pear", "Plums", "two apples");
  private static final Map<Character, Integer> COUNTS = Map.of('a', 4, 'p', 2, 't', 1);

  @Test
  void theGraphGivesTheSameEverywhere() {
    assertThat(Schedulers.synchronous().compute(WordsByLetter.counts(TEXTS))).isEqualTo(COUNTS);
    try (GraphRunner threads = Schedulers.threads(2)) {
      assertThat(threads.compute(WordsByLetter.counts(TEXTS))).isEqualTo(COUNTS);
    }
    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        GraphRunner client = cluster.client()) {
      assertThat(client.compute(WordsByLetter.counts(TEXTS))).isEqualTo(COUNTS);
    }
  }

  @Test
  void itRuns() {
    WordsByLetter.main(new String[0]);
  }
}

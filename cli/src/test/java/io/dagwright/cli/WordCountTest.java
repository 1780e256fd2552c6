package io.dagwright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.Schedulers;
import io.dagwright.cli.WordCount.Block;
import io.dagwright.cli.WordCount.Count;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordCountTest {

  @TempDir private Path directory;

  @Test
  void wordsAreCountedOnceWhereverBlocksAreCut() throws IOException {
    Path file = directory.resolve("text");
    Files.writeString(file, "Größe zählt.\n\nthe end\nof a line\r\nthe last: no line end");

    for (int size = 1; size <= Files.size(file) + 1; size++) {
      List<Block> blocks = new ArrayList<>();
      WordCount.cut(file, Files.size(file), size, "", blocks);

      Map<String, Long> counts = Schedulers.synchronous().compute(WordCount.graph(blocks));

      assertThat(counts)
          .as("blocks of %d bytes", size)
          .containsOnly(
              Map.entry("größe", 1L),
              Map.entry("zählt", 1L),
              Map.entry("the", 2L),
              Map.entry("end", 2L),
              Map.entry("of", 1L),
              Map.entry("a", 1L),
              Map.entry("line", 2L),
              Map.entry("last", 1L),
              Map.entry("no", 1L));
    }
  }

  @Test
  void tiesAreInAlphabeticalOrder() {
    List<Count> top = WordCount.top(Map.of("b", 1L, "a", 1L, "c", 2L, "d", 1L), 3);

    assertThat(top).containsExactly(new Count("c", 2), new Count("a", 1), new Count("b", 1));
  }

  @Test
  void journalTellsLostBlocksFromInterruptedOnes() throws IOException {
    Path journal = directory.resolve("journal");
    Files.writeString(
        journal, "+ 10 0\n- 10 0\n+ 10 1\n+ 20 2\n- 20 2\n+ 20 0\n+ 20 1\n- 20 0\n- 20 1\n");

    Journal.Notes notes = Journal.read(journal);

    assertThat(notes).isEqualTo(new Journal.Notes(Map.of(10L, 1, 20L, 3), 2, 1));
  }
}

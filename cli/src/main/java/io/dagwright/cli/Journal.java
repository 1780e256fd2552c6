package io.dagwright.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A small file in which the demo's tasks note which process counted which block, one line for each
 * start and end: the only way to see what was computed more than once.
 */
final class Journal {

  static final String STARTED = "+";
  static final String ENDED = "-";

  /**
   * What the notes say.
   *
   * @param ended blocks each process counted to the end
   * @param again blocks that were begun more than once
   * @param lost those of them that had been counted to the end before
   */
  record Notes(Map<Long, Integer> ended, int again, int lost) {}

  private Journal() {}

  static void note(WordCount.Block block, String what) throws IOException {
    if (!block.journal().isEmpty()) {
      String line = what + " " + ProcessHandle.current().pid() + " " + block.index() + "\n";
      Files.write( // One small append, which processes do not mix.
          Path.of(block.journal()),
          line.getBytes(StandardCharsets.US_ASCII),
          StandardOpenOption.APPEND);
    }
  }

  static Notes read(Path journal) throws IOException {
    Map<Long, Integer> ended = new TreeMap<>();
    Set<Integer> begun = new HashSet<>();
    Set<Integer> again = new HashSet<>();
    Map<Integer, Integer> ends = new HashMap<>();
    for (String line : Files.readAllLines(journal, StandardCharsets.US_ASCII)) {
      List<String> words = List.of(line.split(" "));
      int block = Integer.parseInt(words.get(2));
      if (words.get(0).equals(ENDED)) {
        ended.merge(Long.parseLong(words.get(1)), 1, Integer::sum);
        ends.merge(block, 1, Integer::sum);
      } else if (!begun.add(block)) {
        again.add(block);
      }
    }
    int lost = (int) again.stream().filter(block -> ends.getOrDefault(block, 0) > 1).count();
    return new Notes(ended, again.size(), lost);
  }

  /** How many blocks were counted to the end by now, roughly. */
  static long endedSoFar(Path journal) throws IOException {
    try (var lines = Files.lines(journal, StandardCharsets.US_ASCII)) {
      return lines.filter(line -> line.startsWith(ENDED)).count();
    }
  }
}

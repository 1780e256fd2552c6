package io.dagwright.cli;

import io.dagwright.Lazy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The demo's graph: a task counts the words of each block, a tree of tasks adds the counts up. */
final class WordCount {

  private static final int FAN_IN = 8;
  private static final int LOOK_AHEAD = 8192;

  private WordCount() {}

  /**
   * A piece of a file, to be cut at line ends: it has the lines that begin in it.
   *
   * @param journal where the task notes what it does; empty for no notes
   */
  record Block(int index, String file, long offset, long length, String journal) {}

  /** A word and how often it is there. */
  record Count(String word, long count) {}

  static Lazy<Map<String, Long>> graph(List<Block> blocks) {
    List<Lazy<Map<String, Long>>> counts = new ArrayList<>(blocks.size());
    for (Block block : blocks) {
      counts.add(Lazy.delayed(block, WordCount::count).named("count"));
    }
    return Lazy.reduce(counts, FAN_IN, WordCount::add).named("add");
  }

  /** Cuts a file into blocks. */
  static void cut(Path file, long size, long blockSize, String journal, List<Block> blocks) {
    for (long offset = 0; offset < size; offset += blockSize) {
      long length = Math.min(blockSize, size - offset);
      blocks.add(new Block(blocks.size(), file.toString(), offset, length, journal));
    }
  }

  /** The words of one block: runs of letters, in lower case. */
  static Map<String, Long> count(Block block) throws IOException {
    Journal.note(block, Journal.STARTED);
    Map<String, Long> counts = new HashMap<>();
    String text = read(block);
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean letter = i < text.length() && Character.isLetter(text.charAt(i));
      if (letter && start < 0) {
        start = i;
      } else if (!letter && start >= 0) {
        counts.merge(text.substring(start, i).toLowerCase(Locale.ROOT), 1L, Long::sum);
        start = -1;
      }
    }
    Journal.note(block, Journal.ENDED);
    return counts;
  }

  /** Adds counts up. Inputs are left as they are: others may use them, too. */
  static Map<String, Long> add(List<Map<String, Long>> parts) {
    Map<String, Long> sum = new HashMap<>(parts.get(0));
    for (Map<String, Long> part : parts.subList(1, parts.size())) {
      part.forEach((word, count) -> sum.merge(word, count, Long::sum));
    }
    return sum;
  }

  /** The most frequent words, ties in alphabetical order. */
  static List<Count> top(Map<String, Long> counts, int limit) {
    return counts.entrySet().stream()
        .map(entry -> new Count(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(Count::count).reversed().thenComparing(Count::word))
        .limit(limit)
        .toList();
  }

  /** From the first line that begins in the block to the end of the last. */
  private static String read(Block block) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(Path.of(block.file()))) {
      long end = block.offset() + block.length();
      long from = block.offset() == 0 ? 0 : lineAfter(channel, block.offset() - 1);
      long to = end >= channel.size() ? channel.size() : lineAfter(channel, end - 1);
      if (to <= from) {
        return "";
      }
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(to - from));
      channel.position(from);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // Until all of it is here.
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }

  /** Where the first line begins whose line end before it is at this position or later. */
  private static long lineAfter(SeekableByteChannel channel, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LOOK_AHEAD);
    long at = position;
    channel.position(at);
    while (channel.read(bytes.clear()) > 0) {
      bytes.flip();
      while (bytes.hasRemaining()) {
        at++;
        if (bytes.get() == '\n') {
          return at;
        }
      }
    }
    return channel.size();
  }

  /** Sizes are wanted where files are found; what fails here failed there before. */
  static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

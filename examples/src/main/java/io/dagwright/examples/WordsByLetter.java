package io.dagwright.examples;

import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Schedulers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The first thing to read: counts words by their first letter, one task per text and a tree of
 * tasks that add up. The same graph runs in this thread, on a pool of threads, and on a cluster.
 */
public final class WordsByLetter {

  static final List<String> TEXTS =
      List.of(
          "a graph of tasks is built before anything runs",
          "each task runs once however many others take its result",
          "building it again is cheap and running it is not",
          "results stay where they were made until somebody needs them");

  private WordsByLetter() {}

  public static void main(String[] arguments) {
    Lazy<Map<Character, Integer>> counts = counts(TEXTS);

    System.out.println("in this thread: " + Schedulers.synchronous().compute(counts));
    try (GraphRunner threads = Schedulers.threads(4)) {
      System.out.println("on threads:     " + threads.compute(counts));
    }
    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        GraphRunner client = cluster.client()) {
      System.out.println("on a cluster:   " + client.compute(counts));
    }
  }

  /** Runs nothing yet: this is only the graph. */
  static Lazy<Map<Character, Integer>> counts(List<String> texts) {
    List<Lazy<Map<Character, Integer>>> each = new ArrayList<>();
    for (String text : texts) {
      each.add(Lazy.delayed(text, WordsByLetter::count));
    }
    return Lazy.reduce(each, 2, WordsByLetter::add);
  }

  private static Map<Character, Integer> count(String text) {
    Map<Character, Integer> counts = new TreeMap<>();
    for (String word : text.toLowerCase(Locale.ROOT).split(" ", -1)) {
      counts.merge(word.charAt(0), 1, Integer::sum);
    }
    return counts;
  }

  private static Map<Character, Integer> add(List<Map<Character, Integer>> parts) {
    Map<Character, Integer> sum = new TreeMap<>();
    parts.forEach(part -> part.forEach((letter, count) -> sum.merge(letter, count, Integer::sum)));
    return sum;
  }
}

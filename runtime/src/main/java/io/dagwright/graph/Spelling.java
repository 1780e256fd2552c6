package io.dagwright.graph;

import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the word somebody meant who wrote another. */
public final class Spelling {

  private Spelling() {}

  /** The candidate most like {@code word}, null if none is alike; the first of equals. */
  public static @Nullable String closest(String word, Collection<String> candidates) {
    int limit = Math.max(1, word.length() / 3);
    String best = null;
    for (String candidate : candidates) {
      if (Math.abs(candidate.length() - word.length()) <= limit) {
        int distance = distance(word, candidate);
        if (distance <= limit) {
          best = candidate;
          limit = distance - 1;
        }
      }
    }
    return best;
  }

  /** Insertions, deletions and replacements of characters that turn one word into the other. */
  static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}

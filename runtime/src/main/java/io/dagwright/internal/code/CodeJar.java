package io.dagwright.internal.code;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A jar that tasks need, described well enough to tell what is in it before it is there.
 *
 * @param name the file name, for people; never used as a path
 * @param sizeBytes the length of the file
 * @param hash the SHA-256 of the file
 * @param contents the directories that hold at least one file, such as {@code com/acme}, and each
 *     file in {@code META-INF/services} by its whole name
 */
public record CodeJar(String name, long sizeBytes, CodeHash hash, SortedSet<String> contents) {

  private static final String SERVICES = "META-INF/services/";
  private static final String VERSIONS = "META-INF/versions/";

  public CodeJar {
    contents = Collections.unmodifiableSortedSet(new TreeSet<>(contents));
  }

  /** Whether the jar may have this resource; if not, it surely has not. */
  boolean mayHave(String resource) {
    return contents.contains(place(resource));
  }

  /** Whether both have files in one directory that may hold classes. */
  boolean overlaps(CodeJar other) {
    return contents.stream()
        .anyMatch(place -> !place.startsWith("META-INF") && other.contents.contains(place));
  }

  /**
   * What {@link #contents} says of a file; of a file for one Java version, as if it had no such.
   */
  static String place(String file) {
    String name = file;
    if (name.startsWith(VERSIONS)) {
      int end = name.indexOf('/', VERSIONS.length());
      name = end < 0 ? name : name.substring(end + 1);
    }
    return name.startsWith(SERVICES) ? name : name.substring(0, Math.max(name.lastIndexOf('/'), 0));
  }
}

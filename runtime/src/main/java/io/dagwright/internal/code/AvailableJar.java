package io.dagwright.internal.code;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A jar on the client's class path that a worker may lack, known by its directory alone.
 *
 * @param location where it is on the client
 * @param sizeBytes the length of the file
 * @param contents as in {@link CodeJar#contents}
 */
public record AvailableJar(CodeLocation location, long sizeBytes, SortedSet<String> contents) {

  public AvailableJar {
    contents = Collections.unmodifiableSortedSet(new TreeSet<>(contents));
  }
}

package io.dagwright;

import io.dagwright.internal.wire.LongMap;

/**
 * The rows of lazies, by their numbers: lazies made one after the other share a page, so that
 * nearly every look-up is an array access. Made for millions of them. Not thread-safe.
 */
final class LazyRows {

  static final int ABSENT = -1;

  private static final int PAGE_BITS = 6;
  private static final int PAGE_SIZE = 1 << PAGE_BITS;

  /** Rows plus one, so that a new page means nothing. */
  private final LongMap<int[]> pages = new LongMap<>();

  int get(Lazy<?> lazy) {
    int[] page = pages.get(lazy.number >> PAGE_BITS);
    return page == null ? ABSENT : page[slot(lazy)] - 1;
  }

  void put(Lazy<?> lazy, int row) {
    int[] page = pages.get(lazy.number >> PAGE_BITS);
    if (page == null) {
      page = new int[PAGE_SIZE];
      pages.put(lazy.number >> PAGE_BITS, page);
    }
    page[slot(lazy)] = row + 1;
  }

  private static int slot(Lazy<?> lazy) {
    return (int) lazy.number & (PAGE_SIZE - 1);
  }
}

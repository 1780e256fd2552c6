package io.dagwright.internal.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A map from long to objects: no boxing, no entry objects, and an iteration order that depends on
 * its history alone, so that a machine that uses it stays deterministic. Not thread-safe.
 *
 * <p>Keys live in pages of 32 neighbours, and pages are found by open addressing. The tasks of a
 * graph are numbered without gaps and are handled in runs, so that nearly every look-up is in the
 * page of the one before. A key far from all others costs a page, about 180 bytes.
 */
public final class LongMap<V> {

  private static final int PAGE_BITS = 5;
  private static final int PAGE_SIZE = 1 << PAGE_BITS;

  private @Nullable Page[] pages = new @Nullable Page[8];
  private int pageCount;
  private int size;

  /** The page used last, if it is still there. */
  private @Nullable Page last;

  /** A page that became empty, kept for the next one that is needed. */
  private @Nullable Page spare;

  private static final class Page {
    long number;
    int used;
    final @Nullable Object[] values = new @Nullable Object[PAGE_SIZE];
  }

  /** What {@link #forEach} calls. */
  @FunctionalInterface
  public interface Visitor<V> {
    void visit(long key, V value);
  }

  public @Nullable V get(long key) {
    Page page = page(key >> PAGE_BITS);
    return page == null ? null : cast(page.values[slot(key)]);
  }

  public boolean containsKey(long key) {
    return get(key) != null;
  }

  /** Sets the value of a key and returns the one before, null if there was none. */
  public @Nullable V put(long key, V value) {
    Page page = page(key >> PAGE_BITS);
    if (page == null) {
      page = addPage(key >> PAGE_BITS);
    }
    V before = cast(page.values[slot(key)]);
    page.values[slot(key)] = value;
    if (before == null) {
      page.used++;
      size++;
    }
    return before;
  }

  /** Removes a key and returns the value it had, null if it had none. */
  public @Nullable V remove(long key) {
    Page page = page(key >> PAGE_BITS);
    if (page == null) {
      return null;
    }
    V before = cast(page.values[slot(key)]);
    if (before != null) {
      page.values[slot(key)] = null;
      size--;
      if (--page.used == 0) {
        removePage(page);
      }
    }
    return before;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Visits every entry; the visitor must not change the map. */
  public void forEach(Visitor<? super V> visitor) {
    for (Page page : pages) {
      if (page != null) {
        for (int i = 0; i < PAGE_SIZE; i++) {
          V value = cast(page.values[i]);
          if (value != null) {
            visitor.visit(page.number << PAGE_BITS | i, value);
          }
        }
      }
    }
  }

  /** The keys in ascending order. */
  public Longs sortedKeys() {
    long[] sorted = new long[size];
    int[] count = {0};
    forEach((key, value) -> sorted[count[0]++] = key);
    Arrays.sort(sorted);
    return Longs.of(sorted);
  }

  private static int slot(long key) {
    return (int) key & (PAGE_SIZE - 1);
  }

  private @Nullable Page page(long number) {
    Page recent = last;
    if (recent != null && recent.number == number) {
      return recent;
    }
    Page page = pages[find(number)];
    if (page != null) {
      last = page;
    }
    return page;
  }

  private Page addPage(long number) {
    if (++pageCount * 2 > pages.length) {
      grow();
    }
    Page page = spare == null ? new Page() : spare;
    spare = null;
    page.number = number;
    pages[find(number)] = page;
    last = page;
    return page;
  }

  private void removePage(Page page) {
    int mask = pages.length - 1;
    int gap = find(page.number);
    int next = (gap + 1) & mask;
    for (Page moved = pages[next]; moved != null; moved = pages[next]) {
      if (((next - home(moved.number, mask)) & mask) >= ((next - gap) & mask)) {
        pages[gap] = moved;
        gap = next;
      }
      next = (next + 1) & mask;
    }
    pages[gap] = null;
    pageCount--;
    last = null;
    spare = page;
  }

  private int find(long number) {
    int mask = pages.length - 1;
    int at = home(number, mask);
    for (Page page = pages[at]; page != null && page.number != number; page = pages[at]) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    @Nullable Page[] old = pages;
    pages = new @Nullable Page[old.length * 2];
    for (Page page : old) {
      if (page != null) {
        pages[find(page.number)] = page;
      }
    }
  }

  private static int home(long number, int mask) {
    return (int) ((number * 0x9E3779B97F4A7C15L) >>> 32) & mask;
  }

  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // Only values of type V are ever stored.
  private static <V> @Nullable V cast(@Nullable Object value) {
    return (V) value;
  }
}

package io.dagwright.internal.wire;

import io.dagwright.graph.Annotations;
import io.dagwright.graph.TaskKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one submitted graph as they arrived: who needs whom, and what each row runs. Both the
 * graph's own machine and the scheduler's read it; neither writes.
 *
 * <p>Rows live in pages of {@value #PAGE}; they are appended in blocks, and a page is dropped when
 * nobody can ask for its rows any more. About 20 bytes per row and 12 per edge. Not thread-safe: it
 * belongs to the thread of the machines that share it.
 */
public final class GraphRows {

  public static final int PAGE_BITS = 9;

  /** Few enough that a graph of one task costs little, many enough that a page costs nothing. */
  public static final int PAGE = 1 << PAGE_BITS;

  /** Rows of one block at most. */
  public static final int BLOCK = 4096;

  public static final long NO_EDGE = -1;

  /** In {@code functionOf}: the row stands for a result of another graph. */
  public static final int EXTERNAL = -1;

  /** In {@code functionOf}: the row is a value that its client brings to the workers itself. */
  public static final int SCATTERED = -2;

  private static final int MASK = PAGE - 1;
  private static final int SHIFT = PAGE_BITS;

  /**
   * Consecutive rows as they travel. Array elements belong to rows {@code first}, {@code first + 1}
   * and so on.
   *
   * @param inputOffsets as in a task graph, one more than rows, starting at 0
   * @param inputs row numbers; {@code ~row} if the task only comes after that row
   * @param functionOf index into the graph's function table, {@link #EXTERNAL} or {@link
   *     #SCATTERED}
   * @param prefixOf index into the graph's prefix table
   * @param annotationOf index into the graph's annotation table; null if all are 0
   * @param arguments encoded arguments, one after the other
   * @param argumentOffsets where each begins, one more than rows; null if no row has one
   * @param outputs rows whose results the client holds
   */
  public record Block(
      int first,
      int[] inputOffsets,
      int[] inputs,
      int[] functionOf,
      int[] prefixOf,
      int @Nullable [] annotationOf,
      byte[] arguments,
      int @Nullable [] argumentOffsets,
      int[] outputs) {

    public int size() {
      return inputOffsets.length - 1;
    }
  }

  private static final class Page {
    final int[] inputOffsets = new int[PAGE + 1];
    int[] inputs = new int[PAGE];
    long[] nextEdge = new long[PAGE];
    final long[] firstEdge = new long[PAGE];
    final int[] functionOf = new int[PAGE];
    final int[] prefixOf = new int[PAGE];
    int @Nullable [] annotationOf;
    byte[] arguments = new byte[0];
    int @Nullable [] argumentOffsets;
    int rows;
  }

  /** More keys that users gave are not worth keeping when their graph has ended. */
  private static final int NAMES_MAX = 4096;

  private final List<String> prefixes = new ArrayList<>();
  private final List<Annotations> annotations = new ArrayList<>();
  private @Nullable Page[] pages = new @Nullable Page[1];
  private int size;
  private final LongMap<Long> externals = new LongMap<>();
  private final LongMap<TaskKey> keys = new LongMap<>();

  public GraphRows() {
    annotations.add(Annotations.NONE);
  }

  /** Makes the tables longer; a block may only use entries that were added before it. */
  public void addTables(List<String> morePrefixes, List<Annotations> moreAnnotations) {
    prefixes.addAll(morePrefixes);
    annotations.addAll(moreAnnotations);
  }

  /** Remembers the key a user gave a row; the row may come later. */
  public void nameRow(int row, TaskKey key) {
    keys.put(row, key);
  }

  /** Adds rows at the end. Throws if the block does not start there or breaks the row order. */
  public void append(Block block) {
    if (block.first != size) {
      throw new IllegalArgumentException("block starts at " + block.first + ", not at " + size);
    }
    int count = block.size();
    for (int i = 0; i < count; i++) {
      appendRow(block, i);
    }
    for (int row = size - 1; row >= block.first; row--) {
      linkToInputs(row);
    }
  }

  private void appendRow(Block block, int index) {
    int row = size;
    if ((row & MASK) == 0) {
      if (row >>> SHIFT == pages.length) {
        pages = Arrays.copyOf(pages, pages.length * 2);
      }
      pages[row >>> SHIFT] = new Page();
    }
    Page page = page(row);
    int at = row & MASK;
    int from = block.inputOffsets[index];
    int to = block.inputOffsets[index + 1];
    int start = page.inputOffsets[at];
    if (start + to - from > page.inputs.length) {
      int length = Math.max(start + to - from, page.inputs.length * 2);
      page.inputs = Arrays.copyOf(page.inputs, length);
      page.nextEdge = Arrays.copyOf(page.nextEdge, length);
    }
    for (int i = from; i < to; i++) {
      int input = block.inputs[i];
      if (Math.max(input, ~input) >= row) {
        throw new IllegalArgumentException("row " + row + " needs a later row: " + input);
      }
    }
    System.arraycopy(block.inputs, from, page.inputs, start, to - from);
    page.inputOffsets[at + 1] = start + to - from;
    page.firstEdge[at] = NO_EDGE;
    page.functionOf[at] = block.functionOf[index];
    page.prefixOf[at] = block.prefixOf[index];
    if (block.annotationOf != null && block.annotationOf[index] != 0) {
      if (page.annotationOf == null) {
        page.annotationOf = new int[PAGE];
      }
      page.annotationOf[at] = block.annotationOf[index];
    }
    appendArgument(page, at, block, index);
    page.rows = at + 1;
    size++;
  }

  private static void appendArgument(Page page, int at, Block block, int index) {
    if (block.argumentOffsets == null) {
      if (page.argumentOffsets != null) {
        page.argumentOffsets[at + 1] = page.argumentOffsets[at];
      }
      return;
    }
    if (page.argumentOffsets == null) {
      page.argumentOffsets = new int[PAGE + 1];
    }
    int from = block.argumentOffsets[index];
    int length = block.argumentOffsets[index + 1] - from;
    int start = page.argumentOffsets[at];
    if (start + length > page.arguments.length) {
      int room = Math.max(start + length, Math.max(1024, page.arguments.length * 2));
      page.arguments = Arrays.copyOf(page.arguments, room);
    }
    System.arraycopy(block.arguments, from, page.arguments, start, length);
    page.argumentOffsets[at + 1] = start + length;
  }

  private void linkToInputs(int row) {
    Page page = page(row);
    int at = row & MASK;
    int start = page.inputOffsets[at];
    for (int k = page.inputOffsets[at + 1] - start - 1; k >= 0; k--) {
      int raw = page.inputs[start + k];
      int input = Math.max(raw, ~raw);
      Page of = pages[input >>> SHIFT];
      if (of == null) {
        throw new IllegalArgumentException("row " + row + " needs forgotten row " + input);
      }
      page.nextEdge[start + k] = of.firstEdge[input & MASK];
      of.firstEdge[input & MASK] = ((long) row << 32) | k;
    }
  }

  public int size() {
    return size;
  }

  public int inputCount(int row) {
    Page page = page(row);
    int at = row & MASK;
    return page.inputOffsets[at + 1] - page.inputOffsets[at];
  }

  /** The row's k-th input; {@code ~input} if the row only comes after it. */
  public int input(int row, int k) {
    Page page = page(row);
    return page.inputs[page.inputOffsets[row & MASK] + k];
  }

  /** The first of the edges to rows that need {@code row}, or {@link #NO_EDGE}. */
  public long firstEdge(int row) {
    return page(row).firstEdge[row & MASK];
  }

  public long nextEdge(long edge) {
    int row = edgeRow(edge);
    Page page = page(row);
    return page.nextEdge[page.inputOffsets[row & MASK] + (int) edge];
  }

  /** The row at the far end of an edge. */
  public static int edgeRow(long edge) {
    return (int) (edge >>> 32);
  }

  /** Whether an edge carries data, not order alone. */
  public boolean edgeHasData(long edge) {
    return input(edgeRow(edge), (int) edge) >= 0;
  }

  public int function(int row) {
    return page(row).functionOf[row & MASK];
  }

  public boolean isExternal(int row) {
    return function(row) == EXTERNAL;
  }

  /** Whether the row's client brings its value to the workers. */
  public boolean isScattered(int row) {
    return function(row) == SCATTERED;
  }

  /** Whether workers make the row's result, by running its function. */
  public boolean isComputed(int row) {
    return function(row) >= 0;
  }

  /** The task that really holds what an external row stands for; -1 as long as it is unknown. */
  public long externalTask(int row) {
    Long task = externals.get(row);
    return task == null ? -1 : task;
  }

  public void resolveExternal(int row, long task) {
    externals.put(row, task);
  }

  public int prefix(int row) {
    return page(row).prefixOf[row & MASK];
  }

  public String prefixName(int prefix) {
    return prefixes.get(prefix);
  }

  public int prefixCount() {
    return prefixes.size();
  }

  public int annotation(int row) {
    Page page = page(row);
    return page.annotationOf == null ? 0 : page.annotationOf[row & MASK];
  }

  public Annotations annotations(int row) {
    return annotations.get(annotation(row));
  }

  /** Length of the row's encoded argument in bytes; 0 if it has none. */
  public int argumentLength(int row) {
    Page page = page(row);
    int at = row & MASK;
    return page.argumentOffsets == null
        ? 0
        : page.argumentOffsets[at + 1] - page.argumentOffsets[at];
  }

  /** The array that holds the row's encoded argument. Do not write to it. */
  public byte[] argumentBytes(int row) {
    return page(row).arguments;
  }

  /** Where the row's encoded argument begins in {@link #argumentBytes}. */
  public int argumentOffset(int row) {
    Page page = page(row);
    return page.argumentOffsets == null ? 0 : page.argumentOffsets[row & MASK];
  }

  /** The task's name for people: the user's, or its prefix and row. */
  public String keyName(int row) {
    TaskKey key = keys.get(row);
    return key == null ? prefixes.get(prefix(row)) + "-" + row : key.toString();
  }

  /**
   * The row with this name; -1 if there is none. Of a row whose page was dropped only the number is
   * compared, and whether there is such a prefix.
   */
  public int row(String keyName) {
    int[] found = {-1};
    keys.forEach((row, key) -> found[0] = key.toString().equals(keyName) ? (int) row : found[0]);
    int dash = keyName.lastIndexOf('-');
    if (found[0] >= 0 || dash < 0 || !prefixes.contains(keyName.substring(0, dash))) {
      return found[0];
    }
    try {
      int row = Integer.parseInt(keyName.substring(dash + 1));
      boolean isThere = row >= 0 && row < size && !keys.containsKey(row);
      boolean isIt = isThere && (isDropped(row) || keyName(row).equals(keyName));
      return isIt ? row : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /** Whether a row has this name, if it is called after a prefix; its page may be dropped. */
  public boolean mayBe(int row, int prefix, String keyName) {
    return keys.containsKey(row) || prefix < 0 || keyName.equals(prefixes.get(prefix) + "-" + row);
  }

  /** What {@link #row} needs, without the rows: for graphs that have ended. */
  public GraphRows namesOnly() {
    GraphRows names = new GraphRows();
    names.prefixes.addAll(prefixes);
    names.size = size;
    names.pages = new @Nullable Page[pages.length];
    if (keys.size() <= NAMES_MAX) {
      keys.forEach((row, key) -> names.keys.put(row, key));
    }
    return names;
  }

  /**
   * Drops the page of a row whose whole page nobody can ask for again.
   *
   * @param isAlive tells of any row whether it may still be asked for; the edges of such rows into
   *     the page are unlinked
   */
  public void dropPage(int row, IntPredicate isAlive) {
    int index = row >>> SHIFT;
    Page page = page(row);
    for (int i = 0; i < page.inputOffsets[page.rows]; i++) {
      int input = Math.max(page.inputs[i], ~page.inputs[i]);
      if (input >>> SHIFT != index && isAlive.test(input)) {
        unlinkEdgesInto(index, input);
      }
    }
    pages[index] = null;
  }

  private void unlinkEdgesInto(int index, int input) {
    long kept = NO_EDGE;
    for (long edge = firstEdge(input); edge != NO_EDGE; edge = nextEdge(edge)) {
      if (edgeRow(edge) >>> SHIFT == index) {
        continue;
      }
      setNext(input, kept, edge);
      kept = edge;
    }
    setNext(input, kept, NO_EDGE);
  }

  private void setNext(int input, long after, long next) {
    if (after == NO_EDGE) {
      page(input).firstEdge[input & MASK] = next;
    } else {
      Page page = page(edgeRow(after));
      page.nextEdge[page.inputOffsets[edgeRow(after) & MASK] + (int) after] = next;
    }
  }

  public boolean isDropped(int row) {
    return pages[row >>> SHIFT] == null;
  }

  private Page page(int row) {
    Page page = pages[row >>> SHIFT];
    if (page == null) {
      throw new IllegalStateException("row " + row + " is forgotten");
    }
    return page;
  }
}

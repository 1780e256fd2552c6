package io.dagwright.internal.scheduler;

import static io.dagwright.internal.scheduler.SlotState.TABLE;

import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TransitionTable;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What the scheduler knows of the tasks of one graph: 14 bytes per task, in pages. */
final class Slab {

  private static final int MASK = GraphRows.PAGE - 1;
  private static final int SHIFT = GraphRows.PAGE_BITS;

  /** Has all its inputs. */
  static final byte NOT_AHEAD = 0;

  /** Waits for what its own worker makes. */
  static final byte AHEAD = 1;

  /** Waits for what other workers make, too. */
  static final byte AHEAD_OF_OTHERS = 2;

  private static final class Page {
    final byte[] state = new byte[GraphRows.PAGE];
    final byte[] ahead = new byte[GraphRows.PAGE];
    final int[] worker = new int[GraphRows.PAGE];
    final int[] run = new int[GraphRows.PAGE];
    final float[] amount = new float[GraphRows.PAGE];

    Page() {
      Arrays.fill(run, 1);
    }
  }

  final int graph;
  final GraphRows rows;

  /** The number in {@link Durations} of each prefix of the graph, as far as they are known. */
  final Ints prefixes = new Ints(4);

  /** Rows that may have killed a worker: they are not sent ahead, since they are to run alone. */
  final BitSet suspects = new BitSet();

  private @Nullable Page[] pages = new @Nullable Page[1];
  TransitionTable.@Nullable Listener<SlotState> listener;

  Slab(int graph, GraphRows rows) {
    this.graph = graph;
    this.rows = rows;
  }

  SlotState state(int row) {
    int page = row >>> SHIFT;
    if (page >= pages.length) {
      return SlotState.UNKNOWN;
    }
    Page of = pages[page];
    return of == null ? SlotState.UNKNOWN : TABLE.state(of.state[row & MASK]);
  }

  /** The worker that has the task: to run it, or first to hold its result. */
  int worker(int row) {
    return page(row).worker[row & MASK];
  }

  void worker(int row, int worker) {
    page(row).worker[row & MASK] = worker;
  }

  /** Whether the task, being processed, waits on its worker for inputs that are yet to be made. */
  boolean isAhead(int row) {
    return ahead(row) != NOT_AHEAD;
  }

  /** {@link #NOT_AHEAD}, {@link #AHEAD} or {@link #AHEAD_OF_OTHERS}. */
  byte ahead(int row) {
    return page(row).ahead[row & MASK];
  }

  void ahead(int row, byte ahead) {
    page(row).ahead[row & MASK] = ahead;
  }

  int run(int row) {
    return page(row).run[row & MASK];
  }

  void run(int row, int run) {
    page(row).run[row & MASK] = run;
  }

  /** Expected nanoseconds while processing, size in bytes while in memory. */
  float amount(int row) {
    return page(row).amount[row & MASK];
  }

  void amount(int row, float amount) {
    page(row).amount[row & MASK] = amount;
  }

  void move(int row, SlotState to) {
    Page page = page(row);
    int from = page.state[row & MASK];
    TABLE.check(Task.of(graph, row), from, to.ordinal());
    page.state[row & MASK] = (byte) to.ordinal();
    if (listener != null) {
      listener.onTransition(Task.of(graph, row), TABLE.state(from), to);
    }
  }

  /** The row's run is over, or its result gone: the next run gets another number. */
  void endRun(int row, SlotState to) {
    run(row, run(row) + 1);
    move(row, to);
  }

  /** The task an input of a row stands for; of another graph, maybe. */
  long inputTask(int input) {
    return rows.isExternal(input) ? rows.externalTask(input) : Task.of(graph, input);
  }

  /**
   * The first row from {@code from} on of whose page anything is known; -1 if there is none. For
   * walks over all rows: {@code for (int row = touchedFrom(0); row >= 0; row = touchedFrom(row +
   * 1))}.
   */
  int touchedFrom(int from) {
    int limit = Math.min(rows.size(), pages.length << SHIFT);
    int row = from;
    while (row < limit) {
      if (pages[row >>> SHIFT] != null) {
        return row;
      }
      row = (row | MASK) + 1;
    }
    return -1;
  }

  /** Whether nothing is known of the row's page. */
  boolean isBlank(int row) {
    return (row >>> SHIFT) >= pages.length || pages[row >>> SHIFT] == null;
  }

  void dropPage(int row) {
    if (!isBlank(row)) {
      pages[row >>> SHIFT] = null;
    }
  }

  private Page page(int row) {
    int index = row >>> SHIFT;
    if (index >= pages.length) {
      pages = Arrays.copyOf(pages, Math.max(index + 1, pages.length * 2));
    }
    Page page = pages[index];
    if (page == null) {
      page = new Page();
      pages[index] = page;
    }
    return page;
  }
}

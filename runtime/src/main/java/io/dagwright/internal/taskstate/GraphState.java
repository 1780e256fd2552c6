package io.dagwright.internal.taskstate;

import static io.dagwright.internal.taskstate.RowState.AHEAD;
import static io.dagwright.internal.taskstate.RowState.ERRED;
import static io.dagwright.internal.taskstate.RowState.FORGOTTEN;
import static io.dagwright.internal.taskstate.RowState.MEMORY;
import static io.dagwright.internal.taskstate.RowState.READY;
import static io.dagwright.internal.taskstate.RowState.RELEASED;
import static io.dagwright.internal.taskstate.RowState.TABLE;
import static io.dagwright.internal.taskstate.RowState.WAITING;

import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.GraphInstruction;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.LongMap;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Protocol;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TransitionTable;
import io.dagwright.internal.wire.Wording;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The life of the tasks of one graph: who waits for whom, which run counts, what is kept.
 *
 * <p>Invariants, checked by {@link #verify}:
 *
 * <ul>
 *   <li>A row is declared ready only while all its inputs are in memory, and only this class
 *       declares rows ready.
 *   <li>{@code missing} of an unfinished row is the number of its inputs that are not there yet; an
 *       input without data counts until it has ended once.
 *   <li>{@code users} of a row is the number of unfinished rows that need its result. A result
 *       without users, client hold or foreign consumer is released.
 *   <li>A row's run number grows each time a run, or the result it left, becomes void, and never
 *       shrinks. Reports of other runs change nothing.
 * </ul>
 *
 * <p>Failures are values: a row that errs takes with it every row that needs it. Not thread-safe:
 * the owner calls {@link #apply} and {@link #flush} from one thread.
 */
public final class GraphState implements GraphEvent.Handler {

  /**
   * How a graph is to be treated.
   *
   * @param allowedFailures how many workers may die while a task might be running, and it is still
   *     run again
   * @param stopAtFirstFailure whether one failed output makes the others pointless
   * @param growing whether rows may be added for as long as the client lives; what later rows need
   *     is then held by the client, while any other graph keeps every result until it is sealed
   */
  public record Policy(int allowedFailures, boolean stopAtFirstFailure, boolean growing) {}

  private static final int MASK = GraphRows.PAGE - 1;
  private static final int SHIFT = GraphRows.PAGE_BITS;

  /** The client holds the row's result. */
  private static final byte HELD = 1;

  /** The row has ended well at least once; what merely comes after it need not wait again. */
  private static final byte ENDED_ONCE = 2;

  /** Columns of the rows of one page. */
  private static final class Page {
    final byte[] state = new byte[GraphRows.PAGE];
    final byte[] flags = new byte[GraphRows.PAGE];
    final int[] run = new int[GraphRows.PAGE];
    final int[] missing = new int[GraphRows.PAGE];
    final int[] users = new int[GraphRows.PAGE];

    /** Edges to rows that are not forgotten. */
    final int[] lineage = new int[GraphRows.PAGE];

    int alive;
    int rows;
  }

  private final int graph;
  private final GraphRows rows;
  private final Policy policy;
  private final Protocol protocol;
  private TransitionTable.@Nullable Listener<RowState> listener;

  private @Nullable Page[] pages = new @Nullable Page[1];
  private int size;
  private int alive;
  private final int[] counts = new int[RowState.values().length];
  private boolean sealed;
  private boolean ended;
  private @Nullable TaskFailure cancelled;

  private final Map<Integer, Integer> retriesUsed = new TreeMap<>();
  private final Map<Integer, List<String>> deaths = new TreeMap<>();

  /** Tasks of other graphs that need a row's result now. */
  private final Consumers consumers = new Consumers();

  /** Tasks of other graphs that may need a row's result again. */
  private final Consumers lineageElsewhere = new Consumers();

  private final Scattered scattered = new Scattered();
  private final LongMap<TaskFailure> failures = new LongMap<>();

  private Ints withdrawnRows = new Ints();
  private Ints withdrawnRuns = new Ints();
  private Ints releasedRows = new Ints();
  private Ints readyRows = new Ints();
  private Ints readyRuns = new Ints();
  private final Ints revived = new Ints();
  private List<GraphInstruction> out = new ArrayList<>();

  public GraphState(int graph, GraphRows rows, Policy policy) {
    this(graph, rows, policy, Protocol.CORRECT);
  }

  /** For simulations that plant bugs. */
  public GraphState(int graph, GraphRows rows, Policy policy, Protocol protocol) {
    this.graph = graph;
    this.rows = rows;
    this.policy = policy;
    this.protocol = protocol;
  }

  public void listen(TransitionTable.Listener<RowState> toEveryStep) {
    listener = toEveryStep;
  }

  /** Takes note of one event. What follows from it is said by the next {@link #flush}. */
  public void apply(GraphEvent event) {
    event.deliverTo(this);
  }

  /** What must be done about everything applied since the last call, in this order. */
  public List<GraphInstruction> flush() {
    List<GraphInstruction> result = new ArrayList<>(out.size() + 3);
    if (!withdrawnRows.isEmpty()) {
      result.add(new GraphInstruction.WithdrawRuns(withdrawnRows, withdrawnRuns));
      withdrawnRows = new Ints();
      withdrawnRuns = new Ints();
    }
    if (!releasedRows.isEmpty()) {
      result.add(new GraphInstruction.ReleaseReplicas(releasedRows));
      releasedRows = new Ints();
    }
    if (!readyRows.isEmpty()) {
      flushReady(result);
    }
    result.addAll(out);
    out = new ArrayList<>();
    if (sealed && alive == 0 && !ended) {
      ended = true;
      result.add(new GraphInstruction.EndGraph());
    }
    return result;
  }

  private void flushReady(List<GraphInstruction> result) {
    Ints current = new Ints(readyRows.size());
    Ints runs = new Ints(readyRows.size());
    Ints alone = new Ints(0);
    for (int i = 0; i < readyRows.size(); i++) {
      int row = readyRows.get(i);
      if (state(row) == READY && run(row) == readyRuns.get(i)) {
        current.add(row);
        runs.add(readyRuns.get(i));
        if (!deaths.isEmpty() && deaths.containsKey(row) && protocol.runsSuspectsAlone()) {
          alone.add(row);
        }
      }
    }
    readyRows = new Ints();
    readyRuns = new Ints();
    if (!current.isEmpty()) {
      result.add(new GraphInstruction.RunTasks(current, runs, alone));
    }
  }

  // ---- what is asked of it -------------------------------------------------------------------

  public RowState state(int row) {
    if (row >= size) {
      return FORGOTTEN; // Appended already, but we have not been told.
    }
    Page page = pages[row >>> SHIFT];
    return page == null ? FORGOTTEN : TABLE.state(page.state[row & MASK]);
  }

  public int run(int row) {
    return page(row).run[row & MASK];
  }

  /** How many rows are in a state. */
  public int count(RowState state) {
    return counts[state.ordinal()];
  }

  public int size() {
    return size;
  }

  /** Rows that have not ended, well or badly. */
  public int unfinished() {
    return count(WAITING) + count(READY) + count(AHEAD);
  }

  /** Inputs of an unfinished row that are not there yet. */
  public Ints missingInputs(int row) {
    Ints result = new Ints();
    for (int k = 0; k < rows.inputCount(row); k++) {
      int raw = rows.input(row, k);
      int input = Math.max(raw, ~raw);
      if (raw >= 0 ? state(input) != MEMORY : !hasEndedOnce(input)) {
        result.add(input);
      }
    }
    return result;
  }

  /** Why an erred row failed; null if it did not. */
  public @Nullable TaskFailure failure(int row) {
    return failures.get(row);
  }

  // ---- events ----------------------------------------------------------------------------------

  @Override
  public void onRowsAdded(GraphEvent.RowsAdded event) {
    // Who needs and who holds a row is noted first, lest it be forgotten before that is known.
    for (int row = event.from(); row < event.to(); row++) {
      addPageOf(row);
      for (int k = 0; k < rows.inputCount(row); k++) {
        int raw = rows.input(row, k);
        int input = Math.max(raw, ~raw);
        page(input).lineage[input & MASK]++;
      }
    }
    for (int i = 0; i < event.outputs().size(); i++) {
      flag(event.outputs().get(i), HELD);
    }
    for (int row = event.from(); row < event.to(); row++) {
      addRow(row);
    }
  }

  private void addPageOf(int row) {
    if ((row & MASK) == 0) {
      if (row >>> SHIFT == pages.length) {
        pages = Arrays.copyOf(pages, pages.length * 2);
      }
      pages[row >>> SHIFT] = new Page();
    }
  }

  private void addRow(int row) {
    Page page = page(row);
    int at = row & MASK;
    page.state[at] = (byte) WAITING.ordinal();
    page.run[at] = 1;
    page.alive++;
    page.rows++;
    counts[WAITING.ordinal()]++;
    size++;
    alive++;
    int missing = 0;
    TaskFailure poison = cancelled;
    for (int k = 0; k < rows.inputCount(row); k++) {
      int raw = rows.input(row, k);
      int input = Math.max(raw, ~raw);
      Page of = page(input);
      int on = input & MASK;
      RowState state = TABLE.state(of.state[on]);
      if (state == ERRED) {
        poison = failures.get(input);
      } else if (state == FORGOTTEN) {
        poison = released("input " + rows.keyName(input));
      }
      if (raw < 0) {
        missing += (of.flags[on] & ENDED_ONCE) == 0 ? 1 : 0;
      } else {
        of.users[on]++;
        missing += state == MEMORY ? 0 : 1;
        if (state == RELEASED) {
          revive(input);
        }
      }
    }
    page.missing[at] = missing;
    if (poison != null) {
      fail(row, poison);
    } else if (rows.isExternal(row)) {
      out.add(new GraphInstruction.AcquireExternal(row));
    } else if (missing == 0 && !rows.isScattered(row)) {
      declareReady(row);
    }
  }

  @Override
  public void onRowsSealed(GraphEvent.RowsSealed event) {
    if (sealed) {
      return;
    }
    sealed = true;
    for (int row = size - 1; row >= 0; row--) {
      settle(row);
    }
  }

  @Override
  public void onHoldsReleased(GraphEvent.HoldsReleased event) {
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      if (row < size && state(row) != FORGOTTEN && isFlagged(row, HELD)) {
        page(row).flags[row & MASK] &= ~HELD;
        if (isUnfinished(row) && !isWanted(row) && page(row).lineage[row & MASK] == 0) {
          abandon(row);
        } else {
          settle(row);
        }
      }
    }
  }

  @Override
  public void onRunsSentAhead(GraphEvent.RunsSentAhead event) {
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      int run = event.runs().get(i);
      RowState state = state(row);
      boolean right =
          (state == WAITING || state == READY)
              && run(row) == run
              && !deaths.containsKey(row)
              && isMadeOrWithScheduler(row);
      if (!right) {
        refuse(row, run);
      } else if (state == WAITING) {
        move(row, AHEAD);
      } // else: it became ready at the same time; our word will find it sent already.
    }
  }

  /** Whether the inputs of a row will be there unless it is withdrawn. */
  private boolean isMadeOrWithScheduler(int row) {
    for (int k = 0; k < rows.inputCount(row); k++) {
      int raw = rows.input(row, k);
      RowState state = state(Math.max(raw, ~raw));
      boolean comes = state == READY || state == AHEAD;
      if (!comes && (raw < 0 ? !hasEndedOnce(~raw) : state != MEMORY)) {
        return false;
      }
    }
    return true;
  }

  /** The scheduler believes in a run that must not be. That number will not be used again. */
  private void refuse(int row, int run) {
    withdrawnRows.add(row);
    withdrawnRuns.add(run);
    if (state(row) == FORGOTTEN || run(row) != run) {
      return;
    }
    if (state(row) == READY) {
      becomeVoid(row);
      withdrawUsersSentAhead(row);
      declareReady(row);
    } else {
      page(row).run[row & MASK]++;
    }
  }

  @Override
  public void onTasksFinished(GraphEvent.TasksFinished event) {
    Ints announced = new Ints(0);
    Longs sizes = new Longs(0);
    List<byte @Nullable []> inline = new ArrayList<>();
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      int run = event.runs().get(i);
      if (!isCurrent(row, run)) {
        refuse(row, run);
        continue;
      }
      move(row, MEMORY);
      if (isFlagged(row, HELD)) {
        announced.add(row);
        sizes.add(event.sizes().get(i));
        byte @Nullable [] @Nullable [] values = event.inline();
        inline.add(values == null ? null : values[i]);
      }
      onResultThere(row);
    }
    if (!announced.isEmpty()) {
      boolean some = inline.stream().anyMatch(bytes -> bytes != null);
      out.add(
          new GraphInstruction.AnnounceOutputs(
              event.worker(), announced, sizes, some ? inline.toArray(new byte[0][]) : null));
      if (!protocol.announcesOnce()) {
        out.add(new GraphInstruction.AnnounceOutputs(event.worker(), announced, sizes, null));
      }
    }
  }

  @Override
  public void onTaskErred(GraphEvent.TaskErred event) {
    int row = event.row();
    if (!isCurrent(row, event.run())) {
      return;
    }
    boolean again =
        event.failure().kind() == TaskFailure.Kind.THREW
            || (event.failure().kind() == TaskFailure.Kind.TIMED_OUT && protocol.retriesTimeouts());
    int used = retriesUsed.getOrDefault(row, 0);
    becomeVoid(row); // The scheduler knows.
    withdrawUsersSentAhead(row);
    if (again && used < rows.annotations(row).retries()) {
      retriesUsed.put(row, used + 1);
      declareReadyIfComplete(row);
    } else {
      fail(row, event.failure());
    }
  }

  @Override
  public void onRunsLost(GraphEvent.RunsLost event) {
    Ints touched = new Ints(event.rows().size());
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      if (isCurrent(row, event.runs().get(i))) {
        becomeVoid(row);
        touched.add(row);
      }
    }
    for (int i = 0; i < touched.size(); i++) {
      withdrawUsersSentAhead(touched.get(i));
    }
    for (int i = 0; i < event.lostKeys().size(); i++) {
      int row = event.lostKeys().get(i);
      if (state(row) == MEMORY && rows.isScattered(row)) {
        scattered.noteLost(row, event.worker(), event.exit());
      }
      loseResult(row);
    }
    for (int i = 0; i < event.suspects().size(); i++) {
      int row = event.suspects().get(i);
      if (touched.contains(row) && state(row) == WAITING) {
        countDeath(row, event.worker(), event.exit());
      }
    }
    for (int i = 0; i < touched.size(); i++) {
      int row = touched.get(i);
      if (state(row) == WAITING && isPointless(row)) {
        abandon(row);
      } else {
        declareReadyIfComplete(row);
      }
    }
  }

  private void countDeath(int row, String worker, String exit) {
    List<String> seen = deaths.computeIfAbsent(row, key -> new ArrayList<>());
    seen.add(worker + " (" + Wording.firstLine(exit) + ")");
    if (seen.size() > policy.allowedFailures && protocol.countsDeaths()) {
      String key = rows.keyName(row);
      String message =
          "Task ["
              + key
              + "] was lost with its worker "
              + seen.size()
              + " times (allowed-failures = "
              + policy.allowedFailures
              + "): "
              + String.join(", ", seen)
              + ". It runs alone after its first loss, so it is the likely cause: check its memory"
              + " and native code, or raise dagwright.scheduler.allowed-failures."
              + Wording.furtherLines(exit);
      fail(row, TaskFailure.of(TaskFailure.Kind.KILLED_WORKER, key, message));
    }
  }

  @Override
  public void onResultsMoved(GraphEvent.ResultsMoved event) {
    Ints announced = new Ints(0);
    Longs sizes = new Longs(0);
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      if (state(row) == MEMORY && isFlagged(row, HELD)) {
        announced.add(row);
        sizes.add(event.sizes().get(i));
      }
    }
    if (!announced.isEmpty()) {
      out.add(new GraphInstruction.AnnounceOutputs(event.worker(), announced, sizes, null));
    }
  }

  @Override
  public void onScatterBegun(GraphEvent.ScatterBegun event) {
    scattered.begin(event);
  }

  @Override
  public void onValuesArrived(GraphEvent.ValuesArrived event) {
    for (int i = 0; i < event.rows().size(); i++) {
      int row = event.rows().get(i);
      if (state(row) == WAITING) {
        move(row, MEMORY);
        onResultThere(row);
      }
    }
    onResultsMoved(new GraphEvent.ResultsMoved(event.worker(), event.rows(), event.sizes()));
  }

  @Override
  public void onValueUnreachable(GraphEvent.ValueUnreachable event) {
    if (state(event.row()) == WAITING) {
      fail(event.row(), scattered.unreachable(rows.keyName(event.row()), event.why()));
    }
  }

  @Override
  public void onHoldAcquired(GraphEvent.HoldAcquired event) {
    int row = event.row();
    long consumer = event.consumer();
    if (row >= size || state(row) == FORGOTTEN) {
      out.add(new GraphInstruction.TellExternalFailed(consumer, row, released("row " + row)));
      return;
    }
    lineageElsewhere.add(row, consumer);
    consumers.add(row, consumer);
    switch (state(row)) {
      case MEMORY -> out.add(new GraphInstruction.TellExternalReady(consumer, row));
      case ERRED -> tellFailed(row, consumer);
      case RELEASED -> revive(row);
      default -> {} // It will be told when the row ends.
    }
  }

  @Override
  public void onHoldDropped(GraphEvent.HoldDropped event) {
    if (consumers.remove(event.row(), event.consumer())) {
      settle(event.row());
    }
  }

  @Override
  public void onConsumerForgot(GraphEvent.ConsumerForgot event) {
    // A graph that was removed forgets without having dropped.
    boolean lastToNeed = consumers.remove(event.row(), event.consumer());
    boolean lastToKnow = lineageElsewhere.remove(event.row(), event.consumer());
    if (lastToNeed || lastToKnow) {
      settle(event.row());
    }
  }

  private static TaskFailure released(String what) {
    String message =
        "The result of ["
            + what
            + "] was released before something asked for it; keep its future open until what uses"
            + " it is submitted.";
    return TaskFailure.of(TaskFailure.Kind.CANCELLED, what, message);
  }

  @Override
  public void onExternalReady(GraphEvent.ExternalReady event) {
    if (state(event.row()) == WAITING) {
      move(event.row(), MEMORY);
      onResultThere(event.row());
    }
  }

  @Override
  public void onExternalLost(GraphEvent.ExternalLost event) {
    loseResult(event.row());
  }

  @Override
  public void onExternalFailed(GraphEvent.ExternalFailed event) {
    int row = event.row();
    RowState state = state(row);
    if (state == MEMORY) {
      loseResult(row);
    }
    if (state(row) == WAITING) {
      fail(row, event.failure());
    }
  }

  @Override
  public void onGraphCancelled(GraphEvent.GraphCancelled event) {
    cancelAll(TaskFailure.of(TaskFailure.Kind.CANCELLED, "", event.reason()));
  }

  private void cancelAll(TaskFailure failure) {
    cancelled = failure;
    Ints outputs = new Ints();
    for (int row = 0; row < size; row++) {
      failWithUsers(row, failure, outputs);
    }
    tellFailed(outputs, failure);
  }

  // ---- what follows
  // ------------------------------------------------------------------------------

  /** The row has just reached memory: its users may run, its inputs may be over. */
  private void onResultThere(int row) {
    boolean first = !isFlagged(row, ENDED_ONCE);
    flag(row, ENDED_ONCE);
    for (long edge = rows.firstEdge(row); edge != GraphRows.NO_EDGE; edge = rows.nextEdge(edge)) {
      int user = GraphRows.edgeRow(edge);
      if (user >= size) {
        continue; // Appended already, but we have not been told.
      }
      Page page = page(user);
      int at = user & MASK;
      byte state = page.state[at];
      if ((state == WAITING.ordinal() || state == AHEAD.ordinal())
          && (rows.edgeHasData(edge) || first)
          && --page.missing[at] == 0
          && state == WAITING.ordinal()
          && !rows.isExternal(user)) {
        declareReady(user);
      }
    }
    releaseInputs(row);
    Longs waiting = consumers.of(row);
    for (int i = 0; i < waiting.size(); i++) {
      out.add(new GraphInstruction.TellExternalReady(waiting.get(i), row));
    }
    settle(row);
  }

  /** The row no longer needs its inputs. */
  private void releaseInputs(int row) {
    for (int k = 0; k < rows.inputCount(row); k++) {
      int input = rows.input(row, k);
      if (input >= 0 && --page(input).users[input & MASK] == 0) {
        settle(input);
      }
    }
  }

  /** Lets go of what nobody needs: a result, a pointless recomputation, the row itself. */
  private void settle(int row) {
    if (isWanted(row)) {
      return;
    }
    RowState state = state(row);
    if (state == MEMORY) {
      if (!protocol.releasesUnneeded()) {
        return;
      }
      page(row).run[row & MASK]++;
      move(row, RELEASED);
      if (rows.isExternal(row)) {
        out.add(new GraphInstruction.DropExternal(row));
      } else {
        scattered.forget(row);
        releasedRows.add(row);
      }
      forgetIfPossible(row);
    } else if (state == ERRED || state == RELEASED) {
      forgetIfPossible(row);
    } else if (state != FORGOTTEN && isPointless(row)) {
      abandon(row);
    }
  }

  private boolean isWanted(int row) {
    if (!sealed && !policy.growing) {
      return true;
    }
    Page page = page(row);
    int at = row & MASK;
    return page.users[at] > 0 || (page.flags[at] & HELD) != 0 || consumers.has(row);
  }

  /** Whether running the row, or waiting for it, would serve nobody. */
  private boolean isPointless(int row) {
    boolean awaited = rows.isComputed(row) || page(row).lineage[row & MASK] > 0;
    return (isFlagged(row, ENDED_ONCE) || !awaited) && !isWanted(row);
  }

  private void abandon(int row) {
    withdrawIfWithScheduler(row);
    dropIfNotComputed(row);
    move(row, RELEASED);
    releaseInputs(row);
    forgetIfPossible(row);
  }

  /** Whoever is to bring the row's result need not. */
  private void dropIfNotComputed(int row) {
    if (rows.isExternal(row)) {
      out.add(new GraphInstruction.DropExternal(row));
    } else if (rows.isScattered(row)) {
      scattered.forget(row);
      releasedRows.add(row);
    }
  }

  private void forgetIfPossible(int row) {
    Ints candidates = Ints.of(row);
    while (!candidates.isEmpty()) {
      int next = candidates.removeLast();
      RowState state = state(next);
      if ((state != RELEASED && state != ERRED)
          || page(next).lineage[next & MASK] > 0
          || isWanted(next)
          || isLineageElsewhere(next)) {
        continue;
      }
      move(next, FORGOTTEN);
      alive--;
      forgetRow(next);
      if (rows.isExternal(next)) {
        out.add(new GraphInstruction.ForgetExternal(next));
      }
      for (int k = 0; k < rows.inputCount(next); k++) {
        int raw = rows.input(next, k);
        int input = Math.max(raw, ~raw);
        page(input).lineage[input & MASK]--;
        candidates.add(input);
      }
      Page page = page(next);
      if (--page.alive == 0 && page.rows == GraphRows.PAGE && !sealed) {
        dropPage(next);
      }
    }
  }

  private boolean isLineageElsewhere(int row) {
    return lineageElsewhere.has(row) && protocol.keepsLineage();
  }

  private void forgetRow(int row) {
    if (!failures.isEmpty()) {
      failures.remove(row);
    }
    if (!deaths.isEmpty()) {
      deaths.remove(row);
    }
    if (!retriesUsed.isEmpty()) {
      retriesUsed.remove(row);
    }
    scattered.forget(row);
  }

  private void dropPage(int row) {
    rows.dropPage(row, input -> state(input) != FORGOTTEN);
    pages[row >>> SHIFT] = null;
  }

  /** The row's result is nowhere any more. */
  private void loseResult(int row) {
    if (state(row) != MEMORY) {
      return;
    }
    page(row).run[row & MASK]++;
    if (isFlagged(row, HELD)) {
      out.add(new GraphInstruction.RetractOutputs(Ints.of(row)));
    }
    Longs known = consumers.of(row);
    for (int i = 0; i < known.size(); i++) {
      out.add(new GraphInstruction.TellExternalLost(known.get(i), row));
    }
    for (long edge = rows.firstEdge(row); edge != GraphRows.NO_EDGE; edge = rows.nextEdge(edge)) {
      int user = GraphRows.edgeRow(edge);
      if (rows.edgeHasData(edge) && isUnfinished(user)) {
        page(user).missing[user & MASK]++;
        if (protocol.withdrawsReady()) {
          withdrawIfWithScheduler(user);
        }
      }
    }
    if (isWanted(row)) {
      // Through RELEASED, as if nobody had needed it for a moment.
      move(row, RELEASED);
      revive(row);
    } else {
      move(row, RELEASED);
      forgetIfPossible(row);
    }
  }

  /** Runs a released row again, and whatever of its inputs was released too. */
  private void revive(int first) {
    revived.add(first);
    while (!revived.isEmpty()) {
      int row = revived.removeLast();
      if (state(row) != RELEASED || !isWanted(row)) {
        continue;
      }
      move(row, WAITING);
      TaskFailure poison = null;
      int missing = 0;
      for (int k = 0; k < rows.inputCount(row); k++) {
        int raw = rows.input(row, k);
        int input = Math.max(raw, ~raw);
        if (state(input) == ERRED) {
          poison = failures.get(input); // It ended well once, and then not.
        }
        if (raw < 0) {
          missing += hasEndedOnce(input) ? 0 : 1;
          continue;
        }
        page(input).users[input & MASK]++;
        if (state(input) != MEMORY) {
          missing++;
          revived.add(input);
        }
      }
      page(row).missing[row & MASK] = missing;
      if (poison != null) {
        fail(row, poison);
      } else if (rows.isExternal(row)) {
        out.add(new GraphInstruction.AcquireExternal(row));
      } else if (rows.isScattered(row)
          && !scattered.comesAgain(row)
          && protocol.failsLostValues()) {
        fail(row, scattered.lost(row, rows.keyName(row)));
      } else {
        declareReadyIfComplete(row);
      }
    }
  }

  /** The current run of a row that the scheduler has is over and left nothing. */
  private void becomeVoid(int row) {
    page(row).run[row & MASK]++;
    move(row, WAITING);
  }

  private void withdrawIfWithScheduler(int row) {
    RowState state = state(row);
    if (state == READY || state == AHEAD) {
      withdrawnRows.add(row);
      withdrawnRuns.add(run(row));
      becomeVoid(row);
      withdrawUsersSentAhead(row);
    }
  }

  /** What was sent ahead waits on its worker for a run that will not end there. */
  private void withdrawUsersSentAhead(int first) {
    if (count(AHEAD) == 0) {
      return;
    }
    Ints voided = Ints.of(first);
    for (int i = 0; i < voided.size(); i++) {
      long edge = rows.firstEdge(voided.get(i));
      for (; edge != GraphRows.NO_EDGE; edge = rows.nextEdge(edge)) {
        int user = GraphRows.edgeRow(edge);
        if (state(user) == AHEAD) {
          withdrawnRows.add(user);
          withdrawnRuns.add(run(user));
          becomeVoid(user);
          voided.add(user);
        }
      }
    }
    for (int i = 1; i < voided.size(); i++) {
      declareReadyIfComplete(voided.get(i)); // What it merely came after had ended before.
    }
  }

  private void declareReadyIfComplete(int row) {
    if (state(row) == WAITING && page(row).missing[row & MASK] == 0 && rows.isComputed(row)) {
      declareReady(row);
    }
  }

  private void declareReady(int row) {
    move(row, READY);
    readyRows.add(row);
    readyRuns.add(run(row));
  }

  /** The row failed, and with it every row that needs it, directly or not. */
  private void fail(int row, TaskFailure failure) {
    Ints outputs = new Ints(1);
    failWithUsers(row, failure, outputs);
    tellFailed(outputs, failure);
    if (!outputs.isEmpty() && policy.stopAtFirstFailure && cancelled == null) {
      String message = "Another task of the graph failed: " + failure.message();
      cancelAll(TaskFailure.of(TaskFailure.Kind.CANCELLED, failure.key(), message));
    }
  }

  private void failWithUsers(int first, TaskFailure failure, Ints outputs) {
    if (!isUnfinished(first)) {
      return;
    }
    Ints doomed = Ints.of(first);
    while (!doomed.isEmpty()) {
      int row = doomed.removeLast();
      if (!isUnfinished(row)) {
        continue;
      }
      withdrawIfWithScheduler(row);
      move(row, ERRED);
      failures.put(row, failure);
      if (isFlagged(row, HELD)) {
        outputs.add(row);
      }
      Longs known = consumers.of(row);
      for (int i = 0; i < known.size(); i++) {
        tellFailed(row, known.get(i));
      }
      long edge = rows.firstEdge(row);
      for (; edge != GraphRows.NO_EDGE; edge = rows.nextEdge(edge)) {
        doomed.add(GraphRows.edgeRow(edge));
      }
      dropIfNotComputed(row);
      releaseInputs(row);
      settle(row);
    }
  }

  private void tellFailed(Ints outputs, TaskFailure failure) {
    if (outputs.isEmpty()) {
      return;
    }
    outputs.sort();
    int last = out.size() - 1;
    if (last >= 0
        && out.get(last) instanceof GraphInstruction.FailOutputs before
        && before.failure().equals(failure)) {
      before.rows().addAll(outputs); // Rows of a doomed graph arrive one by one.
    } else {
      out.add(new GraphInstruction.FailOutputs(outputs, failure));
    }
  }

  private void tellFailed(int row, long consumer) {
    TaskFailure failure = failures.get(row);
    if (failure != null) {
      out.add(new GraphInstruction.TellExternalFailed(consumer, row, failure));
    }
  }

  /** Whether a report speaks of the run that counts. */
  private boolean isCurrent(int row, int run) {
    if (row >= size) {
      return false;
    }
    RowState state = state(row);
    return (state == READY || state == AHEAD) && (run(row) == run || !protocol.fencesRuns());
  }

  private void move(int row, RowState to) {
    Page page = page(row);
    int from = page.state[row & MASK];
    TABLE.check(Task.of(graph, row), from, to.ordinal());
    page.state[row & MASK] = (byte) to.ordinal();
    counts[from]--;
    counts[to.ordinal()]++;
    if (listener != null) {
      listener.onTransition(Task.of(graph, row), TABLE.state(from), to);
    }
  }

  private Page page(int row) {
    Page page = pages[row >>> SHIFT];
    if (page == null) {
      throw new IllegalStateException("row " + row + " of graph " + graph + " is forgotten");
    }
    return page;
  }

  private boolean hasEndedOnce(int row) {
    return pages[row >>> SHIFT] == null || isFlagged(row, ENDED_ONCE);
  }

  private boolean isUnfinished(int row) {
    RowState state = state(row);
    return state == WAITING || state == READY || state == AHEAD;
  }

  private boolean isFlagged(int row, byte flag) {
    return (page(row).flags[row & MASK] & flag) != 0;
  }

  private void flag(int row, byte flag) {
    page(row).flags[row & MASK] |= flag;
  }

  // ---- invariants
  // --------------------------------------------------------------------------------

  /** Recomputes what is kept incrementally and throws if the two differ. For tests: O(rows). */
  public void verify() {
    int[] seen = new int[counts.length];
    int[] users = new int[size];
    for (int row = 0; row < size; row++) {
      RowState state = state(row);
      seen[state.ordinal()]++;
      boolean unfinished = isUnfinished(row);
      if (state == FORGOTTEN) {
        continue;
      }
      int missing = 0;
      for (int k = 0; k < rows.inputCount(row); k++) {
        int raw = rows.input(row, k);
        if (raw >= 0 && unfinished) {
          users[raw]++;
          missing += state(raw) == MEMORY ? 0 : 1;
        } else if (raw < 0) {
          missing += hasEndedOnce(~raw) ? 0 : 1;
        }
      }
      if (unfinished) {
        check(page(row).missing[row & MASK] == missing, row, "missing inputs are miscounted");
        check(state != READY || missing == 0, row, "ready although an input is missing");
        check(state != AHEAD || isMadeOrWithScheduler(row), row, "ahead of what will not be made");
        check(
            state != WAITING || missing > 0 || !rows.isComputed(row), row, "ready but not said so");
      }
    }
    for (int row = 0; row < size; row++) {
      RowState state = state(row);
      if (state != FORGOTTEN) {
        check(page(row).users[row & MASK] == users[row], row, "users are miscounted");
        check(state != MEMORY || isWanted(row), row, "in memory although nobody needs it");
      }
    }
    failures.forEach((row, failure) -> checkKept((int) row));
    deaths.keySet().forEach(this::checkKept);
    retriesUsed.keySet().forEach(this::checkKept);
    scattered.rows().forEach(this::checkKept);
    consumers.rows().forEach(this::checkKept);
    if (protocol.keepsLineage()) {
      lineageElsewhere.rows().forEach(this::checkKept);
    }
    for (RowState state : RowState.values()) {
      if (seen[state.ordinal()] != counts[state.ordinal()]) {
        throw new IllegalStateException("graph " + graph + ": count of " + state + " is wrong");
      }
    }
  }

  private void checkKept(int row) {
    check(state(row) != FORGOTTEN, row, "forgotten, but not all of it");
  }

  private void check(boolean holds, int row, String otherwise) {
    if (!holds) {
      String where = "graph " + graph + " row " + row + " (" + state(row) + "): ";
      throw new IllegalStateException(where + otherwise);
    }
  }
}

package io.dagwright.internal.simulation;

import io.dagwright.internal.simulation.Plan.Kind;
import io.dagwright.internal.simulation.Plan.Row;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Link;
import io.dagwright.internal.wire.TaskFailure;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes graphs up, submits them, keeps and releases results, and knows what they must be. It may
 * end before its graphs do; then it is deaf, and nothing of what it had must be left anywhere.
 */
final class VirtualClient {

  /** What a client asks. */
  sealed interface Request {
    int graph();
  }

  record Submit(Plan plan) implements Request {
    @Override
    public int graph() {
      return plan.id;
    }
  }

  record AddRows(int graph, GraphRows.Block block) implements Request {}

  record Seal(int graph) implements Request {}

  record Release(int graph, Ints rows) implements Request {}

  record Cancel(int graph) implements Request {}

  /** The client has values for workers. */
  record Offer(int graph, int copies, boolean kept) implements Request {}

  /** The client leaves, and all its graphs with it. */
  record Close() implements Request {
    @Override
    public int graph() {
      return -1;
    }
  }

  /** What a client is told. */
  sealed interface Told {
    int graph();
  }

  record Announced(int graph, int worker, Ints rows, byte @Nullable [] @Nullable [] inline)
      implements Told {}

  /** Some of the rows the client was never told of. */
  record Retracted(int graph, Ints rows, Ints unheard) implements Told {}

  record Failed(int graph, Ints rows, TaskFailure failure) implements Told {}

  record Ended(int graph) implements Told {}

  record Broken(int graph) implements Told {}

  private enum Status {
    PENDING,
    THERE,
    FAILED,
    RELEASED
  }

  /** One submitted graph. */
  private static final class Session {
    final Plan plan;
    final Map<Integer, Status> wanted = new TreeMap<>();

    /** The worker each result was last said to be on. */
    final Map<Integer, Integer> places = new TreeMap<>();

    final @Nullable Runnable whenOver;
    int blocksLeft;
    boolean sealed;
    boolean ended;
    boolean called;

    Session(Plan plan, @Nullable Runnable whenOver) {
      this.plan = plan;
      this.whenOver = whenOver;
    }

    boolean isOver() {
      return blocksLeft == 0 && !wanted.containsValue(Status.PENDING);
    }
  }

  final int host;
  private final Map<Integer, Session> sessions = new TreeMap<>();
  final VirtualCluster cluster;
  private final VirtualTime time;
  private final Link<VirtualScheduler.Payload> link;
  private long sent;
  private long delivered;
  private boolean gone;

  /** Values that workers may fetch here. */
  private final Set<Long> offered = new TreeSet<>();

  VirtualClient(VirtualCluster cluster, int host, int graphs) {
    this.cluster = cluster;
    this.host = host;
    time = cluster.time;
    link = cluster.scheduler.open(this);
    time.after(cluster.tickNanos, this::tick);
    for (int i = 0; i < graphs; i++) {
      boolean growing = time.chance(0.3);
      time.after(
          time.between(0, cluster.scenario.faultNanos / 2),
          () -> submit(growing, time.between(1, 4)));
    }
  }

  /** The process ends, with or without a word; the scheduler notices sooner or later. */
  void end() {
    cluster.log("CLIENT %d ENDS", host);
    if (time.chance(0.5)) {
      ask(new Close());
    }
    gone = true;
    time.after(
        time.between(0, VirtualTime.SECONDS), () -> cluster.scheduler.endSession(link.link()));
  }

  private void tick() {
    if (gone) {
      return;
    }
    link.tick(time.now()).forEach(this::send);
    time.after(cluster.tickNanos, this::tick);
  }

  private void ask(Request request) {
    send(link.send(new VirtualScheduler.Payload(++sent, request), time.now()));
  }

  private void send(Frame<VirtualScheduler.Payload> frame) {
    cluster.network.send(host, VirtualScheduler.HOST, () -> cluster.scheduler.onClientFrame(frame));
  }

  // ---- making graphs up -------------------------------------------------------------------------

  private Session open(Plan plan, int blocks, @Nullable Runnable whenOver) {
    Session session = new Session(plan, whenOver);
    session.blocksLeft = blocks;
    cluster.plans.put(plan.id, plan);
    sessions.put(plan.id, session);
    ask(new Submit(plan));
    return session;
  }

  private void submit(boolean growing, int blocks) {
    if (gone) {
      return;
    }
    if (cluster.scenario.scattered > 0 && time.chance(cluster.scenario.scattered)) {
      scatter();
    }
    boolean stops = time.chance(0.2);
    Plan plan =
        new Plan(cluster.plans.size(), this, new GraphState.Policy(3, stops, growing), null);
    Session session = open(plan, blocks, null);
    addBlock(session);
    if (time.chance(cluster.scenario.cancels)) {
      time.after(time.between(0, cluster.scenario.faultNanos), () -> cancel(session));
    }
  }

  /** Values of the client's own, which later graphs may use. */
  private void scatter() {
    Plan plan = new Plan(cluster.plans.size(), this, new GraphState.Policy(3, false, false), null);
    plan.kept = time.chance(0.3);
    Session session = open(plan, 0, null);
    int count = time.between(1, 5);
    for (int i = 0; i < count; i++) {
      offered.add(plan.add(new int[0], Kind.SCATTERED, Plan.PLAIN, true, null).task());
    }
    sendBlock(session, 0, count);
    seal(session);
    int copies = time.chance(0.2) ? Integer.MAX_VALUE : time.between(1, 3);
    ask(new Offer(plan.id, copies, plan.kept));
    time.after(time.between(0, 2 * cluster.scenario.faultNanos), () -> releaseSome(session));
  }

  /** A value that a worker asks for; null if it is not here any more. */
  @Nullable Long serve(long task) {
    return offered.contains(task) ? (Long) cluster.row(task).value : null;
  }

  boolean isGone() {
    return gone;
  }

  private void addBlock(Session session) {
    if (gone || session.ended) {
      return;
    }
    Plan plan = session.plan;
    int from = plan.rows.size();
    int count = time.between(1, Math.max(1, cluster.scenario.mostRows / (session.blocksLeft + 1)));
    for (int i = 0; i < count; i++) {
      addRow(session, from);
    }
    session.blocksLeft--;
    sendBlock(session, from, plan.rows.size());
    if (session.blocksLeft > 0) {
      long gap = plan.policy.growing() ? cluster.scenario.faultNanos / 4 : VirtualTime.MILLIS;
      time.after(time.between(0, gap), () -> addBlock(session));
    } else if (!plan.policy.growing()) {
      seal(session);
    }
    time.after(time.between(0, cluster.scenario.faultNanos), () -> releaseSome(session));
    if (time.chance(cluster.scenario.haste)) {
      releaseSome(session); // Before anything of it can have run.
    }
  }

  private void sendBlock(Session session, int from, int to) {
    for (int row = from; row < to; row++) {
      if (session.plan.rows.get(row).output) {
        session.wanted.put(row, Status.PENDING);
      }
    }
    ask(new AddRows(session.plan.id, session.plan.block(from, to)));
  }

  private void addRow(Session session, int from) {
    Plan plan = session.plan;
    boolean output = time.chance(cluster.scenario.outputs);
    Row external = time.chance(cluster.scenario.externals) ? someHeldRow(session) : null;
    if (external != null) {
      plan.add(new int[0], Kind.EXTERNAL, Plan.PLAIN, false, external);
      return;
    }
    List<Integer> candidates = new ArrayList<>();
    for (int row = 0; row < plan.rows.size(); row++) {
      Status status = session.wanted.get(row);
      boolean held = status != null && status != Status.RELEASED;
      if (row >= from || !plan.policy.growing() || held) {
        candidates.add(row);
      }
    }
    int count = candidates.isEmpty() ? 0 : Math.min(candidates.size(), time.below(4));
    int near = Math.max(0, candidates.size() - (time.chance(0.7) ? 6 : 1000));
    int[] inputs = new int[count];
    for (int k = 0; k < count; k++) {
      int input = candidates.get(time.between(near, candidates.size() - 1));
      inputs[k] = time.chance(cluster.scenario.orderEdges) ? ~input : input;
    }
    int annotation = time.chance(cluster.scenario.annotated) ? time.between(1, 6) : Plan.PLAIN;
    if (time.chance(cluster.scenario.timeouts)) {
      annotation = Plan.TIMED;
    }
    if (annotation == Plan.PLAIN && cluster.scenario.isTight() && time.chance(0.15)) {
      annotation = Plan.LARGE;
    }
    Kind kind = someKind(0);
    if (kind == Kind.HANGS_FIRST || kind == Kind.HANGS_ALWAYS) {
      annotation = Plan.TIMED;
    }
    boolean retries =
        annotation == Plan.RETRIES || annotation == Plan.GPU || annotation == Plan.TPU;
    if (kind == Kind.THROWS_FIRST && !retries) {
      annotation = Plan.RETRIES;
    }
    plan.add(inputs, kind, annotation, output, null);
  }

  private Kind someKind(int depth) {
    if (time.chance(cluster.scenario.throwing)) {
      return time.chance(0.3) ? Kind.THROWS_ALWAYS : Kind.THROWS_FIRST;
    }
    if (time.chance(cluster.scenario.timeouts)) {
      return time.chance(0.3) ? Kind.HANGS_ALWAYS : Kind.HANGS_FIRST;
    }
    if (depth == 0 && time.chance(cluster.scenario.poison)) {
      return Kind.KILLS_WORKER;
    }
    if (time.chance(cluster.scenario.unencodable)) {
      return Kind.CANNOT_BE_ENCODED;
    }
    return depth < 2 && time.chance(cluster.scenario.nesting) ? Kind.NESTS : Kind.COMPUTES;
  }

  /** A row of another graph that this client, or now and then another, holds at this moment. */
  private @Nullable Row someHeldRow(Session asking) {
    VirtualClient of =
        time.chance(0.3) ? cluster.clients.get(time.below(cluster.clients.size())) : this;
    List<Row> held = new ArrayList<>();
    for (Session session : of.sessions.values()) {
      if (session != asking && session.plan.parent == null) {
        session.wanted.forEach(
            (row, status) -> {
              if (status != Status.RELEASED) {
                held.add(session.plan.rows.get(row));
              }
            });
      }
    }
    return held.isEmpty() ? null : held.get(time.below(held.size()));
  }

  private void seal(Session session) {
    if (!session.sealed) {
      session.sealed = true;
      ask(new Seal(session.plan.id));
    }
  }

  private void cancel(Session session) {
    if (gone) {
      return;
    }
    session.plan.cancelled = true;
    ask(new Cancel(session.plan.id));
  }

  private void releaseSome(Session session) {
    if (gone) {
      return;
    }
    Ints rows = new Ints();
    List.copyOf(session.wanted.keySet())
        .forEach(
            row -> {
              if (session.wanted.get(row) != Status.RELEASED && time.chance(0.3)) {
                session.wanted.put(row, Status.RELEASED);
                rows.add(row);
              }
            });
    if (!rows.isEmpty()) {
      ask(new Release(session.plan.id, rows));
    }
  }

  // ---- nested graphs
  // ------------------------------------------------------------------------------

  Plan submitNested(Row parent, Runnable whenOver) {
    int depth = 1 + (parent.plan.parent == null ? 0 : 1);
    Plan plan =
        new Plan(cluster.plans.size(), this, new GraphState.Policy(3, false, false), parent);
    Session session = open(plan, 1, whenOver);
    int count = time.between(1, 3);
    for (int i = 0; i < count; i++) {
      int[] inputs = i == 0 ? new int[0] : new int[] {time.below(i)};
      Kind kind = someKind(depth);
      boolean hangs = kind == Kind.HANGS_FIRST || kind == Kind.HANGS_ALWAYS;
      int annotation = hangs ? Plan.TIMED : kind == Kind.THROWS_FIRST ? Plan.RETRIES : Plan.PLAIN;
      plan.add(inputs, kind, annotation, i == count - 1 || time.chance(0.3), null);
    }
    session.blocksLeft = 0;
    sendBlock(session, 0, count);
    seal(session);
    return plan;
  }

  void abandonNested(Plan plan) {
    Session session = session(plan.id);
    if (!session.called) {
      session.called = true;
      cancel(session);
      releaseAll(session);
    }
  }

  private void callIfOver(Session session) {
    if (session.whenOver != null && !session.called && session.isOver()) {
      session.called = true;
      releaseAll(session);
      session.whenOver.run();
    }
  }

  // ---- what comes back
  // ----------------------------------------------------------------------------

  void onFrame(Frame<VirtualScheduler.Payload> frame) {
    if (gone) {
      return;
    }
    VirtualScheduler.Payload payload = link.receive(frame, time.now());
    if (link.owesAck()) {
      send(link.ack());
    }
    if (payload != null) {
      Violation.unless(payload.serial() == ++delivered, "an answer came twice or out of order");
      Told told = (Told) payload.body();
      cluster.log("client <- %s", told);
      Session session = session(told.graph());
      onTold(session, told);
      callIfOver(session);
    }
  }

  private void onTold(Session session, Told told) {
    if (told instanceof Announced announced) {
      for (int i = 0; i < announced.rows().size(); i++) {
        int row = announced.rows().get(i);
        boolean moved = session.wanted.get(row) == Status.THERE;
        Violation.unless(
            !moved || isElsewhere(session, row, announced),
            session.plan.rows.get(row) + " is announced twice, although it has not moved");
        step(session, row, moved ? Status.THERE : Status.PENDING, Status.THERE);
        session.places.put(row, announced.worker());
        checkInline(session.plan.rows.get(row), announced.inline(), i);
        long task = session.plan.rows.get(row).task();
        if (!session.plan.kept) {
          offered.remove(task);
        }
        if (cluster.scenario.replicated > 0 && time.chance(cluster.scenario.replicated)) {
          time.after(
              time.between(0, VirtualTime.SECONDS),
              () -> cluster.scheduler.copy(task, time.between(1, 4)));
        }
        if (time.chance(cluster.scenario.haste)) {
          session.wanted.put(row, Status.RELEASED);
          ask(new Release(session.plan.id, Ints.of(row)));
        }
      }
    } else if (told instanceof Retracted retracted) {
      for (int i = 0; i < retracted.rows().size(); i++) {
        int row = retracted.rows().get(i);
        boolean unheard = retracted.unheard().contains(row);
        step(session, row, unheard ? session.wanted.get(row) : Status.THERE, Status.PENDING);
        session.places.remove(row);
      }
    } else if (told instanceof Failed failed) {
      for (int i = 0; i < failed.rows().size(); i++) {
        step(session, failed.rows().get(i), Status.PENDING, Status.FAILED);
        checkFailure(session, failed.rows().get(i), failed.failure());
      }
    } else {
      session.ended = true;
    }
    if (told instanceof Broken) {
      session.blocksLeft = 0;
      session.wanted.replaceAll((row, status) -> Status.RELEASED);
    }
  }

  /** A result that is there is announced again only when it is elsewhere, and without its value. */
  private static boolean isElsewhere(Session session, int row, Announced announced) {
    return announced.inline() == null
        && !Integer.valueOf(announced.worker()).equals(session.places.get(row));
  }

  private void step(Session session, int row, @Nullable Status from, Status to) {
    Status now = session.wanted.get(row);
    if (now != Status.RELEASED) {
      Violation.unless(now == from, session.plan.rows.get(row) + " goes from " + now + " to " + to);
      session.wanted.put(row, to);
    }
  }

  private void checkInline(Row row, byte @Nullable [] @Nullable [] inline, int index) {
    Violation.unless(!row.isDoomed(), row + " cannot have a result");
    byte[] bytes = inline == null ? null : inline[index];
    Violation.unless(
        bytes == null || ByteBuffer.wrap(bytes).getLong() == row.value, "wrong value of " + row);
  }

  private void checkFailure(Session session, int row, TaskFailure failure) {
    Row of = session.plan.rows.get(row);
    boolean right =
        switch (failure.kind()) {
          case THREW -> of.throwsSomewhere;
          case TIMED_OUT -> of.lateSomewhere;
          case NOT_SERIALIZABLE -> of.staysSomewhere;
          case KILLED_WORKER -> of.killsSomewhere || hasBadLuck(of);
          case CANCELLED -> isCancelled(of);
          case INPUTS_TOO_LARGE -> of.tooLargeSomewhere;
          case VALUE_LOST -> mayLoseValue(of, failure);
          default -> false;
        };
    Violation.unless(right, of + " failed without reason: " + failure);
  }

  /** Whether the row, or something it needs, was there when too many workers died. */
  private boolean hasBadLuck(Row row) {
    boolean possible = !cluster.scenario.blamesRightly() || row.plan.parent != null;
    if (possible && cluster.ledger.deaths(row.task()) > row.plan.policy.allowedFailures()) {
      return true;
    }
    if (row.external != null) {
      return hasBadLuck(row.external);
    }
    for (int raw : row.inputs) {
      if (hasBadLuck(row.plan.rows.get(Math.max(raw, ~raw)))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the row, or something it needs, was scattered, and may have got lost. */
  private boolean mayLoseValue(Row row, TaskFailure failure) {
    if (row.kind == Kind.SCATTERED) {
      boolean released = failure.message().contains("was released");
      boolean lost = failure.message().contains("was lost with");
      return released || (!cluster.scenario.isGentle() && !(lost && row.plan.kept));
    }
    if (row.external != null) {
      return mayLoseValue(row.external, failure);
    }
    for (int raw : row.inputs) {
      if (mayLoseValue(row.plan.rows.get(Math.max(raw, ~raw)), failure)) {
        return true;
      }
    }
    return false;
  }

  private boolean isCancelled(Row row) {
    if (row.plan.cancelled || row.plan.policy.stopAtFirstFailure()) {
      return true;
    }
    if (row.external != null) {
      // What another client holds it may let go of at any time.
      return row.external.plan.client != row.plan.client || isCancelled(row.external);
    }
    for (int raw : row.inputs) {
      if (isCancelled(row.plan.rows.get(Math.max(raw, ~raw)))) {
        return true;
      }
    }
    return false;
  }

  private Session session(int graph) {
    Session session = sessions.get(graph);
    if (session == null) {
      throw new Violation("no graph " + graph);
    }
    return session;
  }

  // ---- the end
  // ------------------------------------------------------------------------------------

  /** Whether everything that was wanted has ended, and can be read. */
  boolean isSatisfied() {
    boolean all = true;
    if (gone) {
      return true;
    }
    for (Session session : sessions.values()) {
      all &= session.isOver();
      for (Map.Entry<Integer, Status> entry : session.wanted.entrySet()) {
        if (entry.getValue() == Status.THERE) {
          Row row = session.plan.rows.get(entry.getKey());
          all &= isReadable(row) && isWhereItWasSaid(session, row);
          all &= cluster.scheduler.hasCopies(row);
        }
      }
    }
    return all;
  }

  private boolean isWhereItWasSaid(Session session, Row row) {
    Integer place = session.places.get(row.row);
    return place != null && cluster.scheduler.state.holders(row.task()).contains(place);
  }

  private boolean isReadable(Row row) {
    Ints holders = cluster.scheduler.state.holders(row.task());
    boolean all = !holders.isEmpty();
    for (int i = 0; i < holders.size(); i++) {
      VirtualWorker.Process holder = cluster.scheduler.everRegistered.get(holders.get(i));
      Long value = holder == null ? null : holder.read(row.task());
      Violation.unless(value == null || value == row.value, "wrong value of " + row);
      all &= value != null;
    }
    return all;
  }

  void releaseEverything() {
    if (gone) {
      return;
    }
    for (Session session : sessions.values()) {
      releaseAll(session);
      seal(session);
    }
  }

  private void releaseAll(Session session) {
    Ints rows = new Ints();
    boolean again = time.chance(0.3); // Letting go twice does no harm.
    session
        .wanted
        .entrySet()
        .forEach(
            entry -> {
              if (again || entry.getValue() != Status.RELEASED) {
                entry.setValue(Status.RELEASED);
                rows.add(entry.getKey());
              }
            });
    if (!rows.isEmpty()) {
      ask(new Release(session.plan.id, rows));
    }
  }

  boolean hasEnded() {
    return gone || sessions.values().stream().allMatch(session -> session.ended);
  }

  String dump() {
    StringBuilder text = new StringBuilder();
    for (Session session : sessions.values()) {
      text.append("client ").append(host).append(gone ? " (gone)" : "").append(": graph ");
      text.append(session.plan.id).append(' ').append(session.plan.policy);
      text.append(session.sealed ? " sealed" : " open");
      text.append(session.plan.cancelled ? " cancelled" : "").append(session.ended ? " ended" : "");
      text.append(' ').append(session.wanted).append('\n');
      session.wanted.forEach(
          (row, status) -> {
            if (status == Status.THERE
                && !cluster.scheduler.hasCopies(session.plan.rows.get(row))) {
              text.append("  lacks copies ").append(session.plan.rows.get(row)).append('\n');
            }
            if (status == Status.THERE
                && !(isReadable(session.plan.rows.get(row))
                    && isWhereItWasSaid(session, session.plan.rows.get(row)))) {
              text.append("  cannot read ").append(session.plan.rows.get(row)).append('\n');
            }
          });
    }
    return text.append("client link: ").append(link.unacked()).append(" unacked\n").toString();
  }
}

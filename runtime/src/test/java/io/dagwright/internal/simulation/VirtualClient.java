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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes graphs up, submits them, keeps and releases results, and knows what they must be. */
final class VirtualClient {

  static final int HOST = 1;

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

  /** What a client is told. */
  sealed interface Told {
    int graph();
  }

  record Announced(int graph, int worker, Ints rows, byte @Nullable [] @Nullable [] inline)
      implements Told {}

  record Retracted(int graph, Ints rows) implements Told {}

  record Failed(int graph, Ints rows, TaskFailure failure) implements Told {}

  record Ended(int graph) implements Told {}

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
    final @Nullable Runnable whenOver;
    int blocksLeft;
    boolean sealed;
    boolean cancelled;
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

  final Map<Integer, Plan> plans = new TreeMap<>();
  private final Map<Integer, Session> sessions = new TreeMap<>();
  private final VirtualCluster cluster;
  private final VirtualTime time;
  private final Link<VirtualScheduler.Payload> link;
  private long sent;
  private long delivered;

  VirtualClient(VirtualCluster cluster) {
    this.cluster = cluster;
    time = cluster.time;
    link = new Link<>(1, cluster.resendNanos, cluster.protocol);
    time.after(cluster.tickNanos, this::tick);
    for (int i = 0; i < cluster.scenario.graphs; i++) {
      boolean growing = time.chance(0.3);
      time.after(
          time.between(0, cluster.scenario.faultNanos / 2),
          () -> submit(growing, time.between(1, 4)));
    }
  }

  private void tick() {
    link.tick(time.now()).forEach(this::send);
    time.after(cluster.tickNanos, this::tick);
  }

  private void ask(Request request) {
    send(link.send(new VirtualScheduler.Payload(++sent, request), time.now()));
  }

  private void send(Frame<VirtualScheduler.Payload> frame) {
    cluster.network.send(HOST, VirtualScheduler.HOST, () -> cluster.scheduler.onClientFrame(frame));
  }

  // ---- making graphs up -------------------------------------------------------------------------

  private Session open(Plan plan, int blocks, @Nullable Runnable whenOver) {
    Session session = new Session(plan, whenOver);
    session.blocksLeft = blocks;
    plans.put(plan.id, plan);
    sessions.put(plan.id, session);
    ask(new Submit(plan));
    return session;
  }

  private void submit(boolean growing, int blocks) {
    boolean stops = time.chance(0.2);
    Plan plan = new Plan(plans.size(), new GraphState.Policy(3, stops, growing), null);
    Session session = open(plan, blocks, null);
    addBlock(session);
    if (time.chance(cluster.scenario.cancels)) {
      time.after(time.between(0, cluster.scenario.faultNanos), () -> cancel(session));
    }
  }

  private void addBlock(Session session) {
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
    Kind kind = someKind(0);
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
    if (depth == 0 && time.chance(cluster.scenario.poison)) {
      return Kind.KILLS_WORKER;
    }
    if (time.chance(cluster.scenario.unencodable)) {
      return Kind.CANNOT_BE_ENCODED;
    }
    return depth < 2 && time.chance(cluster.scenario.nesting) ? Kind.NESTS : Kind.COMPUTES;
  }

  /** A row of another graph that this client holds at this moment. */
  private @Nullable Row someHeldRow(Session asking) {
    List<Row> held = new ArrayList<>();
    for (Session session : sessions.values()) {
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
    session.cancelled = true;
    ask(new Cancel(session.plan.id));
  }

  private void releaseSome(Session session) {
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
    Plan plan = new Plan(plans.size(), new GraphState.Policy(3, false, false), parent);
    Session session = open(plan, 1, whenOver);
    int count = time.between(1, 3);
    for (int i = 0; i < count; i++) {
      int[] inputs = i == 0 ? new int[0] : new int[] {time.below(i)};
      Kind kind = someKind(depth);
      int annotation = kind == Kind.THROWS_FIRST ? Plan.RETRIES : Plan.PLAIN;
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
        boolean moved = announced.inline() == null && session.wanted.get(row) == Status.THERE;
        step(session, row, moved ? Status.THERE : Status.PENDING, Status.THERE);
        checkInline(session.plan.rows.get(row), announced.inline(), i);
      }
    } else if (told instanceof Retracted retracted) {
      for (int i = 0; i < retracted.rows().size(); i++) {
        step(session, retracted.rows().get(i), Status.THERE, Status.PENDING);
      }
    } else if (told instanceof Failed failed) {
      for (int i = 0; i < failed.rows().size(); i++) {
        step(session, failed.rows().get(i), Status.PENDING, Status.FAILED);
        checkFailure(session, failed.rows().get(i), failed.failure());
      }
    } else {
      session.ended = true;
    }
  }

  private void step(Session session, int row, Status from, Status to) {
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
          case NOT_SERIALIZABLE -> of.staysSomewhere;
          case KILLED_WORKER -> of.killsSomewhere || hasBadLuck(of);
          case CANCELLED -> isCancelled(of);
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

  private boolean isCancelled(Row row) {
    Session session = session(row.plan.id);
    if (session.cancelled || row.plan.policy.stopAtFirstFailure()) {
      return true;
    }
    if (row.external != null) {
      return isCancelled(row.external);
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
    for (Session session : sessions.values()) {
      all &= session.isOver();
      for (Map.Entry<Integer, Status> entry : session.wanted.entrySet()) {
        if (entry.getValue() == Status.THERE) {
          all &= isReadable(session.plan.rows.get(entry.getKey()));
        }
      }
    }
    return all;
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
    for (Session session : sessions.values()) {
      releaseAll(session);
      seal(session);
    }
  }

  private void releaseAll(Session session) {
    Ints rows = new Ints();
    session
        .wanted
        .entrySet()
        .forEach(
            entry -> {
              if (entry.getValue() != Status.RELEASED) {
                entry.setValue(Status.RELEASED);
                rows.add(entry.getKey());
              }
            });
    if (!rows.isEmpty()) {
      ask(new Release(session.plan.id, rows));
    }
  }

  boolean hasEnded() {
    return sessions.values().stream().allMatch(session -> session.ended);
  }

  String dump() {
    StringBuilder text = new StringBuilder();
    for (Session session : sessions.values()) {
      text.append("client: graph ").append(session.plan.id).append(' ').append(session.plan.policy);
      text.append(session.sealed ? " sealed" : " open");
      text.append(session.cancelled ? " cancelled" : "").append(session.ended ? " ended" : "");
      text.append(' ').append(session.wanted).append('\n');
      session.wanted.forEach(
          (row, status) -> {
            if (status == Status.THERE && !isReadable(session.plan.rows.get(row))) {
              text.append("  cannot read ").append(session.plan.rows.get(row)).append('\n');
            }
          });
    }
    return text.append("client link: ").append(link.unacked()).append(" unacked\n").toString();
  }
}

package io.dagwright.internal.simulation;

import io.dagwright.graph.Annotations;
import io.dagwright.internal.taskstate.GraphState;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One graph as its client means it: what each task does, and what must come out. */
final class Plan {

  /** What a task does when it runs. */
  enum Kind {
    COMPUTES,
    THROWS_FIRST,
    THROWS_ALWAYS,
    HANGS_FIRST,
    HANGS_ALWAYS,
    KILLS_WORKER,
    NESTS,
    CANNOT_BE_ENCODED,
    EXTERNAL,
    SCATTERED
  }

  static final int PLAIN = 0;
  static final int RETRIES = 1;
  static final int PRIORITY = 2;
  static final int GPU = 3;
  static final int TPU = 4;
  static final int ON_FIRST_WORKER = 5;
  static final int ON_ABSENT_WORKER = 6;
  static final int TIMED = 7;
  static final int LARGE = 8;

  /** How long a run of a task with that annotation may take. */
  static final long TIMEOUT_NANOS = 30 * VirtualTime.MILLIS;

  /** The annotation table of every graph. */
  static final List<Annotations> ANNOTATIONS =
      List.of(
          Annotations.NONE.withRetries(2),
          Annotations.NONE.withPriority(5),
          Annotations.NONE.withResource("gpu", 1).withRetries(1),
          Annotations.NONE.withResource("tpu", 1).withRetries(1),
          Annotations.NONE.withWorkers(Set.of("w0")).withPriority(-1),
          Annotations.NONE.withWorkers(Set.of("nobody")).withAnyWorker(true),
          Annotations.NONE.withTimeout(Duration.ofNanos(TIMEOUT_NANOS)).withRetries(2),
          Annotations.NONE.withMemory(Scenario.MOST_BYTES));

  /** One task. */
  static final class Row {
    final Plan plan;
    final int row;
    final int[] inputs;
    final Kind kind;
    final int annotation;
    final boolean output;
    final @Nullable Row external;
    final long value;
    final boolean throwsSomewhere;
    final boolean killsSomewhere;
    final boolean staysSomewhere;
    final boolean lateSomewhere;
    final boolean tooLargeSomewhere;
    final boolean hangsSomewhere;

    /** Runs that throw, or hang, before one does not. */
    final int throwsAtFirst;

    /** How many runs of what it needs may fail, at most. */
    final int failuresAbove;

    /** Runs that may still throw or hang. */
    int throwsLeft;

    int executions;
    int deaths;

    Row(
        Plan plan,
        int[] inputs,
        Kind kind,
        int annotation,
        boolean output,
        @Nullable Row external) {
      this.plan = plan;
      this.row = plan.rows.size();
      this.inputs = inputs;
      this.kind = kind;
      this.annotation = annotation;
      this.output = output;
      this.external = external;
      this.throwsAtFirst =
          kind == Kind.THROWS_FIRST || kind == Kind.HANGS_FIRST
              ? ANNOTATIONS.get(annotation - 1).retries()
              : 0;
      this.throwsLeft = throwsAtFirst;
      long mixed = Task.share(task(), 7);
      boolean anyThrows = kind == Kind.THROWS_ALWAYS;
      boolean anyKills = kind == Kind.KILLS_WORKER;
      boolean anyStays = kind == Kind.CANNOT_BE_ENCODED;
      boolean anyLate = annotation == TIMED && kind != Kind.HANGS_FIRST;
      boolean anyHangs = kind == Kind.HANGS_ALWAYS;
      boolean anyTooLarge = false;
      long inputBytes = 0;
      int above = 0;
      for (int raw : inputs) {
        Row input = plan.rows.get(Math.max(raw, ~raw));
        anyThrows |= input.throwsSomewhere;
        anyKills |= input.killsSomewhere;
        anyStays |= input.staysSomewhere;
        anyLate |= input.lateSomewhere;
        anyTooLarge |= input.tooLargeSomewhere;
        inputBytes += raw < 0 ? 0 : plan.client.cluster.sizeOf(input.origin().task());
        anyHangs |= input.hangsSomewhere;
        above = Math.min(100, above + input.mostFailures() + input.failuresAbove);
        if (raw >= 0) {
          mixed = Task.share(mixed ^ input.value, 11);
        }
      }
      if (external != null) {
        mixed = external.value;
        anyThrows = external.throwsSomewhere;
        anyKills = external.killsSomewhere;
        anyStays = external.staysSomewhere;
        anyLate = external.lateSomewhere;
        anyTooLarge = external.tooLargeSomewhere;
        anyHangs = external.hangsSomewhere;
      }
      value = mixed;
      throwsSomewhere = anyThrows;
      killsSomewhere = anyKills;
      staysSomewhere = anyStays;
      lateSomewhere = anyLate;
      tooLargeSomewhere = anyTooLarge || inputBytes > plan.client.cluster.scenario.memoryBytes;
      hangsSomewhere = anyHangs;
      failuresAbove = above;
    }

    /** How many of its runs may fail where nothing breaks. */
    int mostFailures() {
      return kind == Kind.THROWS_ALWAYS || annotation == TIMED ? 3 : throwsAtFirst;
    }

    long task() {
      return Task.of(plan.id, row);
    }

    /** The task whose result this row is: itself, or what it stands for. */
    Row origin() {
      return external == null ? this : external.origin();
    }

    boolean needs(long task) {
      for (int raw : inputs) {
        if (raw >= 0 && plan.rows.get(raw).origin().task() == task) {
          return true;
        }
      }
      return false;
    }

    boolean isDoomed() {
      return throwsSomewhere || killsSomewhere || hangsSomewhere;
    }

    /** Whether a run that begins now ends only when it is stopped. */
    boolean hangsNow() {
      return kind == Kind.HANGS_ALWAYS || (kind == Kind.HANGS_FIRST && throwsLeft > 0);
    }

    @Override
    public String toString() {
      return Task.show(task()) + " " + kind;
    }
  }

  final int id;
  final VirtualClient client;
  final GraphState.Policy policy;
  final List<Row> rows = new ArrayList<>();
  final @Nullable Row parent;
  boolean cancelled;

  /** Whether the client keeps what it scattered. */
  boolean kept;

  Plan(int id, VirtualClient client, GraphState.Policy policy, @Nullable Row parent) {
    this.id = id;
    this.client = client;
    this.policy = policy;
    this.parent = parent;
  }

  Row add(int[] inputs, Kind kind, int annotation, boolean output, @Nullable Row external) {
    Row row = new Row(this, inputs, kind, annotation, output, external);
    rows.add(row);
    return row;
  }

  /** Rows {@code from} up to {@code to} as they travel. */
  GraphRows.Block block(int from, int to) {
    int[] offsets = new int[to - from + 1];
    List<Integer> inputs = new ArrayList<>();
    int[] functions = new int[to - from];
    int[] prefixes = new int[to - from];
    int[] annotations = new int[to - from];
    List<Integer> outputs = new ArrayList<>();
    for (int i = from; i < to; i++) {
      Row row = rows.get(i);
      for (int raw : row.inputs) {
        inputs.add(raw);
      }
      offsets[i - from + 1] = inputs.size();
      functions[i - from] =
          row.external != null
              ? GraphRows.EXTERNAL
              : row.kind == Kind.SCATTERED ? GraphRows.SCATTERED : 0;
      prefixes[i - from] = i % 2;
      annotations[i - from] = row.annotation;
      if (row.output) {
        outputs.add(i);
      }
    }
    return new GraphRows.Block(
        from,
        offsets,
        inputs.stream().mapToInt(i -> i).toArray(),
        functions,
        prefixes,
        annotations,
        new byte[0],
        null,
        outputs.stream().mapToInt(i -> i).toArray());
  }
}

package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.graph.Annotations;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskGraph;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A task that has not run yet: a function, and the lazies whose results it takes.
 *
 * <p>Building one runs nothing. {@link GraphRunner#compute(Lazy)} runs it and all it needs, each
 * once, however often it is used. Every method that changes something gives back a changed copy,
 * which is another task; use the copy from there on.
 *
 * <p>Immutable and thread-safe. Two lazies are the same task if they are the same object, or if
 * {@link #key} gave them the same name.
 *
 * @param <T> type of the result, which may be null
 */
public final class Lazy<T extends @Nullable Object> {

  private static final Lazy<?>[] NO_INPUTS = {};

  /**
   * Numbers lazies in the order they were made: neighbours in time become neighbours in tables. The
   * one thing here that is static and changes.
   */
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** Tells this lazy from all others of this JVM. */
  final long number = NUMBERS.getAndIncrement();

  final Calls call;
  final Object function;
  final @Nullable Object argument;
  final Lazy<?>[] inputs;
  final Details details;

  /** What is known of a task besides what it computes. */
  record Details(
      @Nullable String prefix, @Nullable String key, Annotations annotations, List<Lazy<?>> after) {

    static final Details NONE = new Details(null, null, Annotations.NONE, List.of());
  }

  private Lazy(
      Calls call, Object function, @Nullable Object argument, Lazy<?>[] inputs, Details details) {
    this.call = call;
    this.function = requireNonNull(function, "function");
    this.argument = argument;
    this.inputs = inputs;
    this.details = details;
  }

  /** A result that is known already. */
  public static <T extends @Nullable Object> Lazy<T> value(T value) {
    return new Lazy<>(Calls.VALUE, Calls.VALUE, value, NO_INPUTS, Details.NONE);
  }

  /** A task without inputs. */
  public static <R extends @Nullable Object> Lazy<R> delayed(Fn0<? extends R> function) {
    return new Lazy<>(Calls.DELAYED, function, null, NO_INPUTS, Details.NONE);
  }

  /**
   * A task that calls a function with one constant.
   *
   * <p>Many tasks may share one function instance and differ in their arguments; the function is
   * then kept and shipped once.
   */
  public static <A extends @Nullable Object, R extends @Nullable Object> Lazy<R> delayed(
      A argument, Fn1<? super A, ? extends R> function) {
    return new Lazy<>(Calls.ARGUMENT, function, argument, NO_INPUTS, Details.NONE);
  }

  /** A task that does something and has no result. */
  public static Lazy<@Nullable Void> run(Action action) {
    return new Lazy<>(Calls.RUN, action, null, NO_INPUTS, Details.NONE);
  }

  /** A task that computes something from this one's result. */
  public <R extends @Nullable Object> Lazy<R> map(Fn1<? super T, ? extends R> function) {
    return new Lazy<>(Calls.MAP, function, null, inputs(this), Details.NONE);
  }

  /** A task that computes something from two others. */
  public static <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      Lazy<R> combine(
          Lazy<? extends A> a,
          Lazy<? extends B> b,
          Fn2<? super A, ? super B, ? extends R> function) {
    return new Lazy<>(Calls.COMBINE2, function, null, inputs(a, b), Details.NONE);
  }

  /** A task that computes something from three others. */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      Lazy<R> combine(
          Lazy<? extends A> a,
          Lazy<? extends B> b,
          Lazy<? extends C> c,
          Fn3<? super A, ? super B, ? super C, ? extends R> function) {
    return new Lazy<>(Calls.COMBINE3, function, null, inputs(a, b, c), Details.NONE);
  }

  /** A task that computes something from four others. */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          R extends @Nullable Object>
      Lazy<R> combine(
          Lazy<? extends A> a,
          Lazy<? extends B> b,
          Lazy<? extends C> c,
          Lazy<? extends D> d,
          Fn4<? super A, ? super B, ? super C, ? super D, ? extends R> function) {
    return new Lazy<>(Calls.COMBINE4, function, null, inputs(a, b, c, d), Details.NONE);
  }

  /** A task that computes something from five others. */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          R extends @Nullable Object>
      Lazy<R> combine(
          Lazy<? extends A> a,
          Lazy<? extends B> b,
          Lazy<? extends C> c,
          Lazy<? extends D> d,
          Lazy<? extends E> e,
          Fn5<? super A, ? super B, ? super C, ? super D, ? super E, ? extends R> function) {
    return new Lazy<>(Calls.COMBINE5, function, null, inputs(a, b, c, d, e), Details.NONE);
  }

  /** A task that computes something from the list of the others' results, in their order. */
  public static <T extends @Nullable Object, R extends @Nullable Object> Lazy<R> all(
      Collection<? extends Lazy<? extends T>> lazies, Fn1<? super List<T>, ? extends R> function) {
    return new Lazy<>(Calls.ALL, function, null, inputs(lazies), Details.NONE);
  }

  /** The list of the others' results, in their order. It cannot be modified. */
  public static <T extends @Nullable Object> Lazy<List<T>> list(
      Collection<? extends Lazy<? extends T>> lazies) {
    return new Lazy<>(Calls.LIST, Calls.LIST, null, inputs(lazies), Details.NONE);
  }

  /**
   * A tree of tasks that brings many results down to one.
   *
   * <p>The function is called with lists of 2 to {@code fanIn} neighbours, keeps their order, and
   * is called at least once. It has to be associative.
   *
   * @param fanIn how many results one task takes at most, 2 or more
   * @throws IllegalArgumentException if there are no lazies, or {@code fanIn} is less than 2
   */
  public static <T extends @Nullable Object> Lazy<T> reduce(
      Collection<? extends Lazy<? extends T>> lazies,
      int fanIn,
      Fn1<? super List<T>, ? extends T> function) {
    if (fanIn < 2) {
      throw new IllegalArgumentException("fanIn must be 2 or more, not " + fanIn);
    }
    if (lazies.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to reduce; pass one lazy or more");
    }
    List<Lazy<? extends T>> level = new ArrayList<>(lazies);
    do {
      List<Lazy<? extends T>> next = new ArrayList<>(level.size() / fanIn + 1);
      for (int start = 0; start < level.size(); start += fanIn) {
        List<Lazy<? extends T>> group = level.subList(start, Math.min(level.size(), start + fanIn));
        boolean leftOver = group.size() == 1 && level.size() > 1;
        next.add(leftOver ? group.get(0) : Lazy.<T, T>all(group, function));
      }
      level = next;
    } while (level.size() > 1);
    @SuppressWarnings("unchecked") // A lazy only ever gives its result.
    Lazy<T> root = (Lazy<T>) level.get(0);
    return root;
  }

  /**
   * A task that calls a function with a value in which results take the place of lazies.
   *
   * <p>Lazies are found in lists, sets, maps, optionals, arrays of objects and records, at any
   * depth. Containers that hold one are rebuilt and cannot be modified; everything else is passed
   * as it is. Say the type the function gets in its own declaration: {@code Lazy.call(Map.of("a",
   * lazy), (Map<String, Integer> map) -> map.get("a"))}.
   *
   * @throws IllegalArgumentException if a record component is declared as {@code Lazy}, or a
   *     container contains itself
   */
  public static <A, R extends @Nullable Object> Lazy<R> call(
      Object argument, Fn1<A, ? extends R> function) {
    Nested nested = new Nested();
    Object stripped = nested.strip(argument);
    return new Lazy<>(Calls.CALL, function, stripped, inputs(nested.found()), Details.NONE);
  }

  /** The result of a task of another graph. */
  static <T extends @Nullable Object> Lazy<T> of(ResultRef result) {
    return new Lazy<>(Calls.EXTERNAL, result, null, NO_INPUTS, Details.NONE);
  }

  /** The same task, started only after the others finished; their results are not passed. */
  public Lazy<T> after(Lazy<?>... others) {
    return after(Arrays.asList(others));
  }

  /** The same task, started only after the others finished; their results are not passed. */
  public Lazy<T> after(Collection<? extends Lazy<?>> others) {
    List<Lazy<?>> all = new ArrayList<>(details.after);
    all.addAll(others);
    return with(new Details(details.prefix, details.key, details.annotations, List.copyOf(all)));
  }

  /**
   * The same task under a prefix: the word its messages, statistics and charts go by.
   *
   * <p>Without one, the prefix is the name of the method that a method reference names or that a
   * lambda was written in.
   */
  public Lazy<T> named(String prefix) {
    if (prefix.isBlank()) {
      throw new IllegalArgumentException("a prefix must not be blank");
    }
    return with(new Details(prefix, details.key, details.annotations, details.after));
  }

  /**
   * The same task under a name of its own, unique in its graph.
   *
   * <p>Tasks with the same key are one task. They must then be defined alike: same function or same
   * lambda with equal captured values, equal argument, same inputs, same annotations; otherwise
   * building the graph throws {@link io.dagwright.error.ConflictingKeyException}.
   */
  public Lazy<T> key(String key) {
    if (key.isBlank()) {
      throw new IllegalArgumentException("a key must not be blank");
    }
    return with(new Details(details.prefix, key, details.annotations, details.after));
  }

  /** The same task, run again up to {@code count} times if it throws. */
  public Lazy<T> retries(int count) {
    return annotated(annotations -> annotations.withRetries(count));
  }

  /** The same task with a priority: larger runs first, 0 by default. */
  public Lazy<T> priority(int larger) {
    return annotated(annotations -> annotations.withPriority(larger));
  }

  /** The same task, failed if one run takes longer than {@code limit}; zero means no limit. */
  public Lazy<T> timeout(Duration limit) {
    return annotated(annotations -> annotations.withTimeout(limit));
  }

  /** The same task, run only where these amounts are free, such as {@code Map.of("GPU", 1.0)}. */
  public Lazy<T> resources(Map<String, Double> amounts) {
    return annotated(
        annotations -> {
          Annotations more = annotations;
          for (var entry : new TreeMap<>(amounts).entrySet()) {
            more = more.withResource(entry.getKey(), entry.getValue());
          }
          return more;
        });
  }

  /**
   * The same task, with the most heap one run takes besides its inputs: what it returns, and what
   * it needs while it works. A worker begins it when that is free; one that asks for more than a
   * worker can give runs there alone.
   *
   * <p>Without it a run is expected to take what earlier ones of its prefix returned.
   *
   * @param bytes 0 or more; 0 for unknown
   */
  public Lazy<T> memory(long bytes) {
    return annotated(annotations -> annotations.withMemory(bytes));
  }

  /** The same task, run only by workers with one of these names or hosts. */
  public Lazy<T> workers(String... names) {
    return annotated(annotations -> annotations.withWorkers(Set.of(names)));
  }

  /** The same task, marked as one that must not run twice without need. */
  public Lazy<T> impure() {
    return annotated(annotations -> annotations.withPure(false));
  }

  /**
   * The same task, with a serializer of its own for its function, argument and result; see {@link
   * Serializers}.
   *
   * @throws io.dagwright.error.UnknownSerializerException if there is none of that name
   */
  public Lazy<T> serializer(String name) {
    String known = Serializers.require(name, "Lazy.serializer");
    return annotated(annotations -> annotations.withSerializer(known));
  }

  /** The same task with these annotations in place of its own. */
  public Lazy<T> with(Annotations annotations) {
    return annotated(before -> requireNonNull(annotations, "annotations"));
  }

  private Lazy<T> annotated(UnaryOperator<Annotations> change) {
    return with(
        new Details(details.prefix, details.key, change.apply(details.annotations), details.after));
  }

  private Lazy<T> with(Details other) {
    return new Lazy<>(call, function, argument, inputs, other);
  }

  /**
   * Computes this task, and waits for its result, with the runner {@link Schedulers} describes.
   *
   * <p>For scripts and tests; elsewhere {@link GraphRunner#compute(Lazy)} says where the work is
   * done.
   */
  public T compute() {
    return Schedulers.ambient().compute(this);
  }

  /** Computes this task like {@link #compute()}, without waiting for it. */
  public CompletionStage<T> computeAsync() {
    return Schedulers.ambient().computeAsync(this);
  }

  /** The graph of this task and all it needs. */
  public TaskGraph graph() {
    return graph(List.of(this));
  }

  /**
   * The graph of these tasks and all they need; their results are its outputs.
   *
   * @throws io.dagwright.error.ConflictingKeyException if two different tasks have the same key
   */
  public static TaskGraph graph(Collection<? extends Lazy<?>> lazies) {
    return LazyGraph.of(lazies);
  }

  /** What {@link #toString} and error messages call the task. */
  String describe() {
    StringBuilder text = new StringBuilder(call.word());
    if (call == Calls.EXTERNAL) {
      text.append('(').append(function).append(')');
    } else if (!(function instanceof Calls)) {
      text.append('(').append(Lambdas.name(function)).append(')');
    }
    if (argument != null && !(argument instanceof Nested.Part)) {
      text.append(" with ").append(shortened(argument));
    }
    if (inputs.length > 0) {
      text.append(" of ").append(inputs.length).append(inputs.length == 1 ? " input" : " inputs");
    }
    if (!details.annotations.equals(Annotations.NONE)) {
      text.append(' ').append(details.annotations);
    }
    return text.toString();
  }

  private static String shortened(Object value) {
    String text = value instanceof Object[] array ? Arrays.toString(array) : value.toString();
    return text.length() <= 60 ? text : text.substring(0, 59) + "…";
  }

  @Override
  public String toString() {
    String name = details.key != null ? details.key : details.prefix;
    return "Lazy[" + (name == null ? "" : name + ": ") + describe() + "]";
  }

  private static Lazy<?>[] inputs(Lazy<?>... lazies) {
    for (Lazy<?> lazy : lazies) {
      requireNonNull(lazy, "a lazy that is an input");
    }
    return lazies;
  }

  private static Lazy<?>[] inputs(Collection<? extends Lazy<?>> lazies) {
    return inputs(lazies.toArray(new Lazy<?>[0]));
  }
}

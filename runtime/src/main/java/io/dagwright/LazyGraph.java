package io.dagwright;

import io.dagwright.error.ConflictingKeyException;
import io.dagwright.graph.Annotations;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskFunction;
import io.dagwright.graph.TaskGraph;
import io.dagwright.graph.TaskKey;
import io.dagwright.internal.wire.Ints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns lazies into a {@link TaskGraph}: depth first, so that rows come out in an order that needs
 * each result soon after it was computed. Iterative, so that a chain may be as long as memory
 * allows. Used once, by one thread.
 */
final class LazyGraph {

  private static final int START = 256;

  private final LazyRows rows = new LazyRows();
  private int size;

  /** Where we are: lazies being visited, each an input of the one before. */
  private final List<Lazy<?>> path = new ArrayList<>();

  /** For each of them, the input to visit next. */
  private int[] next = new int[START];

  /** The rows of those of their inputs that were visited. */
  private int[] visited = new int[START];

  private int visitedCount;

  private int[] inputOffsets = new int[START];
  private int[] inputs = new int[START];
  private int edges;
  private int[] functionOf = new int[START];
  private @Nullable Object @Nullable [] arguments;
  private int[] prefixOf = new int[START];
  private int @Nullable [] annotationOf;

  private final List<TaskFunction> functions = new ArrayList<>();
  private final List<String> functionPrefixes = new ArrayList<>();

  /** The prefix of a function's tasks that have none of their own; -1 as long as there are none. */
  private final Ints prefixOfFunction = new Ints();

  private final Map<Calls, IdentityHashMap<Object, Integer>> functionIndexes =
      new EnumMap<>(Calls.class);
  private @Nullable Lazy<?> lastOfFunction;
  private int lastFunction;
  private final Map<Class<?>, String> prefixOfClass = new HashMap<>();
  private final Map<String, Integer> prefixes = new LinkedHashMap<>();
  private final Map<Annotations, Integer> annotations = new LinkedHashMap<>();
  private final Map<Integer, TaskKey> keys = new LinkedHashMap<>();
  private final Map<Integer, ResultRef> externals = new LinkedHashMap<>();

  /** The lazies that were named, by key; the row of each is in {@link #rows}. */
  private final Map<String, Lazy<?>> named = new HashMap<>();

  private LazyGraph() {
    annotations.put(Annotations.NONE, 0);
  }

  static TaskGraph of(Collection<? extends Lazy<?>> outputs) {
    LazyGraph graph = new LazyGraph();
    int[] outputRows = new int[outputs.size()];
    int i = 0;
    for (Lazy<?> output : outputs) {
      outputRows[i++] = graph.visit(output.call == Calls.EXTERNAL ? handedOn(output) : output);
    }
    return graph.build(outputRows);
  }

  /** A task that has another graph's result as its own, since only tasks have outcomes. */
  private static <T extends @Nullable Object> Lazy<T> handedOn(Lazy<T> result) {
    return result.<T>map(LazyGraph::same).named("result");
  }

  private static <T extends @Nullable Object> T same(T value) {
    return value;
  }

  /** Adds the rows of {@code root} and of all it needs; returns its row. */
  private int visit(Lazy<?> root) {
    int row = rows.get(root);
    if (row != LazyRows.ABSENT) {
      return row;
    }
    enter(root);
    while (true) {
      int top = path.size() - 1;
      Lazy<?> lazy = path.get(top);
      Lazy<?> missing = nextMissing(lazy, top);
      if (missing != null) {
        enter(missing);
        continue;
      }
      path.remove(top);
      row = add(lazy);
      if (top == 0) {
        return row;
      }
      addVisited(row);
    }
  }

  private void enter(Lazy<?> lazy) {
    path.add(lazy);
    next = reserve(next, path.size());
    next[path.size() - 1] = 0;
  }

  /** Visits the inputs of a lazy up to the first that has inputs of its own, and no row yet. */
  private @Nullable Lazy<?> nextMissing(Lazy<?> lazy, int top) {
    Lazy<?>[] inputsOfLazy = lazy.inputs;
    List<Lazy<?>> after = lazy.details.after();
    int count = inputsOfLazy.length + after.size();
    for (int index = next[top]; index < count; index++) {
      Lazy<?> input =
          index < inputsOfLazy.length
              ? inputsOfLazy[index]
              : after.get(index - inputsOfLazy.length);
      int row = rows.get(input);
      if (row == LazyRows.ABSENT) {
        if (input.inputs.length > 0 || !input.details.after().isEmpty()) {
          next[top] = index + 1;
          return input;
        }
        row = add(input);
      }
      addVisited(row);
    }
    return null;
  }

  private void addVisited(int row) {
    visited = reserve(visited, visitedCount + 1);
    visited[visitedCount++] = row;
  }

  /** Adds the row of a lazy whose inputs are the last that were visited; returns the row. */
  private int add(Lazy<?> lazy) {
    visitedCount -= lazy.inputs.length + lazy.details.after().size();
    String key = lazy.details.key();
    if (key != null) {
      Lazy<?> same = named.putIfAbsent(key, lazy);
      if (same != null) {
        if (!alike(same, lazy)) {
          throw new ConflictingKeyException(key, same.describe(), lazy.describe());
        }
        int row = rows.get(same);
        rows.put(lazy, row);
        return row;
      }
    }
    int row = size++;
    rows.put(lazy, row);
    addInputs(lazy, row);
    functionOf = reserve(functionOf, size);
    prefixOf = reserve(prefixOf, size);
    int function;
    if (lazy.call == Calls.EXTERNAL) {
      function = TaskGraph.EXTERNAL;
      externals.put(row, (ResultRef) lazy.function);
    } else {
      function = function(lazy);
    }
    functionOf[row] = function;
    addArgument(lazy.argument, row);
    addAnnotations(lazy.details.annotations(), row);
    addName(lazy, function, row);
    return row;
  }

  private void addInputs(Lazy<?> lazy, int row) {
    int count = lazy.inputs.length;
    int afterCount = lazy.details.after().size();
    inputs = reserve(inputs, edges + count + afterCount);
    System.arraycopy(visited, visitedCount, inputs, edges, count);
    edges += count;
    if (afterCount > 0) {
      addEarlier(count, afterCount);
    }
    inputOffsets = reserve(inputOffsets, row + 2);
    inputOffsets[row + 1] = edges;
  }

  private void addEarlier(int count, int afterCount) {
    Set<Integer> present = new HashSet<>();
    for (int i = edges - count; i < edges; i++) {
      present.add(inputs[i]);
    }
    for (int i = 0; i < afterCount; i++) {
      int row = visited[visitedCount + count + i];
      if (present.add(row)) {
        inputs[edges++] = ~row;
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // A function is the same if it is the same object.
  private int function(Lazy<?> lazy) {
    Lazy<?> before = lastOfFunction;
    if (before == null || before.function != lazy.function || before.call != lazy.call) {
      lastFunction =
          functionIndexes
              .computeIfAbsent(lazy.call, call -> new IdentityHashMap<>())
              .computeIfAbsent(lazy.function, function -> addFunction(lazy));
      lastOfFunction = lazy;
    }
    return lastFunction;
  }

  private int addFunction(Lazy<?> lazy) {
    functions.add(lazy.call.adapt(lazy.function));
    functionPrefixes.add(
        lazy.function instanceof Calls
            ? lazy.call.word()
            : prefixOfClass.computeIfAbsent(
                lazy.function.getClass(), type -> Lambdas.name(lazy.function)));
    prefixOfFunction.add(-1);
    return functions.size() - 1;
  }

  private void addArgument(@Nullable Object argument, int row) {
    if (argument != null) {
      if (arguments == null) {
        arguments = new @Nullable Object[Math.max(START, row + 1)];
      }
      if (row >= arguments.length) {
        arguments = Arrays.copyOf(arguments, Math.max(2 * arguments.length, row + 1));
      }
      arguments[row] = argument;
    }
  }

  private void addAnnotations(Annotations wanted, int row) {
    if (wanted.equals(Annotations.NONE)) {
      return;
    }
    if (annotationOf == null) {
      annotationOf = new int[Math.max(START, row + 1)];
    }
    annotationOf = reserve(annotationOf, row + 1);
    Integer index = annotations.putIfAbsent(wanted, annotations.size());
    annotationOf[row] = index == null ? annotations.size() - 1 : index;
  }

  private void addName(Lazy<?> lazy, int function, int row) {
    String prefix = lazy.details.prefix();
    String key = lazy.details.key();
    if (key != null) {
      TaskKey named = TaskKey.of(key);
      keys.put(row, named);
      prefixOf[row] = prefix(prefix == null ? named.prefix() : prefix);
    } else if (prefix != null) {
      prefixOf[row] = prefix(prefix);
    } else if (function == TaskGraph.EXTERNAL) {
      prefixOf[row] = prefix("external");
    } else {
      if (prefixOfFunction.get(function) < 0) {
        prefixOfFunction.set(function, prefix(functionPrefixes.get(function)));
      }
      prefixOf[row] = prefixOfFunction.get(function);
    }
  }

  private int prefix(String prefix) {
    Integer index = prefixes.putIfAbsent(prefix, prefixes.size());
    return index == null ? prefixes.size() - 1 : index;
  }

  private boolean alike(Lazy<?> one, Lazy<?> other) {
    return one.call == other.call
        && Lambdas.same(one.function, other.function)
        && Objects.deepEquals(one.argument, other.argument)
        && one.details.annotations().equals(other.details.annotations())
        && sameRows(Arrays.asList(one.inputs), Arrays.asList(other.inputs))
        && sameRows(one.details.after(), other.details.after());
  }

  private boolean sameRows(List<Lazy<?>> some, List<Lazy<?>> others) {
    return Arrays.equals(
        some.stream().mapToInt(rows::get).toArray(), others.stream().mapToInt(rows::get).toArray());
  }

  private TaskGraph build(int[] outputRows) {
    return TaskGraph.of(
        new TaskGraph.Columns(
            Arrays.copyOf(inputOffsets, size + 1),
            Arrays.copyOf(inputs, edges),
            Arrays.copyOf(functionOf, size),
            functions,
            arguments == null ? null : Arrays.copyOf(arguments, size),
            Arrays.copyOf(prefixOf, size),
            List.copyOf(prefixes.keySet()),
            annotationOf == null ? null : Arrays.copyOf(annotationOf, size),
            List.copyOf(annotations.keySet()),
            keys,
            externals,
            outputRows));
  }

  private static int[] reserve(int[] array, int count) {
    return count <= array.length ? array : Arrays.copyOf(array, Math.max(2 * array.length, count));
  }
}

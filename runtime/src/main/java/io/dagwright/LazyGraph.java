package io.dagwright;

import io.dagwright.error.ConflictingKeyException;
import io.dagwright.graph.Annotations;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskFunction;
import io.dagwright.graph.TaskGraph;
import io.dagwright.graph.TaskKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
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

  private final IdentityTable rows = new IdentityTable();
  private int size;

  private int[] inputOffsets = new int[START];
  private int[] inputs = new int[START];
  private int edges;
  private int[] functionOf = new int[START];
  private @Nullable Object @Nullable [] arguments;
  private int[] prefixOf = new int[START];
  private int @Nullable [] annotationOf;

  private final List<TaskFunction> functions = new ArrayList<>();
  private final List<String> functionPrefixes = new ArrayList<>();
  private final Map<Calls, IdentityTable> functionIndexes = new EnumMap<>(Calls.class);
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
      graph.visit(output);
      outputRows[i++] = graph.rows.get(output);
    }
    return graph.build(outputRows);
  }

  /** Adds the rows of {@code root} and of all it needs. */
  private void visit(Lazy<?> root) {
    if (rows.get(root) != IdentityTable.ABSENT) {
      return;
    }
    List<Lazy<?>> path = new ArrayList<>();
    int[] next = new int[START];
    path.add(root);
    while (!path.isEmpty()) {
      int top = path.size() - 1;
      Lazy<?> lazy = path.get(top);
      Lazy<?> input = firstMissing(lazy, next, top);
      if (input == null) {
        path.remove(top);
        add(lazy);
      } else {
        path.add(input);
        next = reserve(next, top + 2);
        next[top + 1] = 0;
      }
    }
  }

  private @Nullable Lazy<?> firstMissing(Lazy<?> lazy, int[] next, int top) {
    int count = lazy.inputs.length + lazy.details.after().size();
    while (next[top] < count) {
      int index = next[top]++;
      Lazy<?> input =
          index < lazy.inputs.length
              ? lazy.inputs[index]
              : lazy.details.after().get(index - lazy.inputs.length);
      if (rows.get(input) == IdentityTable.ABSENT) {
        return input;
      }
    }
    return null;
  }

  /** Adds the row of a lazy whose inputs have theirs. */
  private void add(Lazy<?> lazy) {
    String key = lazy.details.key();
    if (key != null) {
      Lazy<?> same = named.putIfAbsent(key, lazy);
      if (same != null) {
        if (!alike(same, lazy)) {
          throw new ConflictingKeyException(key, same.describe(), lazy.describe());
        }
        rows.put(lazy, rows.get(same));
        return;
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
  }

  private void addInputs(Lazy<?> lazy, int row) {
    inputs = reserve(inputs, edges + lazy.inputs.length + lazy.details.after().size());
    int start = edges;
    for (Lazy<?> input : lazy.inputs) {
      inputs[edges++] = rows.get(input);
    }
    if (!lazy.details.after().isEmpty()) {
      addEarlier(lazy.details.after(), start);
    }
    inputOffsets = reserve(inputOffsets, row + 2);
    inputOffsets[row + 1] = edges;
  }

  private void addEarlier(List<Lazy<?>> after, int start) {
    Set<Integer> present = new HashSet<>();
    for (int i = start; i < edges; i++) {
      present.add(inputs[i]);
    }
    for (Lazy<?> earlier : after) {
      int row = rows.get(earlier);
      if (present.add(row)) {
        inputs[edges++] = ~row;
      }
    }
  }

  private int function(Lazy<?> lazy) {
    IdentityTable indexes = functionIndexes.computeIfAbsent(lazy.call, call -> new IdentityTable());
    int index = indexes.get(lazy.function);
    if (index == IdentityTable.ABSENT) {
      index = functions.size();
      indexes.put(lazy.function, index);
      functions.add(lazy.call.adapt(lazy.function));
      functionPrefixes.add(
          lazy.function instanceof Calls
              ? lazy.call.word()
              : prefixOfClass.computeIfAbsent(
                  lazy.function.getClass(), type -> Lambdas.name(lazy.function)));
    }
    return index;
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
      prefix = prefix == null ? named.prefix() : prefix;
    } else if (prefix == null) {
      prefix = function == TaskGraph.EXTERNAL ? "external" : functionPrefixes.get(function);
    }
    Integer index = prefixes.putIfAbsent(prefix, prefixes.size());
    prefixOf[row] = index == null ? prefixes.size() - 1 : index;
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

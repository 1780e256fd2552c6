package io.dagwright.graph;

import static java.util.Objects.requireNonNull;

import io.dagwright.error.ConflictingKeyException;
import io.dagwright.error.CyclicGraphException;
import io.dagwright.error.UndefinedKeyException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Describes a graph task by task, each under a string key, in any order.
 *
 * <pre>{@code
 * TaskGraph graph =
 *     TaskGraph.builder()
 *         .task("sum", List.of("a", "b"), inputs -> inputs.<Integer>get(0) + inputs.<Integer>get(1))
 *         .constant("a", 1)
 *         .constant("b", 2)
 *         .output("sum")
 *         .build();
 * }</pre>
 *
 * <p>Not thread-safe. Can be built from repeatedly.
 */
public final class GraphBuilder {

  private static final TaskFunction CONSTANT = new Constant();

  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private final List<@Nullable Definition> definitions = new ArrayList<>();
  private final Map<Integer, Annotations> annotations = new LinkedHashMap<>();
  private final Set<Integer> outputs = new LinkedHashSet<>();

  /** What a task does with the results of its inputs. */
  @FunctionalInterface
  public interface Body extends Serializable {

    /**
     * Computes the task's result, which may be null.
     *
     * @throws Exception any; the task fails with it
     */
    @Nullable Object call(Inputs inputs) throws Exception;
  }

  @SuppressWarnings("ArrayRecordComponent") // Compared by hand.
  private record Definition(int[] inputs, Object function, @Nullable Object argument) {}

  GraphBuilder() {}

  /**
   * Adds a task.
   *
   * @param key its name, unique in the graph
   * @param inputs the keys of the tasks and constants whose results it takes; may be defined later
   * @throws ConflictingKeyException if the key is defined otherwise already
   */
  public GraphBuilder task(String key, Collection<String> inputs, Body body) {
    requireNonNull(body, "body");
    number(key); // Tasks are numbered in the order they are defined, as far as possible.
    int[] numbersOfInputs = new int[inputs.size()];
    int i = 0;
    for (String input : inputs) {
      numbersOfInputs[i++] = number(input);
    }
    define(key, new Definition(numbersOfInputs, body, null));
    return this;
  }

  /**
   * Adds a result that is known already.
   *
   * @throws ConflictingKeyException if the key is defined otherwise already
   */
  public GraphBuilder constant(String key, @Nullable Object value) {
    define(key, new Definition(new int[0], CONSTANT, value));
    return this;
  }

  /** Says how a task wants to be run; the task may be defined later. */
  public GraphBuilder annotate(String key, Annotations wanted) {
    annotations.put(number(key), requireNonNull(wanted, "wanted"));
    return this;
  }

  /** Asks for the results of these tasks, in this order, after those asked for before. */
  public GraphBuilder output(String... keys) {
    return output(Arrays.asList(keys));
  }

  /** Asks for the results of these tasks, in this order, after those asked for before. */
  public GraphBuilder output(Collection<String> keys) {
    for (String key : keys) {
      outputs.add(number(key));
    }
    return this;
  }

  /**
   * Builds the graph; without outputs, the tasks nothing else takes are its outputs.
   *
   * <p>Linear in tasks and edges.
   *
   * @throws UndefinedKeyException if a key is used but not defined
   * @throws CyclicGraphException if tasks need each other in a circle
   */
  public TaskGraph build() {
    checkDefined();
    int[] offsets = new int[names.size() + 1];
    for (int number = 0; number < names.size(); number++) {
      offsets[number + 1] = offsets[number] + definition(number).inputs.length;
    }
    int[] inputs = new int[offsets[names.size()]];
    for (int number = 0; number < names.size(); number++) {
      int[] from = definition(number).inputs;
      System.arraycopy(from, 0, inputs, offsets[number], from.length);
    }
    int[] order = Topology.sort(offsets, inputs);
    if (order.length < names.size()) {
      throw new CyclicGraphException(
          Arrays.stream(Topology.cycle(offsets, inputs)).mapToObj(names::get).toList());
    }
    return graph(order, inputs.length);
  }

  private int number(String key) {
    if (requireNonNull(key, "key").isBlank()) {
      throw new IllegalArgumentException("a key must not be blank");
    }
    Integer known = numbers.putIfAbsent(key, names.size());
    if (known != null) {
      return known;
    }
    names.add(key);
    definitions.add(null);
    return names.size() - 1;
  }

  private void define(String key, Definition definition) {
    int number = number(key);
    Definition before = definitions.get(number);
    if (before == null) {
      definitions.set(number, definition);
    } else if (!before.function.equals(definition.function)
        || !Arrays.equals(before.inputs, definition.inputs)
        || !Objects.deepEquals(before.argument, definition.argument)) {
      throw new ConflictingKeyException(key, describe(before), describe(definition));
    }
  }

  private String describe(Definition definition) {
    return definition.function.equals(CONSTANT)
        ? "constant " + definition.argument
        : "task "
            + definition.function
            + " of "
            + Arrays.stream(definition.inputs).mapToObj(names::get).toList();
  }

  private Definition definition(int number) {
    return requireNonNull(definitions.get(number));
  }

  private void checkDefined() {
    int missing = definitions.indexOf(null);
    if (missing < 0) {
      return;
    }
    String user = outputs.contains(missing) ? "The list of outputs" : "An annotation";
    for (int number = 0; number < names.size(); number++) {
      Definition definition = definitions.get(number);
      if (definition != null && Arrays.stream(definition.inputs).anyMatch(n -> n == missing)) {
        user = "Task [" + names.get(number) + "]";
        break;
      }
    }
    List<String> defined = new ArrayList<>();
    for (int number = 0; number < names.size(); number++) {
      if (definitions.get(number) != null) {
        defined.add(names.get(number));
      }
    }
    String key = names.get(missing);
    throw new UndefinedKeyException(key, user, Spelling.closest(key, defined));
  }

  private TaskGraph graph(int[] order, int edges) {
    int[] rowOf = new int[order.length];
    for (int row = 0; row < order.length; row++) {
      rowOf[order[row]] = row;
    }
    Rows rows = new Rows(order.length, edges);
    IdentityHashMap<Object, Integer> functions = new IdentityHashMap<>();
    for (int number : order) {
      Definition definition = definition(number);
      for (int input : definition.inputs) {
        rows.addInput(rowOf[input]);
      }
      Integer function = functions.get(definition.function);
      if (function == null) {
        function =
            rows.addFunction(
                definition.function instanceof Body body ? new BodyCall(body) : CONSTANT);
        functions.put(definition.function, function);
      }
      TaskKey key = TaskKey.of(names.get(number));
      rows.endRow(
          function,
          definition.argument,
          key.prefix(),
          annotations.getOrDefault(number, Annotations.NONE),
          key);
    }
    return rows.build(outputRows(order, rowOf));
  }

  private int[] outputRows(int[] order, int[] rowOf) {
    if (!outputs.isEmpty()) {
      return outputs.stream().mapToInt(number -> rowOf[number]).toArray();
    }
    boolean[] taken = new boolean[order.length];
    for (int number : order) {
      for (int input : definition(number).inputs) {
        taken[input] = true;
      }
    }
    List<Integer> last = new ArrayList<>();
    for (int number = 0; number < taken.length; number++) {
      if (!taken[number]) {
        last.add(rowOf[number]);
      }
    }
    return last.stream().mapToInt(row -> row).toArray();
  }

  private record Constant() implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return argument;
    }
  }

  private record BodyCall(Body body) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return body.call(new Inputs(inputs));
    }
  }
}

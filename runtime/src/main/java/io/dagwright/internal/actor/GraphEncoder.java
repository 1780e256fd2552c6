package io.dagwright.internal.actor;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.graph.Annotations;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskFunction;
import io.dagwright.graph.TaskGraph;
import io.dagwright.graph.TaskKey;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.LargeParts;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.serialization.SerializerScope;
import io.dagwright.internal.serialization.Subject;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns a graph into messages, on the thread of whoever submits it, so that what cannot be encoded
 * is said there. A small graph becomes one message; a large one is cut into blocks that go out as
 * they are made.
 */
final class GraphEncoder {

  /** A block is closed when its arguments reach this size. */
  private static final int BLOCK_ARGUMENT_BYTES = 256 << 10;

  private final NodeServices services;
  private final ShippedCode shipped;
  private final TaskGraph graph;
  private final TaskGraph.Columns columns;
  private final FromClient.OpenGraph open;
  private final int[] outputs;
  private final Choice choice;

  /**
   * The functions as they are sent, in order: one row's function may go in several ways. Null if no
   * task has a serializer of its own; then they are those of the graph.
   */
  private final @Nullable Map<Variant, Integer> variants;

  private final UsedCode code = new UsedCode();
  private final LargeParts large;
  private final List<byte[]> kept = new ArrayList<>();
  private final CommonArguments commonArguments;

  /** What is being encoded. */
  private @Nullable TaskFunction function;

  private String task = "";
  private int classesSent;
  private int functionsSent;
  private int outputsSent;

  /** A function and the serializer of the tasks that call it; empty for that of all others. */
  private record Variant(int function, String serializer) {}

  GraphEncoder(
      NodeServices services, ShippedCode shipped, TaskGraph graph, FromClient.OpenGraph open) {
    this.services = services;
    this.shipped = shipped;
    this.graph = graph;
    this.columns = graph.columns();
    this.open = open;
    this.large = new LargeParts(services.captureBytes(), this::keep);
    this.commonArguments = new CommonArguments();
    this.outputs = Arrays.stream(columns.outputs()).sorted().distinct().toArray();
    this.choice = SerializerScope.choice(services.choice());
    this.variants =
        columns.annotations().stream().allMatch(each -> each.serializer().isEmpty())
            ? null
            : new LinkedHashMap<>();
  }

  /**
   * Encodes the graph.
   *
   * @param out gets the messages in order
   * @throws io.dagwright.error.NotSerializableTaskException if a function or argument will not
   */
  void encode(Consumer<byte[]> out) {
    List<FromClient> bundle = new ArrayList<>();
    bundle.add(open);
    boolean small = graph.size() <= GraphRows.BLOCK;
    int row = 0;
    boolean first = true;
    while (row < graph.size()) {
      GraphRows.Block block = block(row);
      FromClient.AddTables tables = tables(block, first);
      if (code.classes().size() > classesSent) {
        classesSent = code.classes().size();
        int epoch = shipped.ship(code);
        if (epoch > 0) {
          bundle.add(new FromClient.UseCode(open.graph(), epoch));
        }
      }
      bundle.add(tables);
      bundle.add(new FromClient.AddRows(open.graph(), block));
      row += block.size();
      first = false;
      if (!small || row < graph.size()) {
        bundle.forEach(message -> out.accept(MessageCodec.encode(message)));
        bundle.clear();
      }
    }
    if (!open.growing()) {
      bundle.add(new FromClient.SealGraph(open.graph()));
    }
    out.accept(MessageCodec.encode(new FromClient.Bundle(bundle)));
  }

  /** The classes of functions and arguments so far. */
  Set<Class<?>> classes() {
    return code.classes();
  }

  private FromClient.AddTables tables(GraphRows.Block block, boolean first) {
    int most = functionsSent - 1;
    for (int function : block.functionOf()) {
      most = Math.max(most, function);
    }
    List<byte[]> functions = new ArrayList<>();
    List<Variant> sent = variants == null ? List.of() : List.copyOf(variants.keySet());
    for (int i = functionsSent; i <= most; i++) {
      Variant variant = variants == null ? new Variant(i, "") : sent.get(i);
      task = nameOf(block, i);
      function = columns.functions().get(variant.function);
      code.ofFunction(task);
      functions.add(
          services.closures().encode(function, task, choice(variant.serializer), code, large));
    }
    code.ofFunction("");
    functionsSent = most + 1;
    List<Annotations> annotations =
        first ? columns.annotations() : List.of(); // Entry 0 is the scheduler's own.
    Map<Integer, TaskKey> keys = first ? columns.keys() : Map.of();
    Map<Integer, ResultRef> externals = first ? columns.externals() : Map.of();
    return new FromClient.AddTables(
        open.graph(),
        first ? columns.prefixes() : List.of(),
        annotations,
        functions,
        keys,
        externals);
  }

  private byte[] keep(Object part, byte[] bytes) {
    if (function != null) {
      shipped.warnOfLarge(Subject.function(task), function, part, bytes.length);
    }
    return keep(bytes);
  }

  private byte[] keep(byte[] bytes) {
    CodeHash hash = CodeHash.of(bytes);
    kept.add(services.keepPart(hash, bytes));
    return PartsOfSession.reference(hash, services.address());
  }

  /**
   * Large objects that are the argument of more than one task: their bytes are made and kept once,
   * and fetched by workers as those of large parts of functions are.
   */
  private final class CommonArguments {

    private static final byte[] NOT_YET = {};

    /** What is written in their place. */
    private final IdentityHashMap<Object, byte[]> references = new IdentityHashMap<>();

    CommonArguments() {
      @Nullable Object @Nullable [] values = columns.arguments();
      Set<Object> once = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Object value : values == null ? new Object[0] : values) {
        if (value != null
            && !references.containsKey(value)
            && ValueCodec.estimateSize(value) >= services.captureBytes()
            && !once.add(value)) {
          references.put(value, NOT_YET);
        }
      }
    }

    /** Writes where the argument of a row is, if it is one of these. */
    boolean write(Object value, int row, ByteSink out) {
      byte[] reference = references.get(value);
      if (reference == null || !graph.annotations(row).serializer().isEmpty()) {
        return false;
      }
      if (reference == NOT_YET) {
        ByteSink bytes = new ByteSink();
        services.values().write(value, bytes, choice, code);
        reference = keep(bytes.toByteArray());
        references.put(value, reference);
      }
      ValueCodec.writeKept(reference, out);
      return true;
    }
  }

  /** Whoever keeps this makes that workers can fetch large values. */
  Object kept() {
    return kept;
  }

  private String nameOf(GraphRows.Block block, int function) {
    for (int i = 0; i < block.size(); i++) {
      if (block.functionOf()[i] == function) {
        return graph.key(block.first() + i).toString();
      }
    }
    return "function " + function;
  }

  private GraphRows.Block block(int first) {
    int limit = Math.min(graph.size(), first + GraphRows.BLOCK);
    @Nullable Object @Nullable [] values = columns.arguments();
    ByteSink arguments = new ByteSink(values == null ? 0 : 1024);
    int[] argumentOffsets = new int[limit - first + 1];
    int end = first;
    while (end < limit && (end == first || arguments.size() < BLOCK_ARGUMENT_BYTES)) {
      Object value = values == null ? null : values[end];
      if (value != null) {
        try {
          if (!commonArguments.write(value, end, arguments)) {
            services
                .values()
                .write(value, arguments, choice(graph.annotations(end).serializer()), code);
          }
        } catch (NotSerializableTaskException e) {
          throw e.with(Subject.argument(graph.key(end).toString()).toString());
        }
      }
      end++;
      argumentOffsets[end - first] = arguments.size();
    }
    int from = columns.inputOffsets()[first];
    int[] offsets = Arrays.copyOfRange(columns.inputOffsets(), first, end + 1);
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] -= from;
    }
    return new GraphRows.Block(
        first,
        offsets,
        Arrays.copyOfRange(columns.inputs(), from, columns.inputOffsets()[end]),
        functionsOf(first, end),
        Arrays.copyOfRange(columns.prefixOf(), first, end),
        annotationsOf(first, end),
        arguments.toByteArray(),
        arguments.size() == 0 ? null : Arrays.copyOf(argumentOffsets, end - first + 1),
        outputsUpTo(end));
  }

  private int[] functionsOf(int first, int end) {
    int[] functions = Arrays.copyOfRange(columns.functionOf(), first, end);
    for (int i = 0; variants != null && i < functions.length; i++) {
      if (functions[i] != TaskGraph.EXTERNAL) {
        Variant variant = new Variant(functions[i], graph.annotations(first + i).serializer());
        Integer known = variants.putIfAbsent(variant, variants.size());
        functions[i] = known == null ? variants.size() - 1 : known;
      }
    }
    return functions;
  }

  /** A task's own serializer goes before what is bound, and that before everybody's. */
  private Choice choice(String ofTask) {
    return ofTask.isEmpty() ? choice : Choice.only(ofTask);
  }

  /** Our table begins with the scheduler's own entry, hence the shift by one. */
  private int @Nullable [] annotationsOf(int first, int end) {
    int[] of = columns.annotationOf();
    if (of == null && columns.annotations().get(0).equals(Annotations.NONE)) {
      return null;
    }
    int[] shifted = new int[end - first];
    for (int row = first; row < end; row++) {
      int index = of == null ? 0 : of[row];
      shifted[row - first] =
          columns.annotations().get(index).equals(Annotations.NONE) ? 0 : index + 1;
    }
    return shifted;
  }

  private int[] outputsUpTo(int end) {
    Ints rows = new Ints(0);
    while (outputsSent < outputs.length && outputs[outputsSent] < end) {
      rows.add(outputs[outputsSent++]);
    }
    return rows.toArray();
  }
}

package io.dagwright.internal.serialization;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.graph.TaskFunction;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds what in a function, argument or result will not serialize, and how it is reached.
 *
 * <p>Walks the objects breadth first, so that the shortest path comes first, along the same edges
 * the codecs write. Runs only after an encoder has failed.
 */
public final class Diagnosis {

  private static final int FINDINGS_MAX = 20;
  private static final int OBJECTS_MAX = 100_000;

  /** The end of an edge that a variable, a field or a component gives its name to. */
  private static final Pattern NAMED_EDGE =
      Pattern.compile("(?: captured '| → field | → component )([\\w$]+)'?$");

  /** Longer paths help nobody, and cost their length at each step. */
  private static final int STEPS_MAX = 500;

  /** An object to look at, and the serializer it goes by. */
  private record Node(Object object, String path, String variable, String serializer, int steps) {}

  private record Finding(String path, String variable, Refusal refusal, Class<?> type) {

    Finding(Node node, Refusal refusal) {
      this(node.path, node.variable, refusal, node.object.getClass());
    }

    String cure() {
      return refusal.cure(variable);
    }

    String reason() {
      return (LambdaForm.isLambda(type) ? "It is " : type.getName() + ": ")
          + refusal.reason()
          + ".";
    }
  }

  /**
   * One thing that will not serialize.
   *
   * @param path how it is reached, in names of the user's source
   * @param type its class
   * @param reason why it cannot go, one clause
   * @param cure what to do, one clause
   */
  public record Found(String path, String type, String reason, String cure) {}

  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<Node> queue = new ArrayDeque<>();
  private final List<Finding> findings = new ArrayList<>();

  private final Choice choice;

  /** What is looked for, and how it is reached, if that is the question. */
  private @Nullable Object target;

  private @Nullable String pathToTarget;

  private Diagnosis(Choice choice) {
    this.choice = choice;
  }

  /** The exception that says why {@code root} did not serialize by default. */
  public static NotSerializableTaskException blame(
      Subject subject, Object root, @Nullable Throwable cause) {
    return blame(subject, root, cause, SerializerRegistry.CLOSURE, Choice.DEFAULT);
  }

  /** How an object inside a function or value is reached, and what it is. */
  public static String pathTo(Subject subject, Object root, Object part) {
    Diagnosis diagnosis = new Diagnosis(Choice.DEFAULT);
    diagnosis.target = part;
    diagnosis.run(subject.toString(), root, SerializerRegistry.CLOSURE);
    return diagnosis.pathToTarget == null
        ? subject + " (" + name(part) + ")"
        : diagnosis.pathToTarget;
  }

  /**
   * All that will not serialize in a value, shortest path first; at most {@value #FINDINGS_MAX}.
   */
  public static List<Found> findings(
      Subject subject, Object root, String serializer, Choice choice) {
    return new Diagnosis(choice)
        .run(subject.toString(), root, serializer).stream()
            .map(
                each ->
                    new Found(each.path, each.type.getName(), each.refusal.reason(), each.cure()))
            .toList();
  }

  /**
   * The exception that says why {@code root} did not serialize.
   *
   * @param serializer by which it went
   * @param choice by which its parts went
   */
  static NotSerializableTaskException blame(
      Subject subject, Object root, @Nullable Throwable cause, String serializer, Choice choice) {
    List<Finding> findings = new Diagnosis(choice).run(subject.toString(), root, serializer);
    if (findings.isEmpty()) {
      return new NotSerializableTaskException(
          subject.toString(),
          subject + " (" + name(root) + ")",
          cause instanceof StackOverflowError
              ? "Its objects nest too deeply, as those of a long linked chain do.\n"
                  + "  Fix: pass a list or an array instead."
              : "The codec says: " + (cause == null ? "nothing" : cause.getMessage()),
          cause);
    }
    Finding first = findings.get(0);
    StringBuilder reason = new StringBuilder(first.reason());
    reason.append("\n  Fix: ").append(first.cure()).append('.');
    findings.stream()
        .skip(1)
        .forEach(
            other ->
                reason
                    .append("\n  also at ")
                    .append(other.path)
                    .append(": ")
                    .append(other.refusal.reason()));
    return new NotSerializableTaskException(
        subject.toString(), first.path, reason.toString(), cause);
  }

  private List<Finding> run(String subject, Object root, String serializer) {
    add(
        root,
        new Node(
            root,
            subject
                + (root instanceof TaskFunction || LambdaForm.isLambda(root.getClass())
                    ? ""
                    : " (" + name(root) + ")"),
            "",
            serializer,
            0),
        "");
    while (!queue.isEmpty()
        && pathToTarget == null
        && findings.size() < FINDINGS_MAX
        && seen.size() < OBJECTS_MAX) {
      visit(queue.remove());
    }
    return findings;
  }

  @SuppressWarnings("ReferenceEquality") // That very object is looked for.
  private void add(@Nullable Object object, Node from, String edge) {
    if (object != null && object == target && pathToTarget == null) {
      pathToTarget = from.path + edge + " (" + name(object) + ")";
    }
    if (object == null || isHarmless(object) || from.steps == STEPS_MAX || !seen.add(object)) {
      return;
    }
    Object target = LambdaSerializer.resolve(object);
    SerializedLambda form = LambdaForm.of(target);
    String at = from.path + edge;
    if (form != null) {
      at += " → " + names(target, form).describe();
    } else if (!edge.isEmpty()) {
      at += " (" + name(target) + ")";
    }
    String said = ShippedValues.ofThisJvm().serializerOf(target);
    String own = said == null ? choice.bound(target.getClass()) : said;
    queue.add(
        new Node(
            target,
            at,
            variable(target, from, edge),
            own == null || edge.isEmpty() ? from.serializer : own,
            from.steps + 1));
  }

  /** What a user may call the object: the variable or field that an edge names, else its class. */
  private static String variable(Object object, Node from, String edge) {
    Matcher named = NAMED_EDGE.matcher(edge);
    if (named.find()) {
      return named.group(1);
    }
    if (!from.variable.isEmpty() || LambdaForm.isLambda(object.getClass())) {
      return from.variable;
    }
    String type = name(object);
    return Character.toLowerCase(type.charAt(0)) + type.substring(1);
  }

  private static boolean isHarmless(Object object) {
    return object instanceof String
        || object instanceof Number
        || object instanceof Boolean
        || object instanceof Character
        || object instanceof Enum<?>
        || object instanceof Class<?>;
  }

  private static LambdaNames names(Object lambda, SerializedLambda form) {
    return new LambdaNames(form, lambda.getClass().getClassLoader());
  }

  private void visit(Node node) {
    Object object = node.object;
    Class<?> type = object.getClass();
    if (LambdaForm.isLambda(type)) {
      visitLambda(node);
      return;
    }
    Refusal refusal = Refusal.of(type);
    if (refusal == null && !Parts.isChosen(object, choice)) {
      refusal = Refusal.ofNativeMemory(type);
    }
    if (refusal == null && node.serializer.equals(SerializerRegistry.JAVA)) {
      refusal = Refusal.ofJava(type);
    }
    if (refusal != null) {
      findings.add(new Finding(node, refusal));
    } else if (object instanceof Object[] array) {
      for (int i = 0; i < array.length; i++) {
        add(array[i], node, " → element [" + i + "]");
      }
    } else if (Refusal.isJdk(type)) {
      visitContainer(node);
    } else {
      visitFields(node);
    }
  }

  private void visitLambda(Node node) {
    SerializedLambda form = LambdaForm.of(node.object);
    if (form == null) {
      findings.add(new Finding(node, LambdaForm.notSerializable(node.object)));
      return;
    }
    LambdaNames names = names(node.object, form);
    for (int i = 0; i < form.getCapturedArgCount(); i++) {
      add(form.getCapturedArg(i), node, " " + names.captured(i));
    }
  }

  private void visitContainer(Node node) {
    Object object = node.object;
    if (object instanceof Collection<?> collection) {
      int index = 0;
      for (Object element : collection) {
        add(element, node, " → element [" + index++ + "]");
      }
    } else if (object instanceof Map<?, ?> map) {
      map.forEach(
          (key, value) -> {
            add(key, node, " → a key");
            add(value, node, " → value of key '" + (isHarmless(key) ? key : name(key)) + "'");
          });
    } else if (object instanceof Optional<?> optional) {
      add(optional.orElse(null), node, " → content");
    } else if (object instanceof AtomicReference<?> reference) {
      add(reference.get(), node, " → content");
    }
  }

  private void visitFields(Node node) {
    List<Field> fields;
    try {
      fields = FieldsSerializer.of(node.object.getClass());
    } catch (RuntimeException e) {
      findings.add(
          new Finding(
              node,
              new Refusal(
                  "its fields cannot be read: " + e.getMessage(),
                  "open its package to this runtime, or pass plain values")));
      return;
    }
    for (Field field : fields) {
      if (field.getType().isPrimitive()) {
        continue;
      }
      try {
        Object value = field.get(node.object);
        boolean adapter = node.object instanceof TaskFunction && value != null;
        add(
            value,
            node,
            adapter && LambdaForm.isLambda(value.getClass()) ? "" : edge(node.object, field));
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("fields were made accessible", e);
      }
    }
  }

  private static String edge(Object owner, Field field) {
    String name = field.getName();
    if (name.startsWith("this$")) {
      return " → outer instance (implicit this of inner class " + name(owner) + ")";
    }
    if (name.startsWith("val$")) {
      return " captured '" + name.substring(4) + "'";
    }
    return (owner.getClass().isRecord() ? " → component " : " → field ") + name;
  }

  private static String name(@Nullable Object object) {
    if (object == null) {
      return "null";
    }
    Class<?> type = object.getClass();
    if (LambdaForm.isLambda(type)) {
      Class<?>[] interfaces = type.getInterfaces();
      return "lambda of type " + (interfaces.length == 0 ? "?" : interfaces[0].getSimpleName());
    }
    if (!type.getSimpleName().isEmpty()) {
      return type.getSimpleName();
    }
    String full = type.getName();
    return full.substring(full.lastIndexOf('.') + 1);
  }
}

package io.dagwright.internal.node;

import io.dagwright.config.Settings;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.graph.TaskFunction;
import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.actor.ProvidedCode;
import io.dagwright.internal.actor.UsedCode;
import io.dagwright.internal.code.CodeCatalogue;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.CodeJar;
import io.dagwright.internal.code.CodeUnit;
import io.dagwright.internal.code.JarIndex;
import io.dagwright.internal.code.ReachableCode.MutableStatic;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.Diagnosis;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.LargeParts;
import io.dagwright.internal.serialization.SerializerScope;
import io.dagwright.internal.serialization.Subject;
import io.dagwright.internal.serialization.ValueCodec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Encodes functions and values as submitting them would, and sends nothing. Used once. */
public final class Preflight {

  private final Choice choice;
  private final ValueCodec values;
  private final ClosureCodec closures;
  private final UsedCode code = new UsedCode();
  private final Set<Diagnosis.Found> findings = new LinkedHashSet<>();
  private final List<Diagnosis.Found> large = new ArrayList<>();
  private final LargeParts parts;
  private @Nullable TaskFunction current;
  private String currentTask = "";
  private long bytes;

  /** What came out; see {@code io.dagwright.Serialization.Report}. */
  public record Outcome(
      long bytes,
      long codeBytes,
      List<String> classes,
      List<String> jars,
      List<Diagnosis.Found> refused,
      List<Diagnosis.Found> warnings) {}

  /** With the settings of this process, and the calling thread's scope. */
  public Preflight() {
    KryoPools pools = new KryoPools();
    values = new ValueCodec(pools);
    closures = new ClosureCodec(pools, values);
    Settings settings = Settings.load("", Settings.overrides(Map.of()));
    parts = new LargeParts(settings.captureBytes(), this::keep);
    choice = SerializerScope.choice(MachineSettings.serializers(settings));
  }

  /** Looks at one function or value. */
  public Outcome of(@Nullable Object value) {
    code.ofFunction(new Subject(Subject.Role.VALUE, "").toString());
    check(value, choice);
    return outcome();
  }

  /** Looks at the functions and arguments of all tasks of a graph. */
  public Outcome ofGraph(TaskGraph graph) {
    Map<Choice, Set<TaskFunction>> seen = new HashMap<>();
    for (int row = 0; row < graph.size(); row++) {
      String own = graph.annotations(row).serializer();
      Choice ofTask = own.isEmpty() ? choice : Choice.only(own);
      TaskFunction function = graph.function(row);
      if (function != null
          && seen.computeIfAbsent(ofTask, key -> Collections.newSetFromMap(new IdentityHashMap<>()))
              .add(function)) {
        checkFunction(function, graph.key(row).toString(), ofTask);
      }
      if (graph.argument(row) != null) {
        code.ofFunction("");
        check(graph.argument(row), ofTask);
      }
    }
    return outcome();
  }

  private byte[] keep(Object part, byte[] encoded) {
    bytes += encoded.length;
    if (current != null) {
      large.add(
          new Diagnosis.Found(
              Diagnosis.pathTo(Subject.function(currentTask), current, part),
              part.getClass().getTypeName(),
              UsedCode.reasonOfLarge(encoded.length),
              UsedCode.CURE_OF_LARGE));
    }
    return new byte[0];
  }

  private void checkFunction(TaskFunction function, String task, Choice ofTask) {
    current = function;
    currentTask = task;
    code.ofFunction(Subject.function(task).toString());
    try {
      bytes += closures.encode(function, task, ofTask, code, parts).length;
    } catch (NotSerializableTaskException e) {
      blame(Subject.function(task), function, ofTask, e);
    }
  }

  private void check(@Nullable Object value, Choice ofTask) {
    ByteSink sink = new ByteSink();
    try {
      values.write(value, sink, ofTask, code);
      bytes += sink.size();
    } catch (NotSerializableTaskException e) {
      if (value != null) {
        blame(new Subject(Subject.Role.VALUE, ""), value, ofTask, e);
      }
    }
  }

  private void blame(
      Subject subject, Object root, Choice ofTask, NotSerializableTaskException failure) {
    List<Diagnosis.Found> found = Diagnosis.findings(subject, root, ofTask.serializer(), ofTask);
    findings.addAll(found);
    if (found.isEmpty()) {
      findings.add(
          new Diagnosis.Found(
              failure.path(),
              root.getClass().getName(),
              String.valueOf(failure.getMessage()),
              "pass plain values instead of it"));
    }
  }

  private List<Diagnosis.Found> warnings() {
    List<Diagnosis.Found> warnings = new ArrayList<>(large);
    Set<MutableStatic> seen = new HashSet<>();
    for (UsedCode.EntryPoint point : code.entryPoints(key -> true)) {
      for (MutableStatic field : point.mutableStatics()) {
        if (seen.add(field)) {
          warnings.add(
              new Diagnosis.Found(
                  point.task(),
                  field.owner(),
                  UsedCode.EntryPoint.reasonOf(field),
                  UsedCode.EntryPoint.CURE));
        }
      }
    }
    return warnings;
  }

  private Outcome outcome() {
    CodeCatalogue catalogue = new CodeCatalogue(new ProvidedCode(), JarIndex.ofThisJvm());
    Set<Class<?>> classes = code.classes();
    CodeUnit unit = classes.isEmpty() ? CodeUnit.EMPTY : catalogue.cover(classes).unit();
    long codeBytes = unit.jars().stream().mapToLong(CodeJar::sizeBytes).sum();
    for (CodeHash hash : unit.classes().values()) {
      codeBytes += catalogue.blob(hash).length;
    }
    return new Outcome(
        bytes,
        codeBytes,
        List.copyOf(unit.classes().keySet()),
        unit.jars().stream().map(CodeJar::name).toList(),
        new ArrayList<>(findings),
        warnings());
  }
}

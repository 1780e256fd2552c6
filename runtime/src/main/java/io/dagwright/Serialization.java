package io.dagwright;

import io.dagwright.graph.TaskGraph;
import io.dagwright.internal.node.Preflight;
import io.dagwright.internal.serialization.Diagnosis;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells beforehand whether something can be sent to workers, and what that takes. */
public final class Serialization {

  private Serialization() {}

  /** What a finding means for sending. */
  public enum Severity {
    /** It cannot be sent. */
    REFUSED,
    /** It can be sent, and may not do what is expected. */
    WARNING
  }

  /**
   * One thing that cannot be sent, or that may surprise.
   *
   * @param severity which of both
   * @param path how it is reached, in names of the source, such as {@code a value → lambda
   *     Etl.main:42 captured 'svc' (Service)}
   * @param type its class
   * @param reason why it cannot go, or what may surprise, one clause
   * @param cure what to do, one clause
   */
  public record Finding(Severity severity, String path, String type, String reason, String cure) {}

  /**
   * What was found out. Immutable.
   *
   * @param bytes size of what was encoded, in bytes; without what could not be
   * @param codeBytes size of the class files and jars that go along to a worker that has none of
   *     them; once per worker, whatever number of tasks
   * @param classes binary names of the classes that go along one by one, since they are in no jar
   * @param jars file names of the jars that go along
   * @param findings what cannot be sent, shortest path first, at most 20 each; then what may
   *     surprise, such as static fields that are read and not sent
   */
  public record Report(
      long bytes, long codeBytes, List<String> classes, List<String> jars, List<Finding> findings) {

    public Report {
      classes = List.copyOf(classes);
      jars = List.copyOf(jars);
      findings = List.copyOf(findings);
    }

    /** Whether all can be sent. */
    public boolean ok() {
      return findings.stream().noneMatch(each -> each.severity == Severity.REFUSED);
    }

    /** The same in a few lines. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      text.append(ok() ? "can be sent: " : "cannot be sent: ")
          .append(bytes)
          .append(" bytes, and ")
          .append(codeBytes)
          .append(" bytes of code once per worker (")
          .append(classes.size())
          .append(" classes, ")
          .append(jars.size())
          .append(" jars)");
      for (Finding finding : findings) {
        text.append(finding.severity == Severity.REFUSED ? "\n  at " : "\n  mind ")
            .append(finding.path);
        text.append("\n    ").append(finding.type).append(": ").append(finding.reason);
        text.append("\n    Fix: ").append(finding.cure);
      }
      return text.toString();
    }
  }

  /**
   * Encodes something the way submitting it now, in this thread, would; sends nothing.
   *
   * @param candidate a function, an argument, a {@link Lazy} with all it needs, or a {@link
   *     TaskGraph}
   * @throws io.dagwright.error.UnknownSerializerException if a setting or task names a serializer
   *     that is not here
   * @throws io.dagwright.error.CodeUnavailableException if code that would go along cannot be read
   */
  public static Report check(@Nullable Object candidate) {
    Preflight preflight = new Preflight();
    Preflight.Outcome outcome =
        candidate instanceof Lazy<?> lazy
            ? preflight.ofGraph(lazy.graph())
            : candidate instanceof TaskGraph graph
                ? preflight.ofGraph(graph)
                : preflight.of(candidate);
    return new Report(
        outcome.bytes(),
        outcome.codeBytes(),
        outcome.classes(),
        outcome.jars(),
        Stream.concat(
                outcome.refused().stream().map(each -> finding(Severity.REFUSED, each)),
                outcome.warnings().stream().map(each -> finding(Severity.WARNING, each)))
            .toList());
  }

  private static Finding finding(Severity severity, Diagnosis.Found found) {
    return new Finding(severity, found.path(), found.type(), found.reason(), found.cure());
  }
}

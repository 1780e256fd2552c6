package io.dagwright.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One measurement, printed as one line of JSON without nesting; the peers' format. */
final class Line {

  private static final Pattern FIELD = Pattern.compile("\"(\\w+)\": *(?:\"([^\"]*)\"|([-+.\\w]+))");

  private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

  static Line of(String peer, String name) {
    return new Line().with("peer", peer).with("case", name);
  }

  /** Reads a printed line. */
  static Line parse(String text) {
    Line line = new Line();
    Matcher field = FIELD.matcher(text);
    while (field.find()) {
      if (field.group(2) != null) {
        line.with(field.group(1), field.group(2));
      } else if (!field.group(3).equals("null")) {
        boolean truth = field.group(3).equals("true") || field.group(3).equals("false");
        line.with(
            field.group(1),
            truth ? (Object) Boolean.valueOf(field.group(3)) : Double.valueOf(field.group(3)));
      }
    }
    return line;
  }

  Line with(String name, @Nullable Object value) {
    fields.put(name, value);
    return this;
  }

  /** The fields every timed case has, from runs that took so many seconds. */
  Line timed(long n, Timing timing) {
    with("n", n).with("wall_s", timing.median()).with("best_s", timing.best());
    with("first_s", timing.firstSeconds()).with("reps", timing.seconds().length);
    with("per_task_us", timing.median() / n * 1e6);
    return with("cpu_s", timing.cpuSeconds())
        .with("cpu_us_per_task", timing.cpuSeconds() / n * 1e6);
  }

  String text(String name) {
    Object value = fields.get(name);
    return value == null ? "" : value.toString();
  }

  /** A number; NaN if there is none of that name. */
  double number(String name) {
    return fields.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  @Override
  public String toString() {
    StringBuilder json = new StringBuilder("{");
    fields.forEach(
        (name, value) -> {
          json.append(json.length() == 1 ? "" : ", ").append('"').append(name).append("\": ");
          json.append(json(value));
        });
    return json.append('}').toString();
  }

  private static String json(@Nullable Object value) {
    if (value instanceof Double number) {
      return Double.isFinite(number) ? String.format(Locale.ROOT, "%.6f", number) : "null";
    }
    return value == null || value instanceof Number || value instanceof Boolean
        ? String.valueOf(value)
        : '"' + value.toString().replace("\\", "\\\\").replace("\"", "'") + '"';
  }
}

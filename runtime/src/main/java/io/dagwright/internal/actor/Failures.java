package io.dagwright.internal.actor;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DagwrightException;
import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.InputsTooLargeException;
import io.dagwright.error.KilledWorkerException;
import io.dagwright.error.MemoryDeadlockException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.RemoteTaskException;
import io.dagwright.error.ScatteredValueLostException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Subject;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TaskFailure.Kind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes failures that travel out of what user code threw. */
final class Failures {

  /** Longer stack traces are cut. */
  private static final int STACK_CHARS = 20_000;

  /** A printed frame: loader and module, class, method, file, line. */
  private static final Pattern FRAME =
      Pattern.compile("\\tat (?:[^(]*/)?([\\w$.]+)\\.([\\w$<>]+)\\(([^:)]*)(?::(\\d{1,9}))?\\)");

  private static final Pattern EXIT_CODE = Pattern.compile("exit code (-?\\d+)");
  private static final Pattern DEATHS = Pattern.compile("lost with its worker (\\d+) times");

  private static final String SOME_VALUE = new Subject(Subject.Role.VALUE, "").toString();

  private Failures() {}

  static TaskFailure of(Throwable thrown, Kind kind, String key, String worker, ValueCodec codec) {
    boolean codecs =
        thrown instanceof NotSerializableTaskException || thrown instanceof CorruptPayloadException;
    return new TaskFailure(
        codecs && kind == Kind.THREW ? Kind.NOT_SERIALIZABLE : kind,
        key,
        worker,
        thrown.getClass().getName(),
        thrown instanceof CorruptPayloadException && kind == Kind.THREW
            ? "Task [%s] could not read its function, its argument or an input on worker [%s]: %s"
                .formatted(key, worker, thrown.getMessage())
            : messageOf(thrown),
        stackOf(thrown),
        encode(thrown, codec));
  }

  /** The JVM itself says of a missing class no more than its name; the cause says why. */
  private static String messageOf(Throwable thrown) {
    try {
      Throwable cause = thrown.getCause();
      return thrown instanceof NoClassDefFoundError && cause != null
          ? thrown.getMessage() + " (" + cause.getMessage() + ")"
          : String.valueOf(thrown.getMessage());
    } catch (RuntimeException | Error e) { // It is the user's code that makes it.
      return "(making its message threw " + e.getClass().getName() + ")";
    }
  }

  private static String stackOf(Throwable thrown) {
    StringWriter text = new StringWriter();
    try {
      thrown.printStackTrace(new PrintWriter(text)); // Into a text that travels to the client.
    } catch (RuntimeException | Error e) {
      text.getBuffer().setLength(0);
      text.append(thrown.getClass().getName());
      for (StackTraceElement frame : thrown.getStackTrace()) {
        text.append("\n\tat ").append(frame.toString());
      }
    }
    String all = text.toString();
    return all.length() > STACK_CHARS ? all.substring(0, STACK_CHARS) + "\n\t…" : all;
  }

  private static byte @Nullable [] encode(Throwable thrown, ValueCodec codec) {
    try {
      ByteSink sink = new ByteSink();
      codec.write(thrown, sink);
      return sink.toByteArray();
    } catch (RuntimeException | Error e) {
      return null; // Its name, message and stack travel as text.
    }
  }

  /** What the client's user gets for a failure: typed, with the user's own exception as cause. */
  static DagwrightException toException(
      TaskFailure failure, String graph, ValueCodec codec, ClassLoader loader) {
    String key = failure.key();
    return switch (failure.kind()) {
      case CANCELLED -> new GraphCancelledException(graph, failure.message());
      case KILLED_WORKER -> killed(failure);
      case INPUTS_TOO_LARGE -> new InputsTooLargeException(key, failure.message());
      case MEMORY_DEADLOCK -> new MemoryDeadlockException(key, failure.message());
      case NOT_SERIALIZABLE -> notSerializable(key, failure.message());
      case VALUE_LOST -> new ScatteredValueLostException(key, failure.message());
      case THREW, TIMED_OUT, INTERNAL -> {
        Throwable cause = cause(failure, codec, loader);
        String on = failure.worker().isEmpty() ? "" : " on worker [" + failure.worker() + "]";
        yield new TaskFailedException(
            key,
            failure.kind() == Kind.TIMED_OUT
                ? "Task [" + key + "] " + failure.message() + on
                : "Task ["
                    + key
                    + "] threw"
                    + on
                    + (failure.type().isEmpty() ? "" : ": " + failure.type())
                    + (failure.message().equals("null") ? "" : ": " + failure.message()),
            cause);
      }
    };
  }

  /**
   * What a worker says of a value it could not encode: which is the task's result, unless the
   * message itself says otherwise.
   */
  static NotSerializableTaskException notSerializable(String key, String message) {
    String result = Subject.result(key).toString();
    return new NotSerializableTaskException(
        message.startsWith(SOME_VALUE)
            ? (result + message.substring(SOME_VALUE.length()))
                .replaceFirst("cannot be sent to a worker", "cannot leave its worker")
                .replaceFirst("\n  at " + SOME_VALUE, Matcher.quoteReplacement("\n  at " + result))
            : message,
        null);
  }

  private static DagwrightException killed(TaskFailure failure) {
    List<Integer> codes = new ArrayList<>();
    Matcher matcher = EXIT_CODE.matcher(failure.message());
    while (matcher.find()) {
      codes.add(Integer.parseInt(matcher.group(1)));
    }
    Matcher times = DEATHS.matcher(failure.message());
    int deaths = times.find() ? Integer.parseInt(times.group(1)) : codes.size();
    return new KilledWorkerException(failure.key(), deaths, codes, failure.message());
  }

  /** The user's exception if it can be had here, else one that carries its text. */
  private static Throwable cause(TaskFailure failure, ValueCodec codec, ClassLoader loader) {
    byte[] encoded = failure.exception();
    if (encoded != null) {
      try {
        if (codec.read(encoded, loader) instanceof Throwable thrown) {
          markRemote(thrown, failure);
          return thrown;
        }
      } catch (RuntimeException | Error e) {
        // Its class is not here, or not the same: its text is.
      }
    }
    Throwable standIn = new RemoteTaskException(failure.type(), failure.message(), failure.stack());
    standIn.setStackTrace(frames(failure.stack()));
    markRemote(standIn, failure);
    return standIn;
  }

  /** The frames of an exception, not of its causes, from its printed stack trace. */
  private static StackTraceElement[] frames(String stack) {
    return stack
        .lines()
        .skip(1)
        .dropWhile(line -> !line.startsWith("\tat ")) // Further lines of its message.
        .takeWhile(line -> line.startsWith("\tat "))
        .map(FRAME::matcher)
        .filter(Matcher::matches)
        .map(
            frame ->
                new StackTraceElement(
                    frame.group(1),
                    frame.group(2),
                    frame.group(3),
                    frame.group(4) == null ? -1 : Integer.parseInt(frame.group(4))))
        .toArray(StackTraceElement[]::new);
  }

  /** Says in the stack trace where the frames above were: on a worker. */
  private static void markRemote(Throwable thrown, TaskFailure failure) {
    StackTraceElement[] frames = thrown.getStackTrace();
    StackTraceElement[] marked = Arrays.copyOf(frames, frames.length + 1);
    String where = "task '" + failure.key() + "' on worker '" + failure.worker() + "'";
    marked[frames.length] = new StackTraceElement("--- above: " + where + " ---", "", null, -1);
    thrown.setStackTrace(marked);
  }

  /** The failure as a waiting thread throws it: with that thread's stack, and the same cause. */
  static RuntimeException thrownHere(Throwable failure) {
    if (failure instanceof TaskFailedException failed) {
      return new TaskFailedException(
          failed.key(), String.valueOf(failed.getMessage()), failed.getCause());
    }
    if (failure instanceof NotSerializableTaskException refused && refused.what().isEmpty()) {
      return new NotSerializableTaskException(
          String.valueOf(refused.getMessage()), refused.getCause());
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure);
  }
}

package io.dagwright.internal.actor;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.TaskFailure.Kind;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/** Makes failures that travel out of what user code threw. */
final class Failures {

  /** Longer stack traces are cut. */
  private static final int STACK_CHARS = 20_000;

  private Failures() {}

  static TaskFailure of(
      Throwable thrown, Kind kind, String key, String worker, ValueCodec codec) {
    boolean codecs =
        thrown instanceof NotSerializableTaskException || thrown instanceof CorruptPayloadException;
    return new TaskFailure(
        codecs && kind == Kind.THREW ? Kind.NOT_SERIALIZABLE : kind,
        key,
        worker,
        thrown.getClass().getName(),
        String.valueOf(thrown.getMessage()),
        stackOf(thrown),
        encode(thrown, codec));
  }

  private static String stackOf(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    String all = text.toString();
    return all.length() > STACK_CHARS ? all.substring(0, STACK_CHARS) + "\n\t…" : all;
  }

  private static byte @Nullable [] encode(Throwable thrown, ValueCodec codec) {
    try {
      ByteSink sink = new ByteSink();
      codec.write(thrown, sink);
      return sink.toByteArray();
    } catch (RuntimeException | StackOverflowError e) {
      return null; // Its name, message and stack travel as text.
    }
  }
}

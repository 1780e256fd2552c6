package io.dagwright.internal.cache;

import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.ReachableCode;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import java.lang.invoke.SerializedLambda;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What makes two calls the same, and their results as bytes. Thread-safe. */
public final class CallCodec {

  private final ValueCodec values = new ValueCodec(new KryoPools());

  /**
   * The name of a call: of the code its function may run, of what the function captured, and of its
   * arguments.
   *
   * @param lambda what the function is made of; null if it is an instance of a class of its own
   * @throws io.dagwright.error.NotSerializableTaskException if a value does not serialize
   */
  public String key(
      Object function, @Nullable SerializedLambda lambda, @Nullable Object[] arguments) {
    List<@Nullable Object> parts = new ArrayList<>();
    if (lambda == null) {
      parts.add(function);
    } else {
      for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
        parts.add(lambda.getCapturedArg(i));
      }
    }
    parts.addAll(Arrays.asList(arguments));
    Set<Class<?>> classes = new HashSet<>();
    ByteSink sink = new ByteSink(256);
    sink.putVarInt(parts.size());
    for (Object part : parts) {
      int start = sink.size();
      values.write(part, sink, Choice.DEFAULT, classes::add);
      sink.putInt(sink.size() - start);
    }
    CodeHash code = ReachableCode.hash(lambda, classes, loaderOf(function));
    sink.putString(code.toString());
    return CodeHash.of(sink.toByteArray()).toString();
  }

  /** A result as bytes. */
  public byte[] encode(@Nullable Object result) {
    ByteSink sink = new ByteSink(256);
    values.write(result, sink);
    return sink.toByteArray();
  }

  /**
   * A result from bytes.
   *
   * @param function whose result it is; classes come from its loader
   * @throws io.dagwright.error.CorruptPayloadException if they are of classes that have changed
   */
  public @Nullable Object decode(byte[] encoded, Object function) {
    return values.read(encoded, loaderOf(function));
  }

  private static ClassLoader loaderOf(Object function) {
    ClassLoader loader = function.getClass().getClassLoader();
    return loader == null ? ClassLoader.getSystemClassLoader() : loader;
  }
}

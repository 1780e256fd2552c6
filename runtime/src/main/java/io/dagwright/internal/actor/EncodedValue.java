package io.dagwright.internal.actor;

import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.SerializerScope;
import org.jspecify.annotations.Nullable;

/** A value of a client as it goes to workers: its bytes, and the code that reading them needs. */
public final class EncodedValue {

  final byte[] bytes;
  final UsedCode code = new UsedCode();

  /**
   * Encodes a value, on the thread of whoever scatters it.
   *
   * @throws io.dagwright.error.NotSerializableTaskException naming the path to what will not encode
   */
  EncodedValue(@Nullable Object value, NodeServices services) {
    ByteSink sink = new ByteSink();
    services.values().write(value, sink, SerializerScope.choice(services.choice()), code);
    bytes = sink.toByteArray();
  }

  /** The same for values that encode to the same bytes. */
  public String contentHash() {
    return CodeHash.of(bytes).toString();
  }
}

package io.dagwright.jvms;

import io.dagwright.spi.SerializerContext;
import io.dagwright.spi.ValueSerializer;
import java.nio.charset.StandardCharsets;

/** A serializer that clients of these tests have and bare workers do not. */
public final class ClientOnlySerializer implements ValueSerializer {

  @Override
  public String name() {
    return "client-only";
  }

  @Override
  public byte[] write(Object value, SerializerContext context) {
    return value.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  @SuppressWarnings("UnnecessaryStringBuilder") // It is what was sent.
  public Object read(byte[] bytes, SerializerContext context) {
    return new StringBuilder(new String(bytes, StandardCharsets.UTF_8));
  }
}

package io.dagwright.internal.serialization;

import io.dagwright.spi.SerializerContext;
import io.dagwright.spi.ValueSerializer;
import java.nio.charset.StandardCharsets;

/** Writes temperatures as people do, and nothing else. Found by its service file. */
public final class CelsiusSerializer implements ValueSerializer {

  /** What it writes. */
  public record Celsius(double degrees) {}

  @Override
  public String name() {
    return "celsius";
  }

  @Override
  public byte[] write(Object value, SerializerContext context) {
    if (!(value instanceof Celsius celsius)) {
      throw new IllegalArgumentException("[" + value + "] is no temperature");
    }
    return (celsius.degrees() + " °C").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Object read(byte[] bytes, SerializerContext context) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return new Celsius(Double.parseDouble(text.substring(0, text.length() - 3)));
  }
}

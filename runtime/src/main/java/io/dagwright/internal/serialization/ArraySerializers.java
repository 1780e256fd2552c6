package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.lang.reflect.Array;

/** Arrays inside Kryo's stream. */
final class ArraySerializers {

  private ArraySerializers() {}

  /** Raw little-endian elements. */
  static final class OfPrimitives extends Serializer<Object> {

    private final int tag;

    OfPrimitives(Class<?> component) {
      tag = PrimitiveArrays.tagOf(component);
    }

    @Override
    public void write(Kryo kryo, Output output, Object object) {
      int apart = ((CodecKryo) kryo).putApart(object);
      if (apart >= 0) {
        output.writeVarInt(0, true); // No array takes no bytes.
        output.writeVarInt(apart, true);
        return;
      }
      long bytes = PrimitiveArrays.sizeBytes(object);
      ByteSink raw = new ByteSink((int) Math.min(Integer.MAX_VALUE - 64, 16 + bytes));
      PrimitiveArrays.write(object, tag, raw);
      output.writeVarInt(raw.size(), true);
      output.writeBytes(raw.array(), 0, raw.size());
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
      int length = input.readVarInt(true);
      if (length == 0) {
        return ((CodecKryo) kryo).findApart(input.readVarInt(true), tag);
      }
      byte[] raw = input.readBytes(length);
      return PrimitiveArrays.read(tag, new ByteSource(raw, 0, raw.length));
    }
  }

  static final class OfObjects extends Serializer<Object> {

    private final Class<?> component;

    OfObjects(Class<?> component) {
      this.component = component;
    }

    @Override
    public void write(Kryo kryo, Output output, Object object) {
      Object[] array = (Object[]) object;
      output.writeVarInt(array.length, true);
      for (Object element : array) {
        kryo.writeClassAndObject(output, element);
      }
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
      Object[] array = (Object[]) Array.newInstance(component, BoundedInput.readCount(input));
      kryo.reference(array);
      for (int i = 0; i < array.length; i++) {
        array[i] = kryo.readClassAndObject(input);
      }
      return array;
    }
  }
}

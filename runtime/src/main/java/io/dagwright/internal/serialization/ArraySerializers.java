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
      ByteSink raw = new ByteSink(16 + PrimitiveArrays.sizeBytes(object, tag));
      PrimitiveArrays.write(object, tag, raw);
      output.writeVarInt(raw.size(), true);
      output.writeBytes(raw.array(), 0, raw.size());
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
      byte[] raw = input.readBytes(input.readVarInt(true));
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

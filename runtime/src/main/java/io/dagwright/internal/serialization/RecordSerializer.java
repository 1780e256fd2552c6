package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/** Writes a record component by component and reads it through its canonical constructor. */
final class RecordSerializer extends Serializer<Object> {

  private final Field[] fields;
  private final Constructor<?> constructor;

  RecordSerializer(Class<?> type) {
    super(false, true);
    try {
      RecordComponent[] components = type.getRecordComponents();
      fields = new Field[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < components.length; i++) {
        fields[i] = type.getDeclaredField(components[i].getName());
        fields[i].setAccessible(true);
        types[i] = components[i].getType();
      }
      constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("records have a field per component and a constructor", e);
    }
  }

  @Override
  public void write(Kryo kryo, Output output, Object object) {
    try {
      for (Field field : fields) {
        if (field.getType().isPrimitive()) {
          Primitives.write(output, field.getType(), field.get(object));
        } else {
          kryo.writeClassAndObject(output, field.get(object));
        }
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("fields were made accessible", e);
    }
  }

  @Override
  public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
    Object[] values = new Object[fields.length];
    for (int i = 0; i < values.length; i++) {
      Class<?> componentType = fields[i].getType();
      values[i] =
          componentType.isPrimitive()
              ? Primitives.read(input, componentType)
              : kryo.readClassAndObject(input);
    }
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "the constructor of record " + type.getName() + " refused its components", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the constructor was made accessible", e);
    }
  }
}

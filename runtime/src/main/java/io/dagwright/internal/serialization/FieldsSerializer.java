package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes an object of a user class field by field: also private, final and synthetic ones, which
 * hold what an anonymous or inner class captured; not transient ones.
 */
final class FieldsSerializer extends Serializer<Object> {

  private final Field[] fields;

  /** Why the fields do not say all; null if they do. */
  private final @Nullable Refusal nativeMemory;

  FieldsSerializer(Class<?> type) {
    nativeMemory = Refusal.ofNativeMemory(type);
    fields = of(type).toArray(new Field[0]);
  }

  /** The fields to write, superclasses first, each class's by name; accessible. */
  static List<Field> of(Class<?> type) {
    List<Field> all = new ArrayList<>();
    for (Class<?> at = type; at != null && !Refusal.isJdk(at); at = at.getSuperclass()) {
      List<Field> own = new ArrayList<>();
      for (Field field : at.getDeclaredFields()) {
        if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
          field.setAccessible(true);
          own.add(field);
        }
      }
      own.sort(Comparator.comparing(Field::getName));
      all.addAll(0, own);
    }
    return all;
  }

  @Override
  public void write(Kryo kryo, Output output, Object object) {
    if (nativeMemory != null && !((CodecKryo) kryo).isChosen(object)) {
      throw new RefusedException(object.getClass().getName() + ": " + nativeMemory.reason());
    }
    try {
      for (Field field : fields) {
        Class<?> type = field.getType();
        if (type.isPrimitive()) {
          Primitives.write(output, type, field.get(object));
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
    Object object = kryo.newInstance(type);
    kryo.reference(object);
    try {
      for (Field field : fields) {
        Class<?> fieldType = field.getType();
        field.set(
            object,
            fieldType.isPrimitive()
                ? Primitives.read(input, fieldType)
                : kryo.readClassAndObject(input));
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("fields were made accessible", e);
    }
    return object;
  }
}

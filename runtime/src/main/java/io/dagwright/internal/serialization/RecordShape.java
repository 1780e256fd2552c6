package io.dagwright.internal.serialization;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to write and read records of one class whose components are plain: primitives, their boxes,
 * strings, enums, and records of these. One composed method handle does each; nothing is boxed.
 */
@SuppressWarnings("UnusedMethod") // Parts are looked up by name and type.
final class RecordShape {

  private static final int DEPTH_MAX = 4;
  private static final int COMPONENTS_MAX = 120;
  private static final Set<Class<?>> SCALARS =
      Set.of(
          String.class,
          Integer.class,
          Long.class,
          Double.class,
          Boolean.class,
          Float.class,
          Short.class,
          Byte.class,
          Character.class);
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final MethodType WRITER = methodType(void.class, Object.class, ByteSink.class);
  private static final MethodType READER = methodType(Object.class, ByteSource.class);

  private record Answer(@Nullable RecordShape shape) {}

  private static final ClassValue<Answer> SHAPES =
      new ClassValue<>() {
        @Override
        protected Answer computeValue(Class<?> type) {
          try {
            return new Answer(isPlainRecord(type, 0) ? new RecordShape(type) : null);
          } catch (ReflectiveOperationException | RuntimeException e) {
            return new Answer(null); // Not open to us: the general codec says so in better words.
          }
        }
      };

  private final MethodHandle writer;
  private final MethodHandle reader;

  /** Getters of the components that are records, each returning an {@code Object}. */
  private final List<MethodHandle> records = new ArrayList<>();

  /** The shape of a record class; null if some component is not plain. */
  static @Nullable RecordShape of(Class<?> type) {
    return SHAPES.get(type).shape;
  }

  private static boolean isPlainRecord(Class<?> type, int depth) {
    return type.isRecord()
        && depth < DEPTH_MAX
        && type.getRecordComponents().length <= COMPONENTS_MAX
        && Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .allMatch(
                component ->
                    component.isPrimitive()
                        || SCALARS.contains(component)
                        || component.isEnum()
                        || isPlainRecord(component, depth + 1));
  }

  private RecordShape(Class<?> type) throws ReflectiveOperationException {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    MethodHandle[] readers = new MethodHandle[components.length];
    MethodHandle all = MethodHandles.empty(WRITER);
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      readers[i] = partReader(types[i]);
      Field field = type.getDeclaredField(components[i].getName());
      field.setAccessible(true);
      MethodHandle getter = LOOKUP.unreflectGetter(field);
      if (types[i].isRecord()) {
        records.add(getter.asType(methodType(Object.class, Object.class)));
      }
      MethodHandle part =
          MethodHandles.filterArguments(partWriter(types[i]), 0, getter).asType(WRITER);
      all = MethodHandles.foldArguments(part, all);
    }
    writer = all;
    Constructor<?> constructor = type.getDeclaredConstructor(types);
    constructor.setAccessible(true);
    MethodHandle make =
        MethodHandles.filterArguments(LOOKUP.unreflectConstructor(constructor), 0, readers);
    reader =
        MethodHandles.permuteArguments(
            make.asType(make.type().changeReturnType(Object.class)),
            READER,
            new int[components.length]);
  }

  /** Whether some record inside this record goes by a serializer of its own. */
  boolean hasOtherParts(Object record, Choice choice) {
    for (MethodHandle getter : records) {
      Object inner = get(getter, record);
      if (inner != null
          && (ShippedValues.ofThisJvm().serializerOf(inner) != null
              || choice.bound(inner.getClass()) != null
              || nested(inner.getClass()).hasOtherParts(inner, choice))) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Object get(MethodHandle getter, Object record) {
    try {
      return (Object) getter.invokeExact(record);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("getters of fields throw nothing checked", e);
    }
  }

  void write(Object record, ByteSink out) {
    try {
      writer.invokeExact(record, out);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("getters of fields throw nothing checked", e);
    }
  }

  Object read(ByteSource in) {
    try {
      return (Object) reader.invokeExact(in);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalArgumentException("the constructor of a record refused its components", e);
    }
  }

  private static MethodHandle partWriter(Class<?> type) throws ReflectiveOperationException {
    if (type.isRecord()) {
      return LOOKUP
          .bind(nested(type), "writeNullable", WRITER)
          .asType(methodType(void.class, type, ByteSink.class));
    }
    Class<?> declared = type.isPrimitive() ? type : type.isEnum() ? Enum.class : Object.class;
    return LOOKUP
        .findStatic(RecordShape.class, "put", methodType(void.class, declared, ByteSink.class))
        .asType(methodType(void.class, type, ByteSink.class));
  }

  private static MethodHandle partReader(Class<?> type) throws ReflectiveOperationException {
    if (type.isRecord()) {
      return LOOKUP
          .bind(nested(type), "readNullable", READER)
          .asType(methodType(type, ByteSource.class));
    }
    if (type.isEnum()) {
      return LOOKUP
          .findStatic(
              RecordShape.class, "getEnum", methodType(Object.class, Class.class, ByteSource.class))
          .bindTo(type)
          .asType(methodType(type, ByteSource.class));
    }
    String getter = type.isPrimitive() ? "get" + type.getName() : "getscalar";
    return LOOKUP
        .findStatic(
            RecordShape.class,
            getter,
            methodType(type.isPrimitive() ? type : Object.class, ByteSource.class))
        .asType(methodType(type, ByteSource.class));
  }

  private static RecordShape nested(Class<?> type) {
    RecordShape shape = of(type);
    if (shape == null) {
      throw new IllegalArgumentException(type + " is not plain");
    }
    return shape;
  }

  private void writeNullable(@Nullable Object record, ByteSink out) {
    out.putByte(record == null ? 0 : 1);
    if (record != null) {
      write(record, out);
    }
  }

  private @Nullable Object readNullable(ByteSource in) {
    return in.readByte() == 0 ? null : read(in);
  }

  // Looked up by name and type above.

  private static void put(int value, ByteSink out) {
    out.putInt(value);
  }

  private static void put(long value, ByteSink out) {
    out.putLong(value);
  }

  private static void put(double value, ByteSink out) {
    out.putLong(Double.doubleToRawLongBits(value));
  }

  private static void put(float value, ByteSink out) {
    out.putInt(Float.floatToRawIntBits(value));
  }

  private static void put(boolean value, ByteSink out) {
    out.putByte(value ? 1 : 0);
  }

  private static void put(byte value, ByteSink out) {
    out.putByte(value);
  }

  private static void put(short value, ByteSink out) {
    out.putVarInt(value & 0xFFFF);
  }

  private static void put(char value, ByteSink out) {
    out.putVarInt(value);
  }

  private static void put(@Nullable Enum<?> value, ByteSink out) {
    put((Object) (value == null ? null : value.name()), out);
  }

  private static void put(@Nullable Object value, ByteSink out) {
    if (!Scalars.write(value, out)) {
      throw new IllegalStateException("not a scalar: " + value);
    }
  }

  private static int getint(ByteSource in) {
    return in.readInt();
  }

  private static long getlong(ByteSource in) {
    return in.readLong();
  }

  private static double getdouble(ByteSource in) {
    return Double.longBitsToDouble(in.readLong());
  }

  private static float getfloat(ByteSource in) {
    return Float.intBitsToFloat(in.readInt());
  }

  private static boolean getboolean(ByteSource in) {
    return in.readByte() != 0;
  }

  private static byte getbyte(ByteSource in) {
    return (byte) in.readByte();
  }

  private static short getshort(ByteSource in) {
    return (short) in.readVarInt();
  }

  private static char getchar(ByteSource in) {
    return (char) in.readVarInt();
  }

  private static @Nullable Object getscalar(ByteSource in) {
    return Scalars.read(in.readByte(), in);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // An enum class that is known only at run time.
  private static @Nullable Object getEnum(Class type, ByteSource in) {
    Object name = getscalar(in);
    return name == null ? null : Enum.valueOf(type, (String) name);
  }
}

package io.dagwright.internal.serialization;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Primitive arrays as raw little-endian bytes after their element count. */
final class PrimitiveArrays {

  private static final Class<?>[] COMPONENTS = {
    byte.class,
    boolean.class,
    short.class,
    char.class,
    int.class,
    long.class,
    float.class,
    double.class
  };
  private static final int[] SIZES = {1, 1, 2, 2, 4, 8, 4, 8};

  private PrimitiveArrays() {}

  static int tagOf(Class<?> component) {
    for (int i = 0; i < COMPONENTS.length; i++) {
      if (COMPONENTS[i] == component) {
        return i;
      }
    }
    throw new IllegalArgumentException(component + " is not primitive");
  }

  static int count() {
    return COMPONENTS.length;
  }

  /** Bytes of the elements. */
  static long sizeBytes(Object array) {
    return sizeBytes(tagOf(array.getClass().getComponentType()), Array.getLength(array));
  }

  static long sizeBytes(int tag, int length) {
    return (long) length * SIZES[tag];
  }

  /** Bytes of one element. */
  static int width(Object array) {
    return SIZES[tagOf(array.getClass().getComponentType())];
  }

  /** One of the arrays that came beside bytes which name it. */
  static Object find(Object[] arrays, int index, int tag) {
    if (tag < 0
        || tag >= COMPONENTS.length
        || index < 0
        || index >= arrays.length
        || arrays[index].getClass().getComponentType() != COMPONENTS[tag]) {
      throw ByteSource.corrupt("they name an array that is not beside them");
    }
    return arrays[index];
  }

  static Object make(int tag, int length) {
    return Array.newInstance(COMPONENTS[tag], length);
  }

  static void write(Object array, int tag, ByteSink out) {
    int length = Array.getLength(array);
    long bytes = (long) length * SIZES[tag];
    out.putVarInt(length);
    out.ensure(bytes);
    ByteBuffer into = ByteBuffer.wrap(out.array(), out.size(), (int) bytes);
    copy(array, 0, into, (int) bytes);
    out.skip((int) bytes);
  }

  static Object read(int tag, ByteSource in) {
    int length = in.readCount(SIZES[tag]);
    int start = in.take(length * SIZES[tag]);
    ByteBuffer from = ByteBuffer.wrap(in.array, start, length * SIZES[tag]);
    Object array = make(tag, length);
    fill(array, 0, from, length * SIZES[tag]);
    return array;
  }

  /** Appends so many bytes of an array, little-endian, beginning with a whole element. */
  static void copy(Object array, long offset, ByteBuffer into, int count) {
    int tag = tagOf(array.getClass().getComponentType());
    int at = (int) (offset / SIZES[tag]);
    int length = count / SIZES[tag];
    ByteBuffer bytes = into.slice(into.position(), count).order(ByteOrder.LITTLE_ENDIAN);
    switch (tag) {
      case 0 -> bytes.put((byte[]) array, at, length);
      case 1 -> {
        for (int i = at; i < at + length; i++) {
          bytes.put((byte) (((boolean[]) array)[i] ? 1 : 0));
        }
      }
      case 2 -> bytes.asShortBuffer().put((short[]) array, at, length);
      case 3 -> bytes.asCharBuffer().put((char[]) array, at, length);
      case 4 -> bytes.asIntBuffer().put((int[]) array, at, length);
      case 5 -> bytes.asLongBuffer().put((long[]) array, at, length);
      case 6 -> bytes.asFloatBuffer().put((float[]) array, at, length);
      default -> bytes.asDoubleBuffer().put((double[]) array, at, length);
    }
    into.position(into.position() + count);
  }

  /** The reverse of {@link #copy}. */
  static void fill(Object array, long offset, ByteBuffer from, int count) {
    int tag = tagOf(array.getClass().getComponentType());
    int at = (int) (offset / SIZES[tag]);
    int length = count / SIZES[tag];
    ByteBuffer bytes = from.slice(from.position(), count).order(ByteOrder.LITTLE_ENDIAN);
    switch (tag) {
      case 0 -> bytes.get((byte[]) array, at, length);
      case 1 -> {
        for (int i = at; i < at + length; i++) {
          ((boolean[]) array)[i] = bytes.get() != 0;
        }
      }
      case 2 -> bytes.asShortBuffer().get((short[]) array, at, length);
      case 3 -> bytes.asCharBuffer().get((char[]) array, at, length);
      case 4 -> bytes.asIntBuffer().get((int[]) array, at, length);
      case 5 -> bytes.asLongBuffer().get((long[]) array, at, length);
      case 6 -> bytes.asFloatBuffer().get((float[]) array, at, length);
      default -> bytes.asDoubleBuffer().get((double[]) array, at, length);
    }
    from.position(from.position() + count);
  }
}

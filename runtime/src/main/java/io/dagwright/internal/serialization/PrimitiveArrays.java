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

  /** Bytes of the elements, at most {@code Integer.MAX_VALUE}. */
  static int sizeBytes(Object array, int tag) {
    return (int) Math.min(Integer.MAX_VALUE - 64, (long) Array.getLength(array) * SIZES[tag]);
  }

  static void write(Object array, int tag, ByteSink out) {
    int length = Array.getLength(array);
    long bytes = (long) length * SIZES[tag];
    out.putVarInt(length);
    out.ensure(bytes);
    if (tag == 0) {
      out.putBytes((byte[]) array, 0, length);
      return;
    }
    ByteBuffer into =
        ByteBuffer.wrap(out.array(), out.size(), (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    switch (tag) {
      case 1 -> {
        for (boolean value : (boolean[]) array) {
          into.put((byte) (value ? 1 : 0));
        }
      }
      case 2 -> into.asShortBuffer().put((short[]) array);
      case 3 -> into.asCharBuffer().put((char[]) array);
      case 4 -> into.asIntBuffer().put((int[]) array);
      case 5 -> into.asLongBuffer().put((long[]) array);
      case 6 -> into.asFloatBuffer().put((float[]) array);
      default -> into.asDoubleBuffer().put((double[]) array);
    }
    out.skip((int) bytes);
  }

  static Object read(int tag, ByteSource in) {
    int length = in.readCount(SIZES[tag]);
    int start = in.take(length * SIZES[tag]);
    ByteBuffer from =
        ByteBuffer.wrap(in.array, start, length * SIZES[tag]).order(ByteOrder.LITTLE_ENDIAN);
    Object array = Array.newInstance(COMPONENTS[tag], length);
    switch (tag) {
      case 0 -> from.get((byte[]) array);
      case 1 -> {
        boolean[] values = (boolean[]) array;
        for (int i = 0; i < length; i++) {
          values[i] = from.get() != 0;
        }
      }
      case 2 -> from.asShortBuffer().get((short[]) array);
      case 3 -> from.asCharBuffer().get((char[]) array);
      case 4 -> from.asIntBuffer().get((int[]) array);
      case 5 -> from.asLongBuffer().get((long[]) array);
      case 6 -> from.asFloatBuffer().get((float[]) array);
      default -> from.asDoubleBuffer().get((double[]) array);
    }
    return array;
  }
}

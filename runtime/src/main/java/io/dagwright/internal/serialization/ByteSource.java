package io.dagwright.internal.serialization;

import io.dagwright.error.CorruptPayloadException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads what a {@link ByteSink} wrote. Every length is checked against the bytes that remain before
 * anything is allocated; bytes that make no sense end in {@link CorruptPayloadException}.
 */
final class ByteSource {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  final byte[] array;
  final int limit;
  int position;

  ByteSource(byte[] array, int offset, int length) {
    if (offset < 0 || length < 0 || length > array.length - offset) {
      throw new IndexOutOfBoundsException(
          "offset " + offset + ", length " + length + " of " + array.length);
    }
    this.array = array;
    this.position = offset;
    this.limit = offset + length;
  }

  int remaining() {
    return limit - position;
  }

  static CorruptPayloadException corrupt(String what) {
    return new CorruptPayloadException("The bytes of a value are damaged: " + what + ".", null);
  }

  private void require(long count) {
    if (count > limit - position) {
      throw corrupt("they end [" + (count - (limit - position)) + "] bytes early");
    }
  }

  int readByte() {
    require(1);
    return array[position++];
  }

  int readInt() {
    require(4);
    int value = (int) INT.get(array, position);
    position += 4;
    return value;
  }

  long readLong() {
    require(8);
    long value = (long) LONG.get(array, position);
    position += 8;
    return value;
  }

  int readVarInt() {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int next = readByte();
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw corrupt("a number has too many digits");
  }

  long readVarLong() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int next = readByte();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw corrupt("a number has too many digits");
  }

  long readSignedVarLong() {
    long value = readVarLong();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads how many elements follow, each of which takes at least {@code bytesEach} bytes. */
  int readCount(int bytesEach) {
    int count = readVarInt();
    if (count < 0) {
      throw corrupt("a count is negative");
    }
    require((long) count * bytesEach);
    return count;
  }

  /** Skips {@code length} bytes and returns where they started. */
  int take(int length) {
    require(length);
    int start = position;
    position += length;
    return start;
  }

  String readString() {
    long header = readVarLong();
    long length = header >>> 1;
    boolean wide = (header & 1) != 0;
    if (length > Integer.MAX_VALUE) {
      throw corrupt("a string is too long");
    }
    require(wide ? 2 * length : length);
    if (!wide) {
      return new String(array, take((int) length), (int) length, StandardCharsets.ISO_8859_1);
    }
    char[] chars = new char[(int) length];
    for (int i = 0; i < chars.length; i++) {
      chars[i] = (char) ((array[position] & 0xFF) | (array[position + 1] << 8));
      position += 2;
    }
    return new String(chars);
  }
}

package io.dagwright.internal.serialization;

import io.dagwright.error.PayloadTooLargeException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A growable byte array that codecs append to; reused, it encodes without allocating.
 * Little-endian.
 *
 * <p>Not thread-safe. Grows up to 2 GiB less 8 bytes, then throws {@link PayloadTooLargeException}.
 */
public final class ByteSink {

  private static final int SIZE_BYTES_MAX = Integer.MAX_VALUE - 8;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] array;
  private int size;

  /** Large arrays that go beside the bytes; null if they go into them. */
  private final @Nullable List<Object> apart;

  public ByteSink() {
    this(256);
  }

  private ByteSink(int capacity, @Nullable List<Object> apart) {
    this.array = new byte[capacity];
    this.apart = apart;
  }

  /** One that leaves large primitive arrays as they are: see {@link #toPayload}. */
  public static ByteSink forPayload() {
    return new ByteSink(256, new ArrayList<>());
  }

  /**
   * Takes a primitive array that is not to be copied.
   *
   * @return what it is known by; -1 if it is to be copied
   */
  int putApart(Object primitives) {
    List<Object> others = apart;
    if (others == null
        || others.size() == Payload.ARRAYS_MAX
        || PrimitiveArrays.sizeBytes(primitives) < Payload.APART_BYTES_MIN) {
      return -1;
    }
    others.add(primitives);
    return others.size() - 1;
  }

  /** What was written, with the arrays that were left as they are. Nothing is written after it. */
  public Payload toPayload() {
    return Payload.of(
        size == array.length ? array : toByteArray(), apart == null ? List.of() : apart);
  }

  public ByteSink(int capacity) {
    this(capacity, null);
  }

  /** The backing array; the first {@link #size} bytes count. Valid until the next write. */
  public byte[] array() {
    return array;
  }

  /** Number of bytes written. */
  public int size() {
    return size;
  }

  /** Forgets everything written after the first {@code newSize} bytes; keeps the array. */
  public void truncate(int newSize) {
    if (newSize < 0 || newSize > size) {
      throw new IllegalArgumentException("cannot cut " + size + " bytes to " + newSize);
    }
    size = newSize;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(array, size);
  }

  /** Makes room for {@code count} more bytes. */
  public void ensure(long count) {
    if (array.length - size < count) {
      grow(count);
    }
  }

  private void grow(long count) {
    long needed = size + count;
    if (needed > SIZE_BYTES_MAX) {
      throw new PayloadTooLargeException(needed);
    }
    array =
        Arrays.copyOf(array, (int) Math.min(SIZE_BYTES_MAX, Math.max(needed, array.length * 2L)));
  }

  /** Counts bytes that were written into {@link #array} directly, after {@link #ensure}. */
  void skip(int count) {
    size += count;
  }

  public void putByte(int value) {
    ensure(1);
    array[size++] = (byte) value;
  }

  public void putInt(int value) {
    ensure(4);
    INT.set(array, size, value);
    size += 4;
  }

  public void putLong(long value) {
    ensure(8);
    LONG.set(array, size, value);
    size += 8;
  }

  /** Writes 1 to 5 bytes; small values that are not negative are short. */
  public void putVarInt(int value) {
    ensure(5);
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
  }

  /** Writes 1 to 10 bytes; values near zero of either sign are short. */
  public void putSignedVarLong(long value) {
    ensure(10);
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7FL) != 0) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
  }

  public void putBytes(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, array, size, length);
    size += length;
  }

  /** Writes the length doubled, plus one if characters take two bytes each, then the characters. */
  public void putString(String value) {
    int length = value.length();
    ensure(5L + length);
    int start = size;
    putVarLength(length, false);
    byte[] into = array;
    int at = size;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c > 0xFF) {
        size = start;
        putWideString(value);
        return;
      }
      into[at + i] = (byte) c;
    }
    size = at + length;
  }

  private void putWideString(String value) {
    int length = value.length();
    ensure(5L + 2L * length);
    putVarLength(length, true);
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      array[size++] = (byte) c;
      array[size++] = (byte) (c >> 8);
    }
  }

  private void putVarLength(int length, boolean wide) {
    long rest = ((long) length << 1) | (wide ? 1 : 0);
    while (rest > 0x7F) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
  }
}

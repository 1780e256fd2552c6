package io.dagwright.internal.serialization;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An encoded value: its bytes, the head, and beside them the large primitive arrays inside it, as
 * they are. So they are never copied to be encoded, and a value may be larger than one array.
 *
 * <p>The arrays belong to the value that was encoded, or will belong to the one that is decoded:
 * nobody writes to them. Thread-safe as long as that holds.
 */
public final class Payload {

  /** Smaller arrays stay in the head. */
  static final int APART_BYTES_MIN = 64 << 10;

  /** As many can be told of in one frame of the data plane; further ones stay in the head. */
  public static final int ARRAYS_MAX = 100_000;

  private static final Object[] NONE = {};

  private final byte[] head;
  private final Object[] arrays;
  private final long sizeBytes;

  private Payload(byte[] head, Object[] arrays) {
    this.head = head;
    this.arrays = arrays;
    long size = head.length;
    for (Object array : arrays) {
      size += PrimitiveArrays.sizeBytes(array);
    }
    sizeBytes = size;
  }

  /** One that has no arrays beside its head. */
  public static Payload of(byte[] head) {
    return new Payload(head, NONE);
  }

  static Payload of(byte[] head, List<Object> arrays) {
    return new Payload(head, arrays.isEmpty() ? NONE : arrays.toArray());
  }

  /** The bytes without the arrays; not to be written to. */
  public byte[] head() {
    return head;
  }

  /** Bytes of the head and of all arrays. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Whether the head is all. */
  public boolean isPlain() {
    return arrays.length == 0;
  }

  Object[] arrays() {
    return arrays;
  }

  /** How it is laid out. */
  public Layout layout() {
    byte[] types = new byte[arrays.length];
    int[] lengths = new int[arrays.length];
    for (int i = 0; i < arrays.length; i++) {
      types[i] = (byte) PrimitiveArrays.tagOf(arrays[i].getClass().getComponentType());
      lengths[i] = java.lang.reflect.Array.getLength(arrays[i]);
    }
    return new Layout(head.length, types, lengths);
  }

  /**
   * Appends bytes of one segment, little-endian: the head is segment 0, the arrays follow.
   *
   * @param offset of the first byte, a multiple of 8
   * @param count at most what is left of the segment, and what fits
   */
  public void copy(int segment, long offset, ByteBuffer into, int count) {
    if (segment == 0) {
      into.put(head, (int) offset, count);
    } else {
      PrimitiveArrays.copy(arrays[segment - 1], offset, into, count);
    }
  }

  /** Bytes of a segment. */
  public long segmentBytes(int segment) {
    return segment == 0 ? head.length : PrimitiveArrays.sizeBytes(arrays[segment - 1]);
  }

  /** Number of segments, the head included. */
  public int segments() {
    return 1 + arrays.length;
  }

  /** What a payload consists of, so that whoever receives one can make room for it. */
  public static final class Layout {

    private static final int ARRAY_BYTES = 5;

    private final int headBytes;
    private final byte[] types;
    private final int[] lengths;
    private final long sizeBytes;

    private Layout(int headBytes, byte[] types, int[] lengths) {
      this.headBytes = headBytes;
      this.types = types;
      this.lengths = lengths;
      long size = headBytes;
      for (int i = 0; i < types.length; i++) {
        size += PrimitiveArrays.sizeBytes(types[i], lengths[i]);
      }
      sizeBytes = size;
    }

    /** Bytes that {@link #write} appends. */
    public int writtenBytes() {
      return Integer.BYTES + types.length * ARRAY_BYTES;
    }

    /** Writes it, for {@link #read}. */
    public void write(ByteBuffer into) {
      into.putInt(headBytes);
      for (int i = 0; i < types.length; i++) {
        into.put(types[i]).putInt(lengths[i]);
      }
    }

    /**
     * Reads what is left of a buffer.
     *
     * @throws io.dagwright.error.CorruptPayloadException if it is no layout
     */
    public static Layout read(ByteBuffer from) {
      int arrays = (from.remaining() - Integer.BYTES) / ARRAY_BYTES;
      if (from.remaining() != Integer.BYTES + arrays * ARRAY_BYTES || arrays > ARRAYS_MAX) {
        throw ByteSource.corrupt("their layout has a wrong size");
      }
      int headBytes = from.getInt();
      byte[] types = new byte[arrays];
      int[] lengths = new int[arrays];
      for (int i = 0; i < arrays; i++) {
        types[i] = from.get();
        lengths[i] = from.getInt();
        if (types[i] < 0 || types[i] >= PrimitiveArrays.count() || lengths[i] < 0) {
          throw ByteSource.corrupt("their layout names an impossible array");
        }
      }
      if (headBytes < 0) {
        throw ByteSource.corrupt("their layout has a negative size");
      }
      return new Layout(headBytes, types, lengths);
    }

    /** Bytes of the head and of all arrays. */
    public long sizeBytes() {
      return sizeBytes;
    }

    /** Bytes of the head. */
    public int headBytes() {
      return headBytes;
    }

    /** Number of segments, the head included. */
    public int segments() {
      return 1 + types.length;
    }

    /** Bytes of a segment: the head is 0, the arrays follow. */
    public long segmentBytes(int segment) {
      return segment == 0
          ? headBytes
          : PrimitiveArrays.sizeBytes(types[segment - 1], lengths[segment - 1]);
    }
  }

  /**
   * A payload that arrives piece by piece, in order. Each segment is allocated when its first bytes
   * are there. Not thread-safe.
   */
  public static final class Incomplete {

    private final Layout layout;
    private final Object[] segments;
    private final ByteBuffer split = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    private int segment = -1;
    private long segmentFilled;
    private long segmentBytes;
    private long filled;

    /** Allocates little yet. */
    public Incomplete(Layout layout) {
      this.layout = layout;
      this.segments = new Object[1 + layout.types.length];
      while (segment + 1 < segments.length && segmentFilled == segmentBytes) {
        next();
      }
    }

    private void next() {
      segment++;
      segmentFilled = 0;
      segmentBytes = layout.segmentBytes(segment);
      if (segmentBytes == 0) {
        allocate();
      }
    }

    private Object allocate() {
      Object made =
          segment == 0
              ? new byte[layout.headBytes]
              : PrimitiveArrays.make(layout.types[segment - 1], layout.lengths[segment - 1]);
      segments[segment] = made;
      return made;
    }

    /** Bytes that are there. */
    public long filledBytes() {
      return filled;
    }

    /** Whether nothing is missing. */
    public boolean isComplete() {
      return filled == layout.sizeBytes;
    }

    /**
     * Takes the next bytes.
     *
     * @param count at most what is missing
     * @throws OutOfMemoryError if there is no room; then it can be given up
     */
    public void fill(ByteBuffer from, int count) {
      if (count > layout.sizeBytes - filled) {
        throw ByteSource.corrupt("there are more of them than was said");
      }
      for (int left = count; left > 0; ) {
        while (segmentFilled == segmentBytes) {
          next();
        }
        Object into = segments[segment] == null ? allocate() : segments[segment];
        int taken = (int) Math.min(left, segmentBytes - segmentFilled);
        fill(into, from, taken);
        left -= taken;
      }
      filled += count;
      while (segment + 1 < segments.length && segmentFilled == segmentBytes) {
        next(); // So that empty arrays at the end are there.
      }
    }

    private void fill(Object into, ByteBuffer from, int count) {
      int width = PrimitiveArrays.width(into);
      int left = count;
      while (left > 0) {
        int within = (int) (segmentFilled % width);
        if (within == 0 && left >= width) {
          int whole = left - left % width;
          PrimitiveArrays.fill(into, segmentFilled, from, whole);
          segmentFilled += whole;
          left -= whole;
        } else { // An element that comes in two pieces.
          split.put(within, from.get());
          segmentFilled++;
          left--;
          if (within == width - 1) {
            PrimitiveArrays.fill(into, segmentFilled - width, split.position(0), width);
          }
        }
      }
    }

    /** What has arrived. */
    public Payload complete() {
      if (!isComplete()) {
        throw new IllegalStateException(filled + " of " + layout.sizeBytes + " bytes are there");
      }
      Object[] arrays = new Object[segments.length - 1];
      System.arraycopy(segments, 1, arrays, 0, arrays.length);
      return new Payload((byte[]) segments[0], arrays);
    }
  }
}

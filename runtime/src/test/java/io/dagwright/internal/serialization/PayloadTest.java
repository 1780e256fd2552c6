package io.dagwright.internal.serialization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.error.CorruptPayloadException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PayloadTest {

  private static final ClassLoader LOADER = PayloadTest.class.getClassLoader();

  private final ValueCodec codec = new ValueCodec(new KryoPools());

  private Payload encode(Object value) {
    return codec.encode(value, Choice.DEFAULT);
  }

  private List<?> list(Payload payload) {
    return (List<?>) Objects.requireNonNull(codec.read(payload, LOADER));
  }

  @Test
  void largeArraysAreNeitherCopiedToEncodeNorToDecode() {
    long[] alone = new long[100_000];
    List<Object> within = List.of("a", new int[50_000], new int[3]);

    Payload first = encode(alone);
    Payload second = encode(within);

    assertSame(alone, codec.read(first, LOADER));
    List<?> read = list(second);
    assertSame(within.get(1), read.get(1));
    assertArrayEquals((int[]) within.get(2), (int[]) read.get(2));
    assertTrue(first.head().length < 10 && second.head().length < 200);
    assertEquals(first.head().length + 800_000L, first.sizeBytes());
  }

  @Test
  void oneArrayInTwoPlacesStaysOne() {
    double[] shared = new double[20_000];

    Payload payload = encode(new Object[] {shared, "x", shared});

    Object[] read = (Object[]) Objects.requireNonNull(codec.read(payload, LOADER));
    assertSame(read[0], read[2]);
    assertEquals(2, payload.segments());
  }

  @Test
  void smallArraysAndOtherValuesHaveNothingBesideTheirBytes() {
    assertTrue(encode(new byte[1000]).isPlain());
    assertTrue(encode("x".repeat(1_000_000)).isPlain());
    assertFalse(encode(new byte[1 << 17]).isPlain());
  }

  @Test
  void whatIsCutAnywhereIsPutTogetherAgain() {
    Random random = new Random(5);
    boolean[] flags = new boolean[70_000];
    flags[69_999] = true;
    List<Object> value =
        List.of(
            random.longs(10_001).toArray(),
            random.doubles(9_001).toArray(),
            random.ints(20_003).toArray(),
            new float[20_001],
            new short[40_001],
            new char[50_003],
            new byte[70_001],
            flags);
    for (Object array : value) {
      for (int i = 0; i < Array.getLength(array); i += 97) {
        if (array instanceof float[] floats) {
          floats[i] = i;
        } else if (array instanceof short[] shorts) {
          shorts[i] = (short) i;
        } else if (array instanceof char[] chars) {
          chars[i] = (char) i;
        } else if (array instanceof byte[] bytes) {
          bytes[i] = (byte) i;
        }
      }
    }
    Payload payload = encode(value);
    byte[] flat = flat(payload);
    for (int piece : new int[] {1, 3, 7, 64, 100_003, flat.length}) {
      Payload.Incomplete incomplete = new Payload.Incomplete(written(payload.layout()));
      for (int at = 0; at < flat.length; at += piece) {
        int count = Math.min(piece, flat.length - at);
        incomplete.fill(ByteBuffer.wrap(flat, at, count), count);
      }

      List<?> read = list(incomplete.complete());

      assertTrue(Objects.deepEquals(value.toArray(), read.toArray()), "in pieces of " + piece);
    }
  }

  private static byte[] flat(Payload payload) {
    ByteBuffer all = ByteBuffer.allocate((int) payload.sizeBytes());
    for (int segment = 0; segment < payload.segments(); segment++) {
      payload.copy(segment, 0, all, (int) payload.segmentBytes(segment));
    }
    return all.array();
  }

  private static Payload.Layout written(Payload.Layout layout) {
    ByteBuffer bytes = ByteBuffer.allocate(layout.writtenBytes());
    layout.write(bytes);
    return Payload.Layout.read(bytes.flip());
  }

  @Test
  void aValueMayBeLargerThanAnArray() {
    ByteBuffer announced = ByteBuffer.allocate(4 + 3 * 5).putInt(9);
    for (int i = 0; i < 3; i++) {
      announced.put((byte) 5).putInt(500_000_000);
    }

    Payload.Layout layout = Payload.Layout.read(announced.flip());

    assertEquals(9 + 12_000_000_000L, layout.sizeBytes());
  }

  @Test
  void whatIsAnnouncedIsNotAllocatedBeforeItComes() {
    ByteBuffer announced = ByteBuffer.allocate(4 + 100 * 5).putInt(8);
    for (int i = 0; i < 100; i++) {
      announced.put((byte) 5).putInt(Integer.MAX_VALUE);
    }

    Payload.Incomplete incomplete =
        new Payload.Incomplete(Payload.Layout.read(announced.flip())); // 1.7 TB

    incomplete.fill(ByteBuffer.allocate(8), 8);
    assertEquals(8, incomplete.filledBytes());
    assertThrows(IllegalStateException.class, incomplete::complete);
  }

  @Test
  void layoutsAndReferencesThatMakeNoSenseAreRefused() {
    for (byte[] bytes :
        List.of(
            new byte[] {0, 0, 0, 1, 9, 0, 0, 0, 1},
            new byte[] {0, 0, 0, 1, 1, -1, 0, 0, 1},
            new byte[] {-1, 0, 0, 1},
            new byte[] {0, 0, 0, 1, 1},
            new byte[] {0, 0})) {
      assertThrows(
          CorruptPayloadException.class,
          () -> Payload.Layout.read(ByteBuffer.wrap(bytes)),
          Arrays.toString(bytes));
    }
    byte[] head = encode(new long[100_000]).head();
    assertThrows(CorruptPayloadException.class, () -> codec.read(Payload.of(head), LOADER));
    byte[] other = head.clone();
    other[1]++; // Of another type.
    Payload forged = Payload.of(other, List.of(new long[100_000]));
    assertThrows(CorruptPayloadException.class, () -> codec.read(forged, LOADER));
  }
}

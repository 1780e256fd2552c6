package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Kryo's input over one array, which allocates nothing the remaining bytes cannot fill. */
final class BoundedInput extends Input {

  private static final int NULL = 0;
  private static final int LATIN1 = 1;
  private static final int UTF16 = 2;

  private long unclaimed;

  BoundedInput(byte[] array, int offset, int length) {
    super(array, offset, length);
    unclaimed = length;
  }

  /**
   * Reads how many elements follow. Each takes a byte of its own, also across nested containers, so
   * all counts together cannot exceed the bytes there are; this keeps memory linear in the input.
   */
  static int readCount(Input input) {
    BoundedInput bounded = (BoundedInput) input;
    int count = bounded.readVarInt(true);
    bounded.unclaimed -= count;
    if (count < 0 || bounded.unclaimed < 0) {
      throw ByteSource.corrupt("a collection is larger than the bytes that are left");
    }
    return count;
  }

  @Override
  public byte[] readBytes(int length) {
    if (length < 0 || length > limit() - position()) {
      throw ByteSource.corrupt("an array is larger than the bytes that are left");
    }
    return super.readBytes(length);
  }

  @Override
  @SuppressWarnings("NullAway") // Kryo's own contract: null in, null out; it is not annotated.
  public @Nullable String readString() {
    return switch (readByte()) {
      case NULL -> null;
      case LATIN1 -> new String(readBytes(readVarInt(true)), StandardCharsets.ISO_8859_1);
      case UTF16 -> {
        byte[] encoded = readBytes(readVarInt(true));
        char[] chars = new char[encoded.length / 2];
        for (int i = 0; i < chars.length; i++) {
          chars[i] = (char) ((encoded[2 * i] & 0xFF) | (encoded[2 * i + 1] << 8));
        }
        yield new String(chars);
      }
      default -> throw ByteSource.corrupt("a string is of no known form");
    };
  }

  /** The output whose strings this input reads; they carry their length in bytes. */
  static final class Counterpart extends Output {

    Counterpart() {
      super(512, -1);
    }

    @Override
    public void writeAscii(@Nullable String value) {
      writeString(value);
    }

    @Override
    public void writeString(@Nullable String value) {
      if (value == null) {
        writeByte(NULL);
        return;
      }
      int length = value.length();
      if (isLatin1(value)) {
        writeByte(LATIN1);
        writeVarInt(length, true);
        require(length);
        for (int i = 0; i < length; i++) {
          buffer[position++] = (byte) value.charAt(i);
        }
        return;
      }
      writeByte(UTF16);
      writeVarInt(Math.multiplyExact(length, 2), true);
      require(2 * length);
      for (int i = 0; i < length; i++) {
        buffer[position++] = (byte) value.charAt(i);
        buffer[position++] = (byte) (value.charAt(i) >> 8);
      }
    }

    private static boolean isLatin1(String value) {
      for (int i = 0; i < value.length(); i++) {
        if (value.charAt(i) > 0xFF) {
          return false;
        }
      }
      return true;
    }

    /** Lets go of a buffer that one large value left behind. */
    void shrink() {
      if (buffer.length > 1 << 20) {
        setBuffer(new byte[512], -1);
      }
      reset();
    }
  }
}

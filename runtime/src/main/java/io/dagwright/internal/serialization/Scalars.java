package io.dagwright.internal.serialization;

import org.jspecify.annotations.Nullable;

/** Null, booleans, numbers, characters and strings: one tag byte, then as few bytes as will do. */
final class Scalars {

  private static final int NULL = 0;
  private static final int TRUE = 1;
  private static final int FALSE = 2;
  private static final int INTEGER = 3;
  private static final int LONG = 4;
  private static final int DOUBLE = 5;
  private static final int STRING = 6;
  private static final int FLOAT = 7;
  private static final int SHORT = 8;
  private static final int BYTE = 9;
  private static final int CHARACTER = 10;

  private Scalars() {}

  /** Appends the value if it is a scalar; otherwise writes nothing and returns false. */
  static boolean write(@Nullable Object value, ByteSink out) {
    if (value == null) {
      out.putByte(NULL);
    } else if (value instanceof Integer number) {
      out.putByte(INTEGER);
      out.putSignedVarLong(number);
    } else if (value instanceof Long number) {
      out.putByte(LONG);
      out.putSignedVarLong(number);
    } else if (value instanceof String text) {
      out.putByte(STRING);
      out.putString(text);
    } else if (value instanceof Double number) {
      out.putByte(DOUBLE);
      out.putLong(Double.doubleToRawLongBits(number));
    } else if (value instanceof Boolean truth) {
      out.putByte(truth ? TRUE : FALSE);
    } else {
      return writeRare(value, out);
    }
    return true;
  }

  private static boolean writeRare(Object value, ByteSink out) {
    if (value instanceof Float number) {
      out.putByte(FLOAT);
      out.putInt(Float.floatToRawIntBits(number));
    } else if (value instanceof Short number) {
      out.putByte(SHORT);
      out.putSignedVarLong(number);
    } else if (value instanceof Byte number) {
      out.putByte(BYTE);
      out.putByte(number);
    } else if (value instanceof Character character) {
      out.putByte(CHARACTER);
      out.putSignedVarLong(character);
    } else {
      return false;
    }
    return true;
  }

  static @Nullable Object read(int tag, ByteSource in) {
    return switch (tag) {
      case NULL -> null;
      case TRUE -> true;
      case FALSE -> false;
      case INTEGER -> (Integer) Math.toIntExact(in.readSignedVarLong());
      case LONG -> (Long) in.readSignedVarLong();
      case DOUBLE -> (Double) Double.longBitsToDouble(in.readLong());
      case STRING -> in.readString();
      case FLOAT -> (Float) Float.intBitsToFloat(in.readInt());
      case SHORT -> (Short) (short) in.readSignedVarLong();
      case BYTE -> (Byte) (byte) in.readByte();
      case CHARACTER -> (Character) (char) in.readSignedVarLong();
      default -> throw ByteSource.corrupt("a value in them is of no known kind [" + tag + "]");
    };
  }
}

package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;

/** Boxed primitives to and from Kryo's streams, for fields and record components. */
final class Primitives {

  private Primitives() {}

  static void write(Output output, Class<?> type, Object value) {
    if (type == int.class) {
      output.writeVarInt((int) value, false);
    } else if (type == long.class) {
      output.writeVarLong((long) value, false);
    } else if (type == double.class) {
      output.writeDouble((double) value);
    } else if (type == boolean.class) {
      output.writeBoolean((boolean) value);
    } else if (type == float.class) {
      output.writeFloat((float) value);
    } else if (type == byte.class) {
      output.writeByte((byte) value);
    } else if (type == short.class) {
      output.writeShort((short) value);
    } else {
      output.writeChar((char) value);
    }
  }

  static Object read(Input input, Class<?> type) {
    if (type == int.class) {
      return input.readVarInt(false);
    } else if (type == long.class) {
      return input.readVarLong(false);
    } else if (type == double.class) {
      return input.readDouble();
    } else if (type == boolean.class) {
      return input.readBoolean();
    } else if (type == float.class) {
      return input.readFloat();
    } else if (type == byte.class) {
      return input.readByte();
    } else if (type == short.class) {
      return input.readShort();
    } else {
      return input.readChar();
    }
  }
}

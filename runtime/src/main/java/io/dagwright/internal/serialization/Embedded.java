package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.io.Serializable;

/**
 * A part that goes by another serializer than what is around it: the bytes of a {@link ValueCodec}
 * in its place. Whoever reads puts the value itself there.
 */
final class Embedded implements Serializable {

  private static final long serialVersionUID = 1L;

  final byte[] bytes;

  Embedded(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The same inside Kryo's stream. */
  static final class InKryo extends Serializer<Object> {

    InKryo() {
      super(false, false);
    }

    @Override
    public void write(Kryo kryo, Output output, Object object) {
      byte[] bytes = ((Embedded) object).bytes;
      output.writeVarInt(bytes.length, true);
      output.writeBytes(bytes);
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
      return ((CodecKryo) kryo).readPart(input.readBytes(input.readVarInt(true)));
    }
  }
}

package io.dagwright.internal.serialization;

import io.dagwright.internal.wire.Chunk;
import io.dagwright.internal.wire.Frame;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import org.apache.pekko.serialization.ByteBufferSerializer;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** Puts frames of our links on Pekko's wire: three numbers, a flag, and bytes that are ready. */
public final class FrameSerializer extends SerializerWithStringManifest
    implements ByteBufferSerializer {

  private static final int IDENTIFIER = 7100;
  private static final String MANIFEST = "F";
  private static final int HEADER_BYTES = 3 * Long.BYTES + 1;

  private static final int NO_PAYLOAD = 0;
  private static final int MORE_FOLLOWS = 1;
  private static final int LAST = 2;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return MANIFEST;
  }

  @Override
  public byte[] toBinary(Object message) {
    Frame<?> frame = (Frame<?>) message;
    int payload = frame.payload() instanceof Chunk chunk ? chunk.bytes().length : 0;
    ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES + payload);
    toBinary(message, buffer);
    return buffer.array();
  }

  @Override
  public void toBinary(Object message, ByteBuffer buffer) {
    Frame<?> frame = (Frame<?>) message;
    buffer.putLong(frame.link()).putLong(frame.seq()).putLong(frame.ack());
    if (frame.payload() instanceof Chunk chunk) {
      buffer.put((byte) (chunk.last() ? LAST : MORE_FOLLOWS)).put(chunk.bytes());
    } else {
      buffer.put((byte) NO_PAYLOAD);
    }
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    return fromBinary(ByteBuffer.wrap(bytes), manifest);
  }

  @Override
  public Object fromBinary(ByteBuffer buffer, String manifest) throws NotSerializableException {
    if (!manifest.equals(MANIFEST) || buffer.remaining() < HEADER_BYTES) {
      throw new NotSerializableException("no frame: [" + manifest + "]");
    }
    long link = buffer.getLong();
    long seq = buffer.getLong();
    long ack = buffer.getLong();
    int flag = buffer.get();
    if (flag == NO_PAYLOAD) {
      return new Frame<Chunk>(link, seq, ack, null);
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return new Frame<>(link, seq, ack, new Chunk(bytes, flag == LAST));
  }
}

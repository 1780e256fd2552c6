package io.dagwright.internal.serialization;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages that travel together: each with its length in front. Not thread-safe. */
public final class Bundle {

  private static final int LARGE_BYTES = 1 << 16;

  private ByteSink bytes = new ByteSink(256);

  public void add(byte[] message) {
    bytes.putVarInt(message.length);
    bytes.putBytes(message, 0, message.length);
  }

  /** Bytes so far. */
  public int size() {
    return bytes.size();
  }

  public boolean isEmpty() {
    return bytes.size() == 0;
  }

  /** Hands the bundle over and begins another. */
  public byte[] take() {
    byte[] bundle = bytes.toByteArray();
    if (bytes.array().length > LARGE_BYTES) {
      bytes = new ByteSink(256);
    } else {
      bytes.truncate(0);
    }
    return bundle;
  }

  /**
   * The messages of a bundle, in order.
   *
   * @throws io.dagwright.error.CorruptPayloadException if it is not one
   */
  public static List<byte[]> messages(byte[] bundle) {
    ByteSource source = new ByteSource(bundle, 0, bundle.length);
    List<byte[]> messages = new ArrayList<>();
    while (source.remaining() > 0) {
      int length = source.readVarInt();
      if (length < 0 || length > source.remaining()) {
        throw ByteSource.corrupt("a message of [" + length + "] bytes is longer than its bundle");
      }
      messages.add(Arrays.copyOfRange(bundle, source.position, source.position + length));
      source.position += length;
    }
    return messages;
  }
}

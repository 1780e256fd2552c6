package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import io.dagwright.internal.share.HostFiles;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A part that goes by another serializer than what is around it: the bytes of a {@link ValueCodec}
 * in its place, or the path of a file that has them. Whoever reads puts the value itself there.
 */
final class Embedded implements Serializable {

  private static final long serialVersionUID = 1L;

  final byte[] bytes;

  /** Empty if there is none. */
  private final String file;

  Embedded(byte[] bytes) {
    this.bytes = bytes;
    this.file = "";
  }

  Embedded(String file) {
    this.bytes = new byte[0];
    this.file = file;
  }

  /** The same inside Kryo's stream. */
  static final class InKryo extends Serializer<Object> {

    InKryo() {
      super(false, false);
    }

    @Override
    public void write(Kryo kryo, Output output, Object object) {
      Embedded embedded = (Embedded) object;
      output.writeVarInt(embedded.bytes.length, true);
      if (embedded.bytes.length == 0) { // No value takes no bytes.
        output.writeString(embedded.file);
      } else {
        output.writeBytes(embedded.bytes);
      }
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
      int length = input.readVarInt(true);
      return ((CodecKryo) kryo)
          .readPart(
              length == 0 ? fromFile(input.readString()) : Payload.of(input.readBytes(length)));
    }

    private static Payload fromFile(String file) {
      try (FileChannel channel = HostFiles.open(Path.of(file))) {
        return PayloadFile.read(channel);
      } catch (IOException e) {
        throw new UncheckedIOException("the file of an argument cannot be read: " + e, e);
      } catch (InvalidPathException e) {
        throw ByteSource.corrupt("the name of a file in them is malformed");
      }
    }
  }
}

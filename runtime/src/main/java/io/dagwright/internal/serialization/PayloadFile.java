package io.dagwright.internal.serialization;

import io.dagwright.internal.share.HostFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A payload in a file: how it is laid out, then its segments. Arrays are copied to the file and
 * from it in blocks, and are nowhere in between as a whole.
 */
public final class PayloadFile {

  private PayloadFile() {}

  /** What to write. */
  public static HostFiles.Blocks contentOf(Payload payload) {
    return new Content(payload);
  }

  /** Gives the layout with the first block, unless that is too large, and the segments. */
  private static final class Content implements HostFiles.Blocks {

    private static final int ALIGNMENT = 8; // Any element ends at a multiple of it.

    private final Payload payload;
    private final ByteBuffer layout;
    private int segment;
    private long offset;

    Content(Payload payload) {
      this.payload = payload;
      Payload.Layout of = payload.layout();
      layout = ByteBuffer.allocate(Integer.BYTES + of.writtenBytes()).putInt(of.writtenBytes());
      of.write(layout);
      layout.flip();
    }

    @Override
    public boolean fill(ByteBuffer block) {
      int first = Math.min(layout.remaining(), block.remaining());
      block.put(block.position(), layout, layout.position(), first);
      block.position(block.position() + first);
      layout.position(layout.position() + first);
      while (segment < payload.segments() && !layout.hasRemaining()) {
        long left = payload.segmentBytes(segment) - offset;
        int room = block.remaining() - block.remaining() % ALIGNMENT;
        if (left > 0 && room == 0) {
          break;
        }
        int count = (int) Math.min(left, room);
        payload.copy(segment, offset, block, count);
        offset += count;
        if (count == left) {
          segment++;
          offset = 0;
        }
      }
      return block.position() > 0;
    }
  }

  /**
   * Reads what {@link #contentOf} gave.
   *
   * @throws io.dagwright.error.CorruptPayloadException if that is not what is there
   */
  static Payload read(FileChannel channel) throws IOException {
    int layoutBytes = next(channel, Integer.BYTES, channel.size()).getInt();
    Payload.Layout layout =
        Payload.Layout.read(next(channel, layoutBytes, channel.size() - channel.position()));
    if (layout.sizeBytes() != channel.size() - channel.position()) {
      throw ByteSource.corrupt("their file has another size than it says");
    }
    Payload.Incomplete payload = new Payload.Incomplete(layout);
    ByteBuffer block =
        ByteBuffer.allocate((int) Math.min(HostFiles.BLOCK_BYTES, layout.sizeBytes()));
    while (!payload.isComplete()) {
      if (channel.read(block.clear()) < 0) {
        throw ByteSource.corrupt("their file became shorter while it was read");
      }
      payload.fill(block.flip(), block.remaining());
    }
    return payload.complete();
  }

  private static ByteBuffer next(FileChannel channel, int count, long left) throws IOException {
    if (count < 0 || count > left) {
      throw ByteSource.corrupt("their file is too short");
    }
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw ByteSource.corrupt("their file is too short");
      }
    }
    return bytes.flip();
  }
}

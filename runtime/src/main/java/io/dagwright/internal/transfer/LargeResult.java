package io.dagwright.internal.transfer;

import io.dagwright.internal.serialization.Payload;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** A granted result on its way to a client, frame by frame. Used by the loop's thread. */
final class LargeResult implements Link.Outgoing {

  private static final int CHECKSUM_OFFSET = 17;

  private final ServerLink link;
  private final long request;
  private final int index;
  private final Payload payload;
  private int segment;
  private long offset;

  LargeResult(ServerLink link, long request, int index, Payload payload) {
    this.link = link;
    this.request = request;
    this.index = index;
    this.payload = payload;
  }

  private boolean isAtEnd() {
    while (segment < payload.segments() && offset == payload.segmentBytes(segment)) {
      segment++;
      offset = 0;
    }
    return segment == payload.segments();
  }

  @Override
  public Progress fill(ByteBuffer out) {
    if (isAtEnd()) {
      return Progress.DONE; // It is empty.
    }
    long left = payload.segmentBytes(segment) - offset;
    if (link.sharesMemory()) {
      return share(out, left);
    }
    int count = (int) Math.min(Frame.CHUNK_BYTES, left);
    if (out.remaining() < Frame.HEADER_BYTES + count) {
      return Progress.FULL;
    }
    int start = out.position();
    Frame.putHeader(out, count, Frame.BYTES, request, index, 0);
    copy(out, count);
    ByteBuffer bytes = out.slice(start + Frame.HEADER_BYTES, count);
    out.putInt(start + CHECKSUM_OFFSET, Frame.crc(bytes));
    link.counts().sentBytes.add(count);
    return isAtEnd() ? Progress.DONE : Progress.MORE;
  }

  private Progress share(ByteBuffer out, long left) {
    if (out.remaining() < Frame.HEADER_BYTES + 2 * Integer.BYTES) {
      return Progress.FULL;
    }
    int slot = link.takeSlot();
    if (slot < 0) {
      return Progress.BLOCKED;
    }
    ByteBuffer memory = link.slot(slot);
    int count = (int) Math.min(memory.capacity(), left);
    CRC32C crc = new CRC32C();
    for (int at = 0; at < count; at += Frame.CHUNK_BYTES) { // Summed while it is in the cache.
      int some = Math.min(Frame.CHUNK_BYTES, count - at);
      copy(memory, some);
      crc.update(memory.slice(at, some));
    }
    Frame.putHeader(out, 2 * Integer.BYTES, Frame.SHARED, request, index, (int) crc.getValue());
    out.putInt(slot).putInt(count);
    link.counts().sentBytes.add(count);
    link.counts().sentSharedBytes.add(count);
    return isAtEnd() ? Progress.DONE : Progress.MORE;
  }

  private void copy(ByteBuffer into, int count) {
    payload.copy(segment, offset, into, count);
    offset += count;
  }

  @Override
  public void ended() {
    link.release(payload.sizeBytes());
  }
}

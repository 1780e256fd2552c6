package io.dagwright.internal.transfer;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The frames of the data plane: {@code int length, byte type, long request, int index, int crc},
 * then {@code length} bytes; big-endian. The checksum is that of the bytes of a large result, else
 * 0.
 */
final class Frame {

  static final int HEADER_BYTES = 21;
  static final int BODY_BYTES_MAX = 1 << 20;
  static final int HELLO_BYTES_MAX = 300;

  /**
   * A large result is sent in frames of at most so many bytes; they stay in a processor's cache.
   */
  static final int CHUNK_BYTES = 256 << 10;

  static final int MAGIC = 0x44475754; // "DGWT"
  static final short VERSION = 3;

  /** Client: magic, version, whether it can share memory (1 or 0), token. The first frame. */
  static final byte HELLO = 1;

  /** Server: the hello was right. */
  static final byte WELCOME = 2;

  /** Server: why the hello was wrong, as text; the connection ends. */
  static final byte REJECT = 3;

  /** Client: long worker, then long tasks. */
  static final byte FETCH = 4;

  /** Client: the 32 bytes of a content hash. */
  static final byte FETCH_BLOB = 5;

  /** Server: several outcomes, each {@code int index, byte status, int length, int crc, bytes}. */
  static final byte OUTCOMES = 6;

  /** Server: a large result is ready, of this layout; it is sent once granted. */
  static final byte LARGE = 7;

  /** Client: send the large result. */
  static final byte GRANT = 8;

  /** Client: forget the large result. */
  static final byte DECLINE = 9;

  /** Server: the next bytes of a granted result. */
  static final byte BYTES = 10;

  /** Client: long worker, then long tasks; each is answered as soon as it is there. */
  static final byte FETCH_AWAITED = 11;

  /** Client: session, int epoch, class name; the strings as of {@code DataOutput}. */
  static final byte FETCH_CLASS = 12;

  /** Client: host and port as of {@code DataOutput}, long worker, then long tasks of that one. */
  static final byte FETCH_FOR_ME = 13;

  /** Server: memory of both, {@code long nonce, int slots, int slotBytes}, path. */
  static final byte RING = 14;

  /** Client: the memory can be used from now on. */
  static final byte RING_READY = 15;

  /** Client: it cannot be used. */
  static final byte RING_REFUSED = 16;

  /** Server: the next bytes of a granted result are in shared memory, {@code int slot, length}. */
  static final byte SHARED = 17;

  /** Client: the slot, which is the index of the frame, can be used again. */
  static final byte FREED = 18;

  /** Client: how a worker's process ended, as its supervisor wrote it. */
  static final byte REPORT_EXIT = 19;

  /** Client: say something, so that it is known that you are there. */
  static final byte PING = 20;

  /** Server: I am. */
  static final byte PONG = 21;

  static final byte STATUS_BYTES = 0;
  static final byte STATUS_MISSING = 1;
  static final byte STATUS_FAILED = 2;

  /** Not there yet: to be asked for again. */
  static final byte STATUS_LATE = 3;

  /** There, but too much else is being sent: to be asked for again. */
  static final byte STATUS_BUSY = 4;

  /** Whoever was to fetch it for us cannot reach its holder either. */
  static final byte STATUS_UNREACHABLE = 5;

  static final int OUTCOME_HEADER_BYTES = 13;

  /** Results up to this size share frames; larger ones are announced and granted. */
  static final int SMALL_BYTES_MAX = 256 << 10;

  private Frame() {}

  static void putHeader(ByteBuffer out, int length, byte type, long request, int index, int crc) {
    out.putInt(length).put(type).putLong(request).putInt(index).putInt(crc);
  }

  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** An address as people write it. */
  static String text(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }
}

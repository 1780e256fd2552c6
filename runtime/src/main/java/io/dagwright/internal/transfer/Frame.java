package io.dagwright.internal.transfer;

import java.net.InetSocketAddress;

/**
 * The frames of the data plane: {@code int length, byte type, long request, int index}, then {@code
 * length} bytes; big-endian.
 */
final class Frame {

  static final int HEADER_BYTES = 17;
  static final int BODY_BYTES_MAX = 1 << 20;
  static final int HELLO_BYTES_MAX = 300;

  static final int MAGIC = 0x44475754; // "DGWT"
  static final short VERSION = 1;

  /** Client: magic, version, token. The first frame of a connection. */
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

  /** Server: a large result is ready, {@code int length, int crc}; it is sent once granted. */
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

  /** Client: how a worker's process ended, as its supervisor wrote it. */
  static final byte REPORT_EXIT = 13;

  static final byte STATUS_BYTES = 0;
  static final byte STATUS_MISSING = 1;
  static final byte STATUS_FAILED = 2;

  /** Not there yet: to be asked for again. */
  static final byte STATUS_LATE = 3;

  static final int OUTCOME_HEADER_BYTES = 13;

  /** Results up to this size share frames; larger ones are announced and granted. */
  static final int SMALL_BYTES_MAX = 256 << 10;

  private Frame() {}

  /** An address as people write it. */
  static String text(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }
}

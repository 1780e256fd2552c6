package io.dagwright.internal.serialization;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256 of some bytes, which names a function blob or a large argument wherever it is.
 *
 * @param a bits 0–63, as read big-endian
 * @param b bits 64–127
 * @param c bits 128–191
 * @param d bits 192–255
 */
public record ContentHash(long a, long b, long c, long d) {

  /** Length of the hash itself in bytes. */
  public static final int SIZE_BYTES = 32;

  /** Hashes all of {@code content}. */
  public static ContentHash of(byte[] content) {
    try {
      return read(ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(content)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Reads the 32 bytes that {@link #write} wrote. */
  public static ContentHash read(ByteBuffer in) {
    return new ContentHash(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  /** Appends 32 bytes. */
  public void write(ByteBuffer out) {
    out.putLong(a).putLong(b).putLong(c).putLong(d);
  }

  /** The first 12 hexadecimal digits, for people. */
  public String prefix() {
    return HexFormat.of().toHexDigits(a).substring(0, 12);
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
  }
}

package io.dagwright.internal.code;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256 of a class file, a jar or a unit of code, which names it in every JVM.
 *
 * @param a bits 0–63, as read big-endian
 * @param b bits 64–127
 * @param c bits 128–191
 * @param d bits 192–255
 */
public record CodeHash(long a, long b, long c, long d) {

  /** Length of the hash itself in bytes. */
  public static final int SIZE_BYTES = 32;

  private static final int BUFFER_BYTES = 64 * 1024;

  /** Hashes all of {@code content}. */
  public static CodeHash of(byte[] content) {
    return of(ByteBuffer.wrap(sha256().digest(content)));
  }

  /** Hashes what is left of {@code content}, without closing it. */
  static CodeHash of(InputStream content) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      digest.update(buffer, 0, count);
    }
    return of(ByteBuffer.wrap(digest.digest()));
  }

  /** Reads the 32 bytes that {@link #write} wrote. */
  public static CodeHash read(DataInput in) throws IOException {
    return new CodeHash(in.readLong(), in.readLong(), in.readLong(), in.readLong());
  }

  /** Appends 32 bytes. */
  public void write(DataOutput out) throws IOException {
    out.writeLong(a);
    out.writeLong(b);
    out.writeLong(c);
    out.writeLong(d);
  }

  /** Reads the 32 bytes that {@link #write(ByteBuffer)} wrote. */
  public static CodeHash read(ByteBuffer in) {
    return of(in);
  }

  /** Appends 32 bytes. */
  public void write(ByteBuffer out) {
    out.putLong(a).putLong(b).putLong(c).putLong(d);
  }

  /** The first 12 hexadecimal digits, for people. */
  public String prefix() {
    return HexFormat.of().toHexDigits(a).substring(0, 12);
  }

  /** All 64 hexadecimal digits. */
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
  }

  private static CodeHash of(ByteBuffer digest) {
    return new CodeHash(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

package io.dagwright.internal.share;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Bytes of a file that cannot be written through it, mapped into memory piece by piece, as one
 * mapping is 2 GiB at most. Little-endian. Thread-safe.
 */
public final class Mapping {

  private static final int PIECE_BITS = 30;
  private static final long PIECE_MASK = (1L << PIECE_BITS) - 1;

  private final ByteBuffer[] pieces;
  private final long sizeBytes;

  private Mapping(ByteBuffer[] pieces, long sizeBytes) {
    this.pieces = pieces;
    this.sizeBytes = sizeBytes;
  }

  /** Maps so many bytes of a file, from an offset that is a multiple of 8. */
  public static Mapping of(Path file, long offset, long sizeBytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (offset < 0 || sizeBytes < 0 || sizeBytes > channel.size() - offset) {
        throw new IOException(
            "[" + file + "] has [" + channel.size() + "] bytes, not " + offset + " + " + sizeBytes);
      }
      ByteBuffer[] pieces = new ByteBuffer[(int) ((sizeBytes + PIECE_MASK) >>> PIECE_BITS)];
      for (int i = 0; i < pieces.length; i++) {
        long start = (long) i << PIECE_BITS;
        pieces[i] =
            channel
                .map(
                    FileChannel.MapMode.READ_ONLY,
                    offset + start,
                    Math.min(1L << PIECE_BITS, sizeBytes - start))
                .order(ByteOrder.LITTLE_ENDIAN);
      }
      return new Mapping(pieces, sizeBytes);
    }
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  public byte getByte(long offset) {
    return pieces[piece(offset)].get((int) (offset & PIECE_MASK));
  }

  public int getInt(long offset) {
    return pieces[piece(offset)].getInt((int) (offset & PIECE_MASK));
  }

  public long getLong(long offset) {
    return pieces[piece(offset)].getLong((int) (offset & PIECE_MASK));
  }

  public double getDouble(long offset) {
    return pieces[piece(offset)].getDouble((int) (offset & PIECE_MASK));
  }

  private static int piece(long offset) {
    return (int) (offset >>> PIECE_BITS);
  }

  /** Hands over the bytes from one offset to another, in order, in buffers of their own. */
  public void forEach(long from, long to, Sink sink) {
    for (long at = from; at < to; ) {
      int start = (int) (at & PIECE_MASK);
      ByteBuffer piece = pieces[piece(at)];
      int length = (int) Math.min(to - at, piece.limit() - start);
      sink.accept(at - from, piece.slice(start, length).order(ByteOrder.LITTLE_ENDIAN));
      at += length;
    }
  }

  /** Takes bytes. */
  public interface Sink {
    void accept(long offset, ByteBuffer bytes);
  }
}

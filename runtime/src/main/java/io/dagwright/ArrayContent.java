package io.dagwright;

import io.dagwright.error.SharedArrayUnavailableException;
import io.dagwright.internal.share.Extent;
import io.dagwright.internal.share.HostFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The elements of an array as little-endian bytes. */
final class ArrayContent {

  private ArrayContent() {}

  private interface Fill {
    void fill(int index, ByteBuffer block);
  }

  static HostFiles.Content of(byte[] array) {
    return content(array.length, 1, (at, block) -> block.put(array, at, block.remaining()));
  }

  static HostFiles.Content of(int[] array) {
    return content(
        array.length,
        Integer.BYTES,
        (at, block) -> block.asIntBuffer().put(array, at, block.remaining() / Integer.BYTES));
  }

  static HostFiles.Content of(long[] array) {
    return content(
        array.length,
        Long.BYTES,
        (at, block) -> block.asLongBuffer().put(array, at, block.remaining() / Long.BYTES));
  }

  static HostFiles.Content of(double[] array) {
    return content(
        array.length,
        Double.BYTES,
        (at, block) -> block.asDoubleBuffer().put(array, at, block.remaining() / Double.BYTES));
  }

  private static HostFiles.Content content(int length, int width, Fill fill) {
    return new HostFiles.Content() {
      @Override
      public long sizeBytes() {
        return (long) length * width;
      }

      @Override
      public void fill(long offsetBytes, ByteBuffer block) {
        fill.fill((int) (offsetBytes / width), block);
      }
    };
  }

  /** All of a file. */
  static Extent ofFile(Path file, int width) {
    long sizeBytes;
    try {
      sizeBytes = Files.size(file);
    } catch (IOException e) {
      throw new SharedArrayUnavailableException(file.toString(), "cannot be mapped: " + e + ".", e);
    }
    if (sizeBytes % width != 0) {
      throw new IllegalArgumentException(
          "[" + file + "] has [" + sizeBytes + "] bytes, which is no multiple of " + width);
    }
    return HostShare.map(file, 0, sizeBytes);
  }

  static int arrayLength(long count) {
    if (count > Integer.MAX_VALUE - 8) {
      throw new OutOfMemoryError("[" + count + "] elements are more than an array can hold");
    }
    return (int) count;
  }
}

package io.dagwright.internal.serialization;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a {@link MessageWriter} wrote; damaged bytes end in a typed exception. */
final class MessageReader {

  /** No column is longer than this; a larger count means damage. */
  private static final int MOST_ELEMENTS = 1 << 26;

  final ByteSource source;

  MessageReader(byte[] bytes) {
    source = new ByteSource(bytes, 0, bytes.length);
  }

  int count() {
    int count = source.readVarInt();
    if (count < 0 || count > MOST_ELEMENTS) {
      throw ByteSource.corrupt("a column has [" + count + "] elements");
    }
    return count;
  }

  int[] ints() {
    int size = count();
    int[] items = new int[Math.min(size, 1 << 16)];
    if (size == 0) {
      return items;
    }
    boolean asRuns = source.readByte() != 0;
    long before = 0;
    for (int i = 0; i < size; ) {
      long step = source.readSignedVarLong();
      int times = asRuns ? source.readVarInt() : 1;
      if (times < 1 || times > size - i) {
        throw ByteSource.corrupt("a run has [" + times + "] elements");
      }
      if (i + times > items.length) {
        items = Arrays.copyOf(items, Math.min(size, Math.max(i + times, items.length * 2)));
      }
      for (int k = 0; k < times; k++) {
        before += step;
        items[i++] = (int) before;
      }
    }
    return items;
  }

  Ints intColumn() {
    return Ints.of(ints());
  }

  Longs longColumn() {
    int size = count();
    Longs items = new Longs(Math.min(size, 1 << 16));
    if (size == 0) {
      return items;
    }
    boolean asRuns = source.readByte() != 0;
    long before = 0;
    while (items.size() < size) {
      long step = source.readSignedVarLong();
      int times = asRuns ? source.readVarInt() : 1;
      if (times < 1 || times > size - items.size()) {
        throw ByteSource.corrupt("a run has [" + times + "] elements");
      }
      for (int k = 0; k < times; k++) {
        before += step;
        items.add(before);
      }
    }
    return items;
  }

  byte @Nullable [] nullableBytes() {
    int length = source.readVarInt() - 1;
    if (length < 0) {
      return null;
    }
    int start = source.take(length);
    return Arrays.copyOfRange(source.array, start, start + length);
  }

  byte[] bytes() {
    byte @Nullable [] bytes = nullableBytes();
    if (bytes == null) {
      throw ByteSource.corrupt("bytes are missing");
    }
    return bytes;
  }

  byte @Nullable [] @Nullable [] byteArrays(int size) {
    int present = count();
    if (present == 0) {
      return null;
    }
    byte @Nullable [][] arrays = new byte[size][];
    int at = 0;
    for (int i = 0; i < present; i++) {
      at += source.readVarInt();
      if (at < 0 || at >= size) {
        throw ByteSource.corrupt("element [" + at + "] of [" + size + "]");
      }
      arrays[at] = bytes();
    }
    return arrays;
  }

  List<byte[]> byteList() {
    int size = count();
    List<byte[]> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(bytes());
    }
    return list;
  }

  List<String> strings() {
    int size = count();
    List<String> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(source.readString());
    }
    return list;
  }

  void end() {
    if (source.remaining() != 0) {
      throw ByteSource.corrupt("[" + source.remaining() + "] bytes are left over");
    }
  }
}

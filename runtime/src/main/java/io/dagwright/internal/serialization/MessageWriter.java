package io.dagwright.internal.serialization;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes columns compactly: as differences to the element before, and runs of equal differences as
 * one. Consecutive rows, equal functions and neighbouring inputs cost next to nothing, so that a
 * wide layer of a million tasks is a small message. Not thread-safe.
 */
final class MessageWriter {

  /** Runs of equal differences are worth counting only if they are this long on average. */
  private static final int RUN_LENGTH = 3;

  final ByteSink sink;

  MessageWriter(ByteSink sink) {
    this.sink = sink;
  }

  void putInts(int[] items, int size) {
    sink.putVarInt(size);
    if (size == 0) {
      return;
    }
    int runs = 1;
    for (int i = 1; i < size; i++) {
      int step = items[i] - items[i - 1];
      runs += i == 1 || step != items[i - 1] - items[i - 2] ? 1 : 0;
    }
    boolean asRuns = (long) runs * RUN_LENGTH <= size;
    sink.putByte(asRuns ? 1 : 0);
    long before = 0;
    if (!asRuns) {
      for (int i = 0; i < size; i++) {
        sink.putSignedVarLong(items[i] - before);
        before = items[i];
      }
      return;
    }
    for (int i = 0; i < size; ) {
      long step = items[i] - before;
      int end = i + 1;
      while (end < size && (long) items[end] - items[end - 1] == step) {
        end++;
      }
      sink.putSignedVarLong(step);
      sink.putVarInt(end - i);
      before = items[end - 1];
      i = end;
    }
  }

  void putInts(Ints items) {
    int[] array = items.toArray();
    putInts(array, array.length);
  }

  void putLongs(Longs items) {
    int size = items.size();
    sink.putVarInt(size);
    if (size == 0) {
      return;
    }
    int runs = 1;
    for (int i = 1; i < size; i++) {
      long step = items.get(i) - items.get(i - 1);
      runs += i == 1 || step != items.get(i - 1) - items.get(i - 2) ? 1 : 0;
    }
    boolean asRuns = (long) runs * RUN_LENGTH <= size;
    sink.putByte(asRuns ? 1 : 0);
    long before = 0;
    for (int i = 0; i < size; ) {
      long step = items.get(i) - before;
      int end = i + 1;
      while (asRuns && end < size && items.get(end) - items.get(end - 1) == step) {
        end++;
      }
      sink.putSignedVarLong(step);
      if (asRuns) {
        sink.putVarInt(end - i);
      }
      before = items.get(end - 1);
      i = end;
    }
  }

  void putBytes(byte @Nullable [] bytes) {
    if (bytes == null) {
      sink.putVarInt(0);
    } else {
      sink.putVarInt(bytes.length + 1);
      sink.putBytes(bytes, 0, bytes.length);
    }
  }

  /** Sparse: only elements that are not null take room. */
  void putByteArrays(byte @Nullable [] @Nullable [] arrays, int size) {
    int present = 0;
    for (int i = 0; arrays != null && i < size; i++) {
      present += arrays[i] == null ? 0 : 1;
    }
    sink.putVarInt(present);
    int before = 0;
    for (int i = 0; arrays != null && i < size; i++) {
      byte @Nullable [] bytes = arrays[i];
      if (bytes != null) {
        sink.putVarInt(i - before);
        before = i;
        putBytes(bytes);
      }
    }
  }

  void putByteList(List<byte[]> list) {
    sink.putVarInt(list.size());
    list.forEach(this::putBytes);
  }

  void putStrings(List<String> strings) {
    sink.putVarInt(strings.size());
    strings.forEach(sink::putString);
  }
}

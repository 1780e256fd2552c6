package io.dagwright.bench;

import com.github.luben.zstd.Zstd;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.store.HeapBudget;
import io.dagwright.internal.store.MemorySettings;
import io.dagwright.internal.store.ResultStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * How fast a worker's store writes results to files, beside the codec, the compression, the
 * checksums and one large file alone, by turns in one process.
 */
final class Spilling {

  private static final int ARRAY_BYTES = 1 << 20;
  private static final int CHUNK_BYTES = 256 << 10;
  private static final ValueCodec CODEC = new ValueCodec(new KryoPools());

  private Spilling() {}

  static void measure(int n, int repetitions, double warmUpSeconds, Consumer<Line> out)
      throws Exception {
    for (boolean compresses : new boolean[] {false, true}) {
      long[][] arrays = arrays(n, compresses);
      long start = System.nanoTime();
      List<Double> ours = new ArrayList<>();
      List<Double> raw = new ArrayList<>();
      boolean isWarm = false;
      while (ours.size() < repetitions || !isWarm) {
        if (!isWarm) {
          ours.clear();
          raw.clear();
          isWarm = Timing.since(start) >= warmUpSeconds;
        }
        ours.add(spill(arrays));
        raw.add(write(arrays));
      }
      double bytes = (double) n * ARRAY_BYTES;
      double ourSeconds = median(ours);
      double rawSeconds = median(raw);
      out.accept(
          Line.of("dagwright", compresses ? "spill-compressible" : "spill")
              .with("n", n)
              .with("wall_s", ourSeconds)
              .with("MBps", bytes / 1e6 / ourSeconds)
              .with("raw_MBps", bytes / 1e6 / rawSeconds)
              .with("ratio", rawSeconds / ourSeconds));
    }
  }

  private static double median(List<Double> values) {
    return Timing.median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static long[][] arrays(int n, boolean compresses) {
    SplittableRandom random = new SplittableRandom(1);
    long[][] arrays = new long[n][ARRAY_BYTES / Long.BYTES];
    for (long[] array : arrays) {
      for (int i = 0; i < array.length; i++) {
        array[i] = compresses ? random.nextInt(1000) : random.nextLong();
      }
    }
    return arrays;
  }

  /** Seconds until all of it is in files and no longer on the heap. */
  private static double spill(long[][] arrays) throws IOException {
    Path directory = Files.createTempDirectory("dagwright-bench");
    long huge = 1L << 40; // So that it writes when it is told to.
    try (HeapBudget budget = new HeapBudget(new MemorySettings(huge, 0.5, 1, 1, directory))) {
      ResultStore store = new ResultStore(CODEC, budget, task -> {});
      for (int i = 0; i < arrays.length; i++) {
        store.put(i, arrays[i], ARRAY_BYTES);
      }
      long start = System.nanoTime();
      budget.empty();
      double seconds = Timing.since(start);
      if (store.managedBytes() > 0 || store.spilledBytes() < (long) arrays.length * ARRAY_BYTES) {
        throw new IllegalStateException("not all of it was written");
      }
      store.close();
      return seconds;
    }
  }

  private static double write(long[][] arrays) throws IOException {
    Path file = Files.createTempFile("dagwright-bench", ".raw");
    byte[] chunk = new byte[CHUNK_BYTES];
    byte[] small = new byte[(int) Zstd.compressBound(CHUNK_BYTES)];
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long start = System.nanoTime();
      for (long[] array : arrays) {
        Payload payload = CODEC.encode(array, Choice.DEFAULT);
        for (int segment = 0; segment < payload.segments(); segment++) {
          write(channel, payload, segment, chunk, small);
        }
      }
      return Timing.since(start);
    } finally {
      Files.delete(file);
    }
  }

  private static void write(
      FileChannel channel, Payload payload, int segment, byte[] chunk, byte[] small)
      throws IOException {
    CRC32C crc = new CRC32C();
    boolean pays = true;
    for (long at = 0; at < payload.segmentBytes(segment); at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, payload.segmentBytes(segment) - at);
      payload.copy(segment, at, ByteBuffer.wrap(chunk), length);
      ByteBuffer stored = ByteBuffer.wrap(chunk, 0, length);
      if (pays) {
        long size = Zstd.compressByteArray(small, 0, small.length, chunk, 0, length, 1);
        pays = size < length;
        stored = pays ? ByteBuffer.wrap(small, 0, (int) size) : stored;
      }
      crc.update(stored.duplicate());
      while (stored.hasRemaining()) {
        channel.write(stored);
      }
    }
  }
}

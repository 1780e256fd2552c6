package io.dagwright.internal.store;

import com.github.luben.zstd.Zstd;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.share.ProcessDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Files of results of this process: readable by its user only, gone with it.
 *
 * <p>Nothing is made before the first write. One thread writes; all else is thread-safe.
 */
final class SpillDirectory implements AutoCloseable {

  private static final String ROOT = "dagwright-spill-";

  /** Saving less than a sixth is not worth the time. */
  private static final double WORTHWHILE = 1.2;

  private static final int LEVEL = 1;

  private final ProcessDirectory own;
  private long files;
  private byte @Nullable [] compressed;
  private final byte[] chunk = new byte[SpillFile.CHUNK_BYTES];

  /** Below a directory that exists. */
  SpillDirectory(Path base) {
    own = ProcessDirectory.ofThisProcess(base, ROOT, UUID.randomUUID().toString());
  }

  /** Where the files are. */
  Path path() {
    return own.path();
  }

  /** What is free there; -1 if that cannot be said. */
  long freeBytes() {
    try {
      return Files.getFileStore(own.path()).getUsableSpace();
    } catch (IOException e) {
      return -1;
    }
  }

  /**
   * Writes results into one file. It appears under its name when it is complete; if it cannot be
   * completed, nothing is left of it.
   *
   * @return where they are, in this order
   */
  List<SpillRecord> write(List<Payload> results) throws IOException {
    Path file = own.made().resolve("results-" + files++);
    Path temporary = file.resolveSibling(file.getFileName() + ".part");
    SpillFile complete = new SpillFile(file, results.size());
    List<SpillRecord> records = new ArrayList<>(results.size());
    try {
      try (FileChannel channel = own.create(temporary)) {
        for (Payload result : results) {
          records.add(new SpillRecord(complete, channel.position(), result.layout()));
          write(channel, result);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      return records;
    } catch (IOException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void write(FileChannel channel, Payload result) throws IOException {
    byte[] buffer = compressed;
    if (buffer == null) {
      buffer = new byte[(int) Zstd.compressBound(SpillFile.CHUNK_BYTES)];
      compressed = buffer;
    }
    CRC32C crc = new CRC32C();
    ByteBuffer header = ByteBuffer.allocate(SpillFile.CHUNK_HEADER_BYTES);
    for (int segment = 0; segment < result.segments(); segment++) {
      boolean compress = true;
      for (long at = 0; at < result.segmentBytes(segment); ) {
        int length = (int) Math.min(SpillFile.CHUNK_BYTES, result.segmentBytes(segment) - at);
        result.copy(segment, at, ByteBuffer.wrap(chunk), length);
        ByteBuffer stored = ByteBuffer.wrap(chunk, 0, length);
        if (compress) {
          long size = Zstd.compressByteArray(buffer, 0, buffer.length, chunk, 0, length, LEVEL);
          boolean pays = !Zstd.isError(size) && size * WORTHWHILE < length;
          stored = pays ? ByteBuffer.wrap(buffer, 0, (int) size) : stored;
          compress = pays; // What does not shrink at first rarely does later.
        }
        crc.reset();
        crc.update(stored.duplicate());
        header.clear().putInt(length).putInt(stored.remaining()).putInt((int) crc.getValue());
        writeAll(channel, header.flip());
        writeAll(channel, stored);
        at += length;
      }
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  /** Removes all files. */
  @Override
  public void close() {
    own.close();
  }
}

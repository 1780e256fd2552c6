package io.dagwright.internal.store;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.dagwright.internal.serialization.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A complete file with some results, deleted with the last of them. Thread-safe.
 *
 * <p>Each segment of a result is a row of chunks: length, length as stored, CRC-32C of what is
 * stored, then that; compressed if the two lengths differ.
 */
final class SpillFile {

  static final int CHUNK_BYTES = 256 << 10;
  static final int CHUNK_HEADER_BYTES = 12;

  private static final Logger LOG = LoggerFactory.getLogger(SpillFile.class);

  private final Path path;
  private final AtomicInteger users;

  /**
   * @param records how many results are in it
   */
  SpillFile(Path path, int records) {
    this.path = path;
    this.users = new AtomicInteger(records);
  }

  Path path() {
    return path;
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) { // On Windows, while it is read; goes with the directory.
        LOG.debug("[{}] stays for now", path, e);
      }
    }
  }

  /**
   * Reads a result.
   *
   * @throws BrokenSpillException if what is there is not what was written
   */
  Payload read(SpillRecord record) throws IOException {
    Payload.Layout layout = record.layout();
    Payload.Incomplete result = new Payload.Incomplete(layout);
    int chunkBytes = (int) Math.min(CHUNK_BYTES, layout.sizeBytes());
    byte[] stored = new byte[chunkBytes];
    byte[] content = new byte[chunkBytes];
    ByteBuffer header = ByteBuffer.allocate(CHUNK_HEADER_BYTES);
    CRC32C crc = new CRC32C();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.position(record.offset());
      for (int segment = 0; segment < layout.segments(); segment++) {
        for (long at = 0; at < layout.segmentBytes(segment); ) {
          fill(channel, header.clear());
          int length = header.getInt(0);
          int storedLength = header.getInt(4);
          if (length != Math.min(CHUNK_BYTES, layout.segmentBytes(segment) - at)
              || storedLength < 1
              || storedLength > length) {
            throw broken("the header of a chunk is damaged");
          }
          fill(channel, ByteBuffer.wrap(stored, 0, storedLength));
          crc.reset();
          crc.update(stored, 0, storedLength);
          if ((int) crc.getValue() != header.getInt(8)) {
            throw broken("a checksum differs");
          }
          boolean isCompressed = storedLength < length;
          if (isCompressed) {
            decompress(stored, storedLength, content, length);
          }
          result.fill(ByteBuffer.wrap(isCompressed ? content : stored), length);
          at += length;
        }
      }
    }
    return result.complete();
  }

  private void decompress(byte[] stored, int storedLength, byte[] into, int length)
      throws BrokenSpillException {
    try {
      long got = Zstd.decompressByteArray(into, 0, length, stored, 0, storedLength);
      if (got != length) {
        throw broken("a chunk has another length");
      }
    } catch (ZstdException e) {
      throw broken(String.valueOf(e.getMessage()));
    }
  }

  private void fill(FileChannel channel, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into) < 0) {
        throw broken("it is too short");
      }
    }
  }

  private BrokenSpillException broken(String why) {
    return new BrokenSpillException("[" + path + "] is broken: " + why);
  }
}

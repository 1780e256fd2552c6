package io.dagwright.internal.store;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
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
 * <p>A result is a row of chunks: length, length as stored, CRC-32C of what is stored, then that;
 * compressed if the two lengths differ.
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
  byte[] read(SpillRecord record) throws IOException {
    byte[] content = new byte[record.length()];
    byte[] stored = new byte[Math.min(CHUNK_BYTES, record.length())];
    ByteBuffer header = ByteBuffer.allocate(CHUNK_HEADER_BYTES);
    CRC32C crc = new CRC32C();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.position(record.offset());
      for (int at = 0; at < content.length; ) {
        fill(channel, header.clear());
        int length = header.getInt(0);
        int storedLength = header.getInt(4);
        if (length != Math.min(CHUNK_BYTES, content.length - at)
            || storedLength < 1
            || storedLength > length) {
          throw broken("the header of a chunk is damaged");
        }
        boolean isCompressed = storedLength < length;
        byte[] into = isCompressed ? stored : content;
        int offset = isCompressed ? 0 : at;
        fill(channel, ByteBuffer.wrap(into, offset, storedLength));
        crc.reset();
        crc.update(into, offset, storedLength);
        if ((int) crc.getValue() != header.getInt(8)) {
          throw broken("a checksum differs");
        }
        if (isCompressed) {
          decompress(stored, storedLength, content, at, length);
        }
        at += length;
      }
    }
    return content;
  }

  private void decompress(byte[] stored, int storedLength, byte[] into, int at, int length)
      throws BrokenSpillException {
    try {
      long got = Zstd.decompressByteArray(into, at, length, stored, 0, storedLength);
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

package io.dagwright.internal.cache;

import io.dagwright.error.DumpException;
import io.dagwright.error.DumpException.Reason;
import io.dagwright.internal.share.HostFiles;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * One value in one file: a header of {@value #HEADER_BYTES} bytes with checksums, then the content,
 * packed or not. It appears under its name when it is complete. Works on any file system.
 */
public final class DumpFile {

  /** Where the content begins: aligned, so that it can be mapped. */
  public static final int HEADER_BYTES = 40;

  private static final long MAGIC = 0x89_44_57_44_55_4D_50_0AL; // .DWDUMP and a line's end
  private static final int VERSION = 1;
  private static final int BLOCK_BYTES = 1 << 17;
  private static final int HEADER_CHECKSUM_AT = HEADER_BYTES - Integer.BYTES;

  private DumpFile() {}

  /**
   * What a file says of itself.
   *
   * @param kind of content, as whoever saved it numbers them
   * @param sizeBytes of the content when it is unpacked
   * @param storedBytes of the content in the file
   * @param checksum of these
   */
  public record Header(Packing packing, int kind, long sizeBytes, long storedBytes, int checksum) {}

  /** Saves content, in place of what is there. */
  public static void save(
      Path file, int kind, HostFiles.Content content, Packing packing, int level) {
    if (Files.isDirectory(file)) {
      throw isDirectory(file);
    }
    Path temporary =
        file.resolveSibling(String.valueOf(file.getFileName()) + "-" + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        write(channel, kind, content, packing, level);
        channel.force(true);
      }
      WholeFile.move(temporary, file);
    } catch (NoClassDefFoundError e) {
      delete(temporary);
      throw libraryMissing(file, packing, e);
    } catch (IOException e) {
      delete(temporary);
      throw failed(file, "saved", e);
    } catch (RuntimeException e) {
      delete(temporary);
      throw e;
    }
  }

  private static void write(
      FileChannel channel, int kind, HostFiles.Content content, Packing packing, int level)
      throws IOException {
    channel.position(HEADER_BYTES);
    CRC32C crc = new CRC32C();
    OutputStream stored =
        new CheckedOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(channel), BLOCK_BYTES), crc);
    try (OutputStream packed = packing.pack(new Uncloseable(stored), level)) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (long at = 0; at < content.sizeBytes(); at += block.limit()) {
        block.clear().limit((int) Math.min(BLOCK_BYTES, content.sizeBytes() - at));
        content.fill(at, block);
        packed.write(block.array(), 0, block.limit());
      }
    }
    stored.flush();
    ByteBuffer header =
        ByteBuffer.allocate(HEADER_BYTES)
            .putLong(MAGIC)
            .putInt(VERSION)
            .put((byte) packing.ordinal())
            .put((byte) kind)
            .putShort((short) 0)
            .putLong(content.sizeBytes())
            .putLong(channel.position() - HEADER_BYTES)
            .putInt((int) crc.getValue());
    header.putInt(checksum(header)).flip();
    for (long at = 0; header.hasRemaining(); ) {
      at += channel.write(header, at);
    }
  }

  /** Reads what a file says of itself, and compares its length with that. */
  public static Header header(Path file) {
    if (Files.isDirectory(file)) {
      throw isDirectory(file);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
      while (header.hasRemaining() && channel.read(header) >= 0) {
        // Until one of them is at its end.
      }
      if (header.position() < Long.BYTES || header.getLong(0) != MAGIC) {
        throw new DumpException(
            file.toString(), Reason.NOT_A_DUMP, "was not saved by Dump.save.", null);
      }
      if (header.position() >= 12 && header.getInt(8) > VERSION) {
        throw new DumpException(
            file.toString(),
            Reason.NEWER_VERSION,
            "has format "
                + header.getInt(8)
                + "; this version reads up to "
                + VERSION
                + ". Load it with the version of Dagwright that saved it.",
            null);
      }
      if (header.hasRemaining()) {
        throw truncated(file);
      }
      if (header.getInt(HEADER_CHECKSUM_AT) != checksum(header)
          || header.get(12) >= Packing.values().length
          || header.getLong(16) < 0
          || header.getLong(24) < 0) {
        throw corrupt(file, null);
      }
      Header read =
          new Header(
              Packing.values()[header.get(12)],
              header.get(13),
              header.getLong(16),
              header.getLong(24),
              header.getInt(32));
      long content = channel.size() - HEADER_BYTES;
      if (content < read.storedBytes()) {
        throw truncated(file);
      }
      if (content > read.storedBytes()) {
        throw corrupt(file, null);
      }
      return read;
    } catch (NoSuchFileException e) {
      throw new DumpException(file.toString(), Reason.MISSING, "does not exist.", e);
    } catch (IOException e) {
      throw failed(file, "read", e);
    }
  }

  /** Reads a file's content. */
  public static byte[] load(Path file, Header header) {
    if (header.sizeBytes() > Integer.MAX_VALUE - 8) {
      throw new DumpException(
          file.toString(),
          Reason.TOO_LARGE,
          "has [" + header.sizeBytes() + "] bytes, too many for one array; use Dump.map.",
          null);
    }
    try {
      verify(file, header);
      try (InputStream stored = new BufferedInputStream(Files.newInputStream(file), BLOCK_BYTES)) {
        stored.skipNBytes(HEADER_BYTES);
        byte[] content = new byte[(int) header.sizeBytes()];
        try (InputStream unpacked = header.packing().unpack(stored)) {
          if (unpacked.readNBytes(content, 0, content.length) < content.length
              || unpacked.read() >= 0) {
            throw corrupt(file, null);
          }
        }
        return content;
      }
    } catch (NoClassDefFoundError e) {
      throw libraryMissing(file, header.packing(), e);
    } catch (EOFException e) {
      throw corrupt(file, e);
    } catch (IOException e) {
      throw failed(file, "read", e);
    }
  }

  private static void verify(Path file, Header header) throws IOException {
    CRC32C crc = new CRC32C();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.position(HEADER_BYTES);
      ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
      while (channel.read(block) >= 0) {
        crc.update(block.flip());
        block.clear();
      }
    }
    if ((int) crc.getValue() != header.checksum()) {
      throw corrupt(file, null);
    }
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(HEADER_CHECKSUM_AT));
    return (int) crc.getValue();
  }

  private static DumpException isDirectory(Path file) {
    return new DumpException(
        file.toString(), Reason.DIRECTORY, "is a directory; name a file in it.", null);
  }

  private static DumpException truncated(Path file) {
    return new DumpException(
        file.toString(),
        Reason.TRUNCATED,
        "ends too early: it was copied or downloaded in part. Copy it again.",
        null);
  }

  /** Its bytes are not those that were saved. */
  public static DumpException corrupt(Path file, @Nullable Throwable why) {
    return new DumpException(
        file.toString(),
        Reason.CORRUPT,
        "is damaged: its bytes are not those that were saved. Save it again.",
        why);
  }

  private static DumpException libraryMissing(Path file, Packing packing, NoClassDefFoundError e) {
    return new DumpException(
        file.toString(),
        Reason.LIBRARY_MISSING,
        "needs a library: put " + packing.library() + " on the class path.",
        e);
  }

  private static DumpException failed(Path file, String what, IOException e) {
    String said = String.valueOf(e.getMessage());
    boolean isFull = said.contains("No space left") || said.contains("disk space");
    return new DumpException(
        file.toString(),
        isFull ? Reason.DISK_FULL : Reason.INPUT_OUTPUT,
        "cannot be "
            + what
            + ": "
            + e
            + (isFull ? ". Make room there, or save it elsewhere or packed." : "."),
        e);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failed(file, "removed", e);
    }
  }

  /** What packs ends with its own stream; the file goes on. */
  private static final class Uncloseable extends OutputStream {

    private final OutputStream out;

    Uncloseable(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }
  }
}

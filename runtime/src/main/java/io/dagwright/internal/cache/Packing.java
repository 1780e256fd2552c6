package io.dagwright.internal.cache;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;

/** How content is packed. The order is part of the format of files. */
public enum Packing {
  NONE(0, 0, "nothing") {
    @Override
    OutputStream pack(OutputStream out, int level) {
      return out;
    }

    @Override
    InputStream unpack(InputStream in) {
      return in;
    }
  },
  GZIP(1, 9, "nothing") {
    @Override
    OutputStream pack(OutputStream out, int level) throws IOException {
      return new GZIPOutputStream(out, BUFFER_BYTES) {
        {
          def.setLevel(level);
        }
      };
    }

    @Override
    InputStream unpack(InputStream in) throws IOException {
      return new GZIPInputStream(in, BUFFER_BYTES);
    }
  },
  LZ4(0, 12, "at.yawk.lz4:lz4-java") {
    @Override
    OutputStream pack(OutputStream out, int level) throws IOException {
      return Lz4.pack(out, level);
    }

    @Override
    InputStream unpack(InputStream in) throws IOException {
      return Lz4.unpack(in);
    }
  },
  ZSTD(1, 22, "nothing") {
    @Override
    OutputStream pack(OutputStream out, int level) throws IOException {
      return new ZstdOutputStream(out, level);
    }

    @Override
    InputStream unpack(InputStream in) throws IOException {
      return new ZstdInputStream(in);
    }
  };

  private static final int BUFFER_BYTES = 1 << 16;

  private final int levelMin;
  private final int levelMax;
  private final String library;

  Packing(int levelMin, int levelMax, String library) {
    this.levelMin = levelMin;
    this.levelMax = levelMax;
    this.library = library;
  }

  /** Checks a level. */
  public int check(int level) {
    if (level < levelMin || level > levelMax) {
      throw new IllegalArgumentException(
          "the level of " + name() + " is from " + levelMin + " to " + levelMax + ", not " + level);
    }
    return level;
  }

  String library() {
    return library;
  }

  abstract OutputStream pack(OutputStream out, int level) throws IOException;

  abstract InputStream unpack(InputStream in) throws IOException;

  /** Apart, as the library may be missing. */
  private static final class Lz4 {

    /** From here on it takes its time, as the library's command line has it. */
    private static final int HIGH_FROM = 3;

    private Lz4() {}

    static OutputStream pack(OutputStream out, int level) throws IOException {
      LZ4Factory factory = LZ4Factory.fastestInstance();
      LZ4Compressor compressor =
          level < HIGH_FROM ? factory.fastCompressor() : factory.highCompressor(level);
      return new LZ4FrameOutputStream(
          out,
          LZ4FrameOutputStream.BLOCKSIZE.SIZE_1MB,
          -1,
          compressor,
          XXHashFactory.fastestInstance().hash32(),
          LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE);
    }

    static InputStream unpack(InputStream in) throws IOException {
      return new LZ4FrameInputStream(in);
    }
  }
}

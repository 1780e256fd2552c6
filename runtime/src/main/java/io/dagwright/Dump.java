package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DumpException;
import io.dagwright.internal.cache.DumpFile;
import io.dagwright.internal.cache.Packing;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.ValueCodec;
import io.dagwright.internal.share.Extent;
import io.dagwright.internal.share.HostFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Values in files: saved, packed or not, loaded again, and large arrays mapped instead of loaded.
 *
 * <p>Whatever can be sent to a worker can be saved. A file holds the names of classes, not the
 * classes; whoever loads it needs them. It is complete under its name or is not there, replaces
 * what was there, and its checksum is compared when it is loaded. All that can be wrong with a file
 * is a {@link DumpException}, whose {@code reason} tells what. Thread-safe, also between processes.
 */
public final class Dump {

  private static final ValueCodec VALUES = new ValueCodec(new KryoPools());

  private Dump() {}

  /**
   * How a file is packed.
   *
   * @param method what packs
   * @param level how hard it tries: less time with a smaller one, fewer bytes with a larger one
   */
  public record Compression(Method method, int level) {

    /** What packs. */
    public enum Method {
      /** Nothing: arrays can be mapped. */
      NONE,
      /** The JDK's; levels 1 to 9. */
      GZIP,
      /** Fast; levels 0 to 12. Needs {@code at.yawk.lz4:lz4-java} on the class path. */
      LZ4,
      /** Small; levels 1 to 22. */
      ZSTD
    }

    /** As it is. */
    public static final Compression NONE = new Compression(Method.NONE, 0);

    public Compression {
      packing(method).check(level);
    }

    /** By the JDK's gzip, 1 to 9; 3 is joblib's default. */
    public static Compression gzip(int level) {
      return new Compression(Method.GZIP, level);
    }

    /** By LZ4, 0 to 12; below 3 it is fastest. */
    public static Compression lz4(int level) {
      return new Compression(Method.LZ4, level);
    }

    /** By Zstandard, 1 to 22; 3 is its own default. */
    public static Compression zstd(int level) {
      return new Compression(Method.ZSTD, level);
    }

    private static Packing packing(Method method) {
      return Packing.valueOf(method.name());
    }
  }

  /**
   * Saves a value as it is.
   *
   * @throws io.dagwright.error.NotSerializableTaskException if a part of it cannot be encoded
   */
  public static void save(@Nullable Object value, Path file) {
    save(value, file, Compression.NONE);
  }

  /**
   * Saves a value.
   *
   * @throws io.dagwright.error.NotSerializableTaskException if a part of it cannot be encoded
   */
  public static void save(@Nullable Object value, Path file, Compression compression) {
    Kind kind = Kind.of(value);
    DumpFile.save(
        file,
        kind.ordinal(),
        kind.content(value),
        Compression.packing(compression.method()),
        compression.level());
  }

  /** Loads a value, however it is packed. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"}) // As the user says.
  public static <T extends @Nullable Object> T load(Path file) {
    DumpFile.Header header = DumpFile.header(file);
    byte[] content = DumpFile.load(file, header);
    try {
      return (T) kind(file, header).read(content);
    } catch (CorruptPayloadException e) {
      throw new DumpException(
          file.toString(),
          DumpException.Reason.CORRUPT,
          "holds a value that cannot be read: " + e.getMessage(),
          e);
    }
  }

  /**
   * A view of an array that was saved as such, not packed, without loading it. The file must not be
   * changed while there are views of it. Its content is not compared with its checksum.
   *
   * @param view {@link SharedBytes}, {@link SharedInts}, {@link SharedLongs} or {@link
   *     SharedDoubles}
   */
  public static <T> T map(Path file, Class<T> view) {
    DumpFile.Header header = DumpFile.header(file);
    Kind kind = kind(file, header);
    if (kind.view != view || header.packing() != Packing.NONE) {
      throw new DumpException(
          file.toString(),
          DumpException.Reason.NOT_MAPPABLE,
          "cannot be mapped as "
              + view.getSimpleName()
              + ": it holds "
              + (kind.view == null ? "something else than an array" : kind.view.getSimpleName())
              + " packed by "
              + header.packing()
              + ". Save an array of that type alone, with Compression.NONE, or load it.",
          null);
    }
    Extent extent = HostShare.map(file, DumpFile.HEADER_BYTES, header.sizeBytes());
    return view.cast(kind.shared.view(extent));
  }

  private static Kind kind(Path file, DumpFile.Header header) {
    if (header.kind() < 0 || header.kind() >= Kind.values().length) {
      throw DumpFile.corrupt(file, null);
    }
    return Kind.values()[header.kind()];
  }

  /** What files hold. The order is part of their format. */
  private enum Kind {
    VALUE(null, HostShare.Kind.BYTES) {
      @Override
      HostFiles.Content content(@Nullable Object value) {
        ByteSink sink = new ByteSink();
        VALUES.write(value, sink);
        byte[] bytes = sink.toByteArray();
        return ArrayContent.of(bytes);
      }

      @Override
      @Nullable Object read(byte[] content) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return VALUES.read(content, loader == null ? Dump.class.getClassLoader() : loader);
      }
    },
    BYTES(SharedBytes.class, HostShare.Kind.BYTES) {
      @Override
      HostFiles.Content content(@Nullable Object value) {
        return ArrayContent.of((byte[]) requireNonNull(value));
      }

      @Override
      Object read(byte[] content) {
        return content;
      }
    },
    INTS(SharedInts.class, HostShare.Kind.INTS) {
      @Override
      HostFiles.Content content(@Nullable Object value) {
        return ArrayContent.of((int[]) requireNonNull(value));
      }

      @Override
      Object read(byte[] content) {
        int[] array = new int[content.length / Integer.BYTES];
        littleEndian(content).asIntBuffer().get(array);
        return array;
      }
    },
    LONGS(SharedLongs.class, HostShare.Kind.LONGS) {
      @Override
      HostFiles.Content content(@Nullable Object value) {
        return ArrayContent.of((long[]) requireNonNull(value));
      }

      @Override
      Object read(byte[] content) {
        long[] array = new long[content.length / Long.BYTES];
        littleEndian(content).asLongBuffer().get(array);
        return array;
      }
    },
    DOUBLES(SharedDoubles.class, HostShare.Kind.DOUBLES) {
      @Override
      HostFiles.Content content(@Nullable Object value) {
        return ArrayContent.of((double[]) requireNonNull(value));
      }

      @Override
      Object read(byte[] content) {
        double[] array = new double[content.length / Double.BYTES];
        littleEndian(content).asDoubleBuffer().get(array);
        return array;
      }
    };

    final @Nullable Class<?> view;
    final HostShare.Kind shared;

    Kind(@Nullable Class<?> view, HostShare.Kind shared) {
      this.view = view;
      this.shared = shared;
    }

    static Kind of(@Nullable Object value) {
      if (value instanceof byte[]) {
        return BYTES;
      }
      if (value instanceof int[]) {
        return INTS;
      }
      if (value instanceof long[]) {
        return LONGS;
      }
      return value instanceof double[] ? DOUBLES : VALUE;
    }

    abstract HostFiles.Content content(@Nullable Object value);

    abstract @Nullable Object read(byte[] content);

    private static ByteBuffer littleEndian(byte[] content) {
      return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}

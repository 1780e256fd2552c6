package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.dagwright.error.DumpException;
import io.dagwright.error.DumpException.Reason;
import io.dagwright.error.NotSerializableTaskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpTest {

  private static final List<Dump.Compression> COMPRESSIONS =
      List.of(
          Dump.Compression.NONE,
          Dump.Compression.gzip(1),
          Dump.Compression.gzip(9),
          Dump.Compression.lz4(0),
          Dump.Compression.lz4(9),
          Dump.Compression.zstd(1),
          Dump.Compression.zstd(19));

  private final FileSystem windows = Jimfs.newFileSystem(Configuration.windows());
  private final Path file = windows.getPath("C:\\work\\model.dump");

  @TempDir Path directory;

  record Model(String name, Map<String, double[]> weights) {}

  @AfterEach
  void close() throws IOException {
    windows.close();
  }

  @Test
  @Tag("slow")
  void whatIsSavedIsLoadedHoweverItIsPacked() throws IOException {
    long[] longs = LongStream.range(0, 100_000).toArray();
    List<Object> values = new ArrayList<>(List.of("text", 1, new ArrayList<>(List.of(1, 2))));
    values.addAll(List.of(new byte[0], new byte[] {1}, new int[] {-1, 2}, new double[] {0.5}));
    values.add(longs);

    for (Dump.Compression compression : COMPRESSIONS) {
      for (Object value : values) {
        Dump.save(value, file, compression);
        assertThat(Dump.<Object>load(file)).isEqualTo(value);
      }
      boolean isPacked = !compression.equals(Dump.Compression.NONE);
      assertThat(Files.size(file) < 8L * longs.length).isEqualTo(isPacked);
    }
    Dump.save(null, file);
    assertThat(Dump.<Object>load(file)).isNull();
    Dump.save(new Model("m", Map.of("w", new double[] {1.5})), file);
    assertThat(Dump.<Model>load(file).weights().get("w")).containsExactly(1.5);
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void arraysAreMapped() {
    Path dump = directory.resolve("longs.dump");
    long[] longs = LongStream.range(0, 100_000).toArray();
    Dump.save(longs, dump);

    SharedLongs view = Dump.map(dump, SharedLongs.class);

    assertThat(view.toArray()).isEqualTo(longs);
    assertThat(view.get(77)).isEqualTo(77);
    refused(Reason.NOT_MAPPABLE, () -> Dump.map(dump, SharedInts.class));
    Dump.save(longs, dump, Dump.Compression.gzip(3));
    refused(Reason.NOT_MAPPABLE, () -> Dump.map(dump, SharedLongs.class));
    Dump.save("text", dump);
    refused(Reason.NOT_MAPPABLE, () -> Dump.map(dump, SharedBytes.class));
  }

  private static void refused(Reason reason, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(DumpException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void whatIsNoDumpIsToldApart() throws IOException {
    refused(Reason.MISSING, () -> Dump.load(file));
    refused(Reason.DIRECTORY, () -> Dump.load(file.getRoot()));
    refused(Reason.DIRECTORY, () -> Dump.save(1, windows.getPath("C:\\work")));
    for (byte[] other : List.of(new byte[0], new byte[] {1, 2}, new byte[100])) {
      Files.write(file, other);
      refused(Reason.NOT_A_DUMP, () -> Dump.load(file));
    }
    Dump.save("x", file);
    byte[] newer = Files.readAllBytes(file);
    ByteBuffer.wrap(newer).putInt(8, 2);
    Files.write(file, newer);
    refused(Reason.NEWER_VERSION, () -> Dump.load(file));
  }

  /** Each byte of a dump, and each length of it. */
  @Test
  void damageIsNoticedWhereverItIs() throws IOException {
    for (Dump.Compression compression : List.of(COMPRESSIONS.get(0), COMPRESSIONS.get(1))) {
      Dump.save(new int[] {1, 2, 3, 4, 5}, file, compression);
      byte[] whole = Files.readAllBytes(file);
      for (int i = 0; i < whole.length; i++) {
        byte[] damaged = whole.clone();
        damaged[i] ^= 0x10;
        Files.write(file, damaged);
        Reason reason = i < 8 ? Reason.NOT_A_DUMP : i < 12 ? Reason.NEWER_VERSION : Reason.CORRUPT;
        refused(reason, () -> Dump.load(file));
        Files.write(file, Arrays.copyOf(whole, i));
        refused(i < 8 ? Reason.NOT_A_DUMP : Reason.TRUNCATED, () -> Dump.load(file));
      }
      Files.write(file, Arrays.copyOf(whole, whole.length + 1));
      refused(Reason.CORRUPT, () -> Dump.load(file));
    }
  }

  /** With checksums that are right: nothing is allocated or read beyond what is there. */
  @Test
  void forgedLengthsAreRefused() throws IOException {
    Dump.save(new int[100], file, Dump.Compression.gzip(1));
    byte[] whole = Files.readAllBytes(file);

    for (long size : new long[] {Long.MAX_VALUE, -1, 4, 1_000_000}) {
      byte[] forged = whole.clone();
      ByteBuffer.wrap(forged).putLong(16, size);
      CRC32C crc = new CRC32C();
      crc.update(forged, 0, 36);
      ByteBuffer.wrap(forged).putInt(36, (int) crc.getValue());
      Files.write(file, forged);
      refused(size == Long.MAX_VALUE ? Reason.TOO_LARGE : Reason.CORRUPT, () -> Dump.load(file));
    }
  }

  @Test
  void aFullDiskLeavesWhatWasThere() throws IOException {
    Configuration small = Configuration.unix().toBuilder().setMaxSize(1 << 20).build();
    try (FileSystem disk = Jimfs.newFileSystem(small)) {
      Path dump = disk.getPath("x.dump").toAbsolutePath();
      Dump.save("before", dump);
      byte[] noise = new byte[1 << 21];
      new Random(1).nextBytes(noise);

      assertThatThrownBy(() -> Dump.save(noise, dump))
          .isInstanceOf(DumpException.class)
          .hasMessageContaining("cannot be saved");

      assertThat(Dump.<String>load(dump)).isEqualTo("before");
      try (Stream<Path> files = Files.list(dump.getParent())) {
        assertThat(files).containsExactly(dump);
      }
    }
  }

  @Test
  void whatCannotBeEncodedIsNamed() {
    assertThatThrownBy(() -> Dump.save(List.of(new Thread()), file))
        .isInstanceOf(NotSerializableTaskException.class);
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> Dump.Compression.gzip(10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 9");
  }
}

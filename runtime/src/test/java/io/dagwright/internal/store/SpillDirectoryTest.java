package io.dagwright.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.ValueCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillDirectoryTest {

  @TempDir Path temporary;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
      for (Path base : List.of(temporary.resolve("a/b"), windows.getPath("C:\\spill"))) {
        try (SpillDirectory directory = new SpillDirectory(base)) {
          byte[] noise = noise(1_000_000);
          byte[] text = new byte[3 * SpillFile.CHUNK_BYTES];
          byte[] half = Arrays.copyOf(noise, 2 * noise.length); // Shrinks only at its end.

          List<SpillRecord> records =
              directory.write(
                  Stream.of(noise, text, new byte[] {7}, half).map(this::encoded).toList());

          assertThat(read(records.get(0))).isEqualTo(noise);
          assertThat(read(records.get(1))).isEqualTo(text);
          assertThat(read(records.get(2))).isEqualTo(new byte[] {7});
          assertThat(read(records.get(3))).isEqualTo(half);
          long size = Files.size(records.get(0).file().path());
          assertThat(size).isBetween(3_000_000L, 3_010_000L);

          records.forEach(SpillRecord::release);
          assertThat(records.get(0).file().path()).doesNotExist();
        }
        try (Stream<Path> users = Files.list(base)) {
          assertThat(users).singleElement().satisfies(user -> assertThat(user).isEmptyDirectory());
        }
      }
    }
  }

  @Test
  @Tag("slow")
  void everyDamageIsFound() throws IOException {
    try (SpillDirectory directory = new SpillDirectory(temporary)) {
      byte[] text = "to be or not to be, ".repeat(20).getBytes(StandardCharsets.UTF_8);
      for (byte[] content : List.of(noise(200), text)) {
        SpillRecord record = directory.write(List.of(encoded(content))).get(0);
        Path file = record.file().path();
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
          Files.write(file, Arrays.copyOf(whole, i));
          assertThatThrownBy(() -> read(record)).isInstanceOf(BrokenSpillException.class);
          for (int bit = 0; bit < 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[i] ^= (byte) (1 << bit);
            Files.write(file, flipped);
            assertThatThrownBy(() -> read(record))
                .as("bit %s of byte %s", bit, i)
                .isInstanceOf(BrokenSpillException.class)
                .hasMessageContaining(file.toString());
          }
        }
        Files.delete(file);
        assertThatThrownBy(() -> read(record)).isInstanceOf(IOException.class);
      }
    }
  }

  private static byte[] read(SpillRecord record) throws IOException {
    return record.file().read(record).head();
  }

  @Test
  void arraysBesideTheBytesAreWrittenAndRead() throws IOException {
    ValueCodec codec = new ValueCodec(new KryoPools());
    double[] numbers = new Random(3).doubles(70_000).toArray();
    List<double[]> value = List.of(numbers, new double[40_000]);
    try (SpillDirectory directory = new SpillDirectory(temporary)) {
      SpillRecord record = directory.write(List.of(codec.encode(value, Choice.DEFAULT))).get(0);

      List<?> read =
          (List<?>)
              Objects.requireNonNull(
                  codec.read(record.file().read(record), getClass().getClassLoader()));

      assertThat((double[]) read.get(0)).isEqualTo(numbers);
      assertThat((double[]) read.get(1)).isEqualTo(new double[40_000]);
    }
  }

  private Payload encoded(byte[] content) {
    return Payload.of(content);
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(1).nextBytes(noise);
    return noise;
  }
}

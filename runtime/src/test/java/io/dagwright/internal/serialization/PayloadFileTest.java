package io.dagwright.internal.serialization;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.internal.share.HostFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayloadFileTest {

  @TempDir Path base;

  private final ValueCodec codec = new ValueCodec(new KryoPools());

  private Path write(Object value) throws IOException {
    return new HostFiles(base).write(PayloadFile.contentOf(codec.encode(value, Choice.DEFAULT)));
  }

  private Object read(Path file) throws IOException {
    try (FileChannel channel = HostFiles.open(file)) {
      return requireNonNull(
          codec.read(PayloadFile.read(channel), PayloadFileTest.class.getClassLoader()));
    }
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    byte[] bytes = new byte[HostFiles.BLOCK_BYTES + 3];
    Arrays.fill(bytes, (byte) 7);
    for (Object value :
        List.of(
            IntStream.range(0, 100_000).toArray(),
            bytes,
            "x".repeat(300_000),
            List.of(1, 2, 3),
            new Object[] {"a", bytes, new int[0], new double[20_001], new char[] {'b'}},
            IntStream.range(0, 40_000).mapToObj(i -> new short[40_000 / (i + 1)]).toArray())) {
      assertThat(new Object[] {read(write(value))}).isEqualTo(new Object[] {value});
    }
  }

  @Test
  void filesThatWereCutOrSayTooMuchAreRefused() throws IOException {
    byte[] whole = Files.readAllBytes(write(new long[10_000]));
    Path file = write(1);

    for (int length : new int[] {0, 3, 4, 10, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> read(file)).isInstanceOf(CorruptPayloadException.class);
    }
    Files.write(file, new byte[] {0x7F, -1, -1, -1, 0, 0});
    assertThatThrownBy(() -> read(file)).isInstanceOf(CorruptPayloadException.class);
  }
}

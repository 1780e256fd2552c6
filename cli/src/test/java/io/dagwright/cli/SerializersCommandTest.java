package io.dagwright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class SerializersCommandTest {

  @Test
  void showsWhatGoesByWhichSerializer() {
    Cli.Result result = Cli.run("serializers");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .startsWith("WHAT")
        .containsPattern("internal.wire.Frame +CONTROL +binary \\(FrameSerializer\\)")
        .containsPattern("Handshake\\$RegisterWorker +CONTROL +JacksonCborSerializer")
        .containsPattern("functions of tasks +CLOSURE +closure")
        .containsPattern("arguments and results +VALUE +kryo")
        .contains("This process has: closure, java, kryo");
  }

  @Test
  void aNameNobodyHasIsAWrongSetting(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("application.conf");
    Files.writeString(file, "dagwright.serializer = jva");
    System.setProperty("config.file", file.toString());
    Cli.Result result;
    try {
      result = Cli.run("serializers", "--output", "json");
    } finally {
      System.clearProperty("config.file");
    }

    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err())
        .contains("There is no serializer [jva], which setting [dagwright.serializer] (from")
        .contains("application.conf: 1")
        .contains("Did you mean [java]?");
  }
}

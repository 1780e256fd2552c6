package io.dagwright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoCommandTest {

  @TempDir private Path directory;

  @Tag("jvms")
  @Test
  void demoCountsWordsAndChecksTheAnswer() throws IOException {
    text(2000);

    Cli.Result result = Cli.run("demo", directory.toString(), "--blocksize", "2kB");

    assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.OK);
    assertThat(result.out())
        .contains("2,000  fox", "4,000  the", "worker-0", "worker-1")
        .contains("Answer checked against the synchronous scheduler: equal");
  }

  @Tag("jvms")
  @Test
  void killingAWorkerChangesNothingButTheTime() throws IOException {
    text(20_000);

    Cli.Result result =
        Cli.run("demo", directory.toString(), "-b", "1kB", "--kill-a-worker", "--output", "json");

    JsonNode json = new ObjectMapper().readTree(result.out());
    assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.OK);
    assertThat(json.get("equalToSynchronous").asBoolean()).isTrue();
    assertThat(json.get("killed").asText()).startsWith("worker-1");
    assertThat(json.get("top").get(0).get("word").asText()).isEqualTo("the");
    assertThat(json.get("top").get(0).get("count").asLong()).isEqualTo(40_000);
  }

  @Test
  void filesThatAreNotThereAreNamed() {
    Cli.Result result = Cli.run("demo", directory.resolve("nothing.txt").toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREADABLE_INPUT);
    assertThat(result.err())
        .startsWith("dagwright: There is no file [")
        .contains("nothing.txt].")
        .doesNotContain("\tat ");
  }

  @Test
  void brokenPatternsAreNamed() {
    Cli.Result result = Cli.run("demo", "[abc");

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREADABLE_INPUT);
    assertThat(result.err()).contains("[[abc] is not a pattern");
  }

  @Test
  void wordsThatFillScreensAreClipped() {
    assertThat(DemoCommand.clipped("w".repeat(60))).isEqualTo("w".repeat(60));
    assertThat(DemoCommand.clipped("w".repeat(61))).isEqualTo("w".repeat(59) + "…");
  }

  @Test
  void patternsThatMatchNothingAreNamed() {
    Cli.Result result = Cli.run("demo", directory + "/*.txt");

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREADABLE_INPUT);
    assertThat(result.err()).contains("*.txt");
  }

  @Test
  void emptyTextIsNoText() throws IOException {
    Files.createFile(directory.resolve("empty.txt"));

    Cli.Result result = Cli.run("demo", directory.resolve("empty.txt").toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREADABLE_INPUT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "0", "-4MB", "5B", "4XB", "10GB"})
  void blockSizesThatMakeNoSenseAreRefused(String size) {
    Cli.Result result = Cli.run("demo", "--blocksize=" + size);

    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--blocksize", "[" + size + "]");
  }

  @Test
  void workersAreNeeded() {
    assertThat(Cli.run("demo", "--workers", "0"))
        .isEqualTo(
            new Cli.Result(
                ExitCode.USAGE,
                "",
                "dagwright: --workers must be from 1 to 64, not 0." + System.lineSeparator()));
    assertThat(Cli.run("demo", "--workers", "1", "--kill-a-worker").exitCode())
        .isEqualTo(ExitCode.USAGE);
  }

  private void text(int lines) throws IOException {
    Files.writeString(
        directory.resolve("fox.txt"),
        "The quick brown fox jumps over the lazy dog.\n".repeat(lines));
  }
}
